export * from "./atomicity.ts";
export * from "./explore/index.ts";
export * from "./knowledge/index.ts";
export * from "./letters.ts";
export * as rsa from "./literal/rsa/index.ts";
export * from "./shipped/logged-study.ts";
export * from "./studies.ts";
export * from "./study.ts";
export * from "./table.ts";
