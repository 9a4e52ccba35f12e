export * from "./atomicity.ts";
export * from "./attacks/index.ts";
export * from "./explore/index.ts";
export * from "./letters.ts";
export * as camp from "./literal/camp.ts";
export * as rsa from "./literal/rsa/index.ts";
export * from "./studies.ts";
export * from "./study.ts";
export * from "./table.ts";
