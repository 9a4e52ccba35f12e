export * from "./accounts.ts";
export { BANK_TAGS } from "./admit.ts";
export * from "./bank.ts";
export * from "./books.ts";
export * from "./messages.ts";
export { ACCOUNT_HOLDER } from "./pseudonyms.ts";
export * from "./rows.ts";
