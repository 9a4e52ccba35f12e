export * from "./fewest.ts";
export type { Terms } from "./items.ts";
export * from "./table.ts";
