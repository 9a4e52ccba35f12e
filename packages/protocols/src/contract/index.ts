export * from "./contract.ts";
export * from "./escrow.ts";
export * from "./messages.ts";
export * from "./offer.ts";
export * from "./signature.ts";
