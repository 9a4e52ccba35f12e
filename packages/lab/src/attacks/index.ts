export * from "./attack.ts";
