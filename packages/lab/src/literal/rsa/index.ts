export * from "./arithmetic.ts";
export * from "./blocks.ts";
export * from "./chaum.ts";
export * from "./cross.ts";
export * from "./keys.ts";
export * from "./portable-means.ts";
export * from "./shamir.ts";
