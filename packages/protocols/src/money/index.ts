export * from "./accounts.ts";
export { BANK_TAGS, COIN_KEYS_TAG } from "./admit.ts";
export * from "./bank.ts";
export { BOND_TAGS } from "./bond.ts";
export * from "./bond-messages.ts";
export * from "./bond-rows.ts";
export * from "./books.ts";
export * from "./coin.ts";
export * from "./messages.ts";
export { circulationOf } from "./mint.ts";
export { refreshIdOf, withdrawIdOf } from "./mint-admit.ts";
export * from "./mint-messages.ts";
export { over } from "./over.ts";
export { hearLog } from "./owing.ts";
export { ACCOUNT_HOLDER } from "./pseudonyms.ts";
export * from "./receipt.ts";
export * from "./record-rows.ts";
export {
  LEVELS,
  type Level,
  type Movement,
  STATUTE,
  type Standing,
  standingIn,
  THRESHOLDS_KEY,
  type Thresholds,
} from "./reporting.ts";
export * from "./rows.ts";
export * from "./tab-messages.ts";
export * from "./tab-rows.ts";
export * from "./token.ts";
export * from "./unwind.ts";
export * from "./unwind-terms.ts";
