export * from "./amount.ts";
export * from "./bytes.ts";
export { fromUtf8, Malformed } from "./cbor.ts";
export * from "./instant.ts";
export * from "./result.ts";
export * from "./schema.ts";
