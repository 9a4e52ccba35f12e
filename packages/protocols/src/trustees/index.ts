export * from "./answers.ts";
export * from "./group.ts";
export * from "./messages.ts";
