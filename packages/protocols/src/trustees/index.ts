export * from "./answers.ts";
export * from "./messages.ts";
