export * from "./compare/index.ts";
export * from "./explore/index.ts";
export * from "./fewest/index.ts";
export * from "./letters.ts";
export * as camp from "./literal/camp.ts";
export * from "./load/index.ts";
export * from "./measure/index.ts";
export * from "./simulate/index.ts";
export * from "./study.ts";
