export { CERTIFIER_TAGS, certifier, struckPage } from "./certifier.ts";
export * from "./claims.ts";
export * from "./messages.ts";
export * from "./registration.ts";
export * from "./rows.ts";
