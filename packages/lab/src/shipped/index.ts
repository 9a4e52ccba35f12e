export * from "./players.ts";
export * from "./stage.ts";
