export { TELLER_TAGS } from "./admit.ts";
export * from "./ecash.ts";
export { hashOf, locktimeOf } from "./ecash-money.ts";
export * from "./hash-lock.ts";
export * from "./messages.ts";
export * from "./rows.ts";
export * from "./teller.ts";
