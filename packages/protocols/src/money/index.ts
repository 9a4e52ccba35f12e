export * from "./accounts.ts";
export { BANK_TAGS } from "./admit.ts";
export * from "./bank.ts";
export * from "./books.ts";
export * from "./messages.ts";
export * from "./rows.ts";
export * from "./tab-messages.ts";
export * from "./tab-rows.ts";
