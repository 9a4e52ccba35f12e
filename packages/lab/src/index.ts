export * from "./explore/index.ts";
export * from "./letters.ts";
export * as camp from "./literal/camp.ts";
export * from "./simulate/index.ts";
export * from "./study.ts";
