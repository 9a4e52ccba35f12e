export * from "./explore.ts";
export * as camp from "./literal/camp.ts";
