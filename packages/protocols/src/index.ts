export * from "./authority.ts";
export * from "./batch.ts";
export * from "./claim.ts";
export * from "./machine.ts";
export * from "./memory.ts";
export * from "./store.ts";
export * from "./tables.ts";
