export * from "./players.ts";
export * from "./sales.ts";
export * from "./stage.ts";
export * from "./studies.ts";
export * from "./worlds.ts";
