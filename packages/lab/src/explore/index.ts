export * from "./explore.ts";
export * from "./game.ts";
export * from "./intern.ts";
export * from "./play.ts";
export * from "./replay.ts";
export * from "./roles.ts";
