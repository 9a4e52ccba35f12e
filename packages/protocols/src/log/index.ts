export * from "./follow.ts";
export * from "./logged.ts";
export * from "./messages.ts";
export * from "./note.ts";
export * from "./rows.ts";
export * from "./tree.ts";
