export * from "./hearing.ts";
export * from "./messages.ts";
export { till } from "./till.ts";
export { TILL_TAGS } from "./till-admit.ts";
export { hearTillBank } from "./till-answer.ts";
export * from "./till-rows.ts";
export { tabWallet } from "./wallet.ts";
export { settleUpFor } from "./wallet-keys.ts";
export * from "./wallet-rows.ts";
