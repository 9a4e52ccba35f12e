export * from "./compare.ts";
export * from "./gradual.ts";
export * from "./small.ts";
