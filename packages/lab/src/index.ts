export * from "./explore/index.ts";
export * from "./letters.ts";
export * as camp from "./literal/camp.ts";
export * as rsa from "./literal/rsa/index.ts";
export * from "./study.ts";
