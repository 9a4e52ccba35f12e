export * from "./buying.ts";
export * from "./claims.ts";
export * from "./customer.ts";
export * from "./evidence.ts";
export * from "./merchant.ts";
export { SHOP_TAGS } from "./merchant-admit.ts";
export { hearBank } from "./merchant-answer.ts";
export * from "./messages.ts";
export * from "./wallet.ts";
