export * from "./authority.ts";
export * from "./gift.ts";
export * from "./messages.ts";
