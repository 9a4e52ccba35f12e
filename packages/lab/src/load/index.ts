export * from "./load.ts";
export * from "./plot.ts";
