export * from "./blind.ts";
export * from "./cose.ts";
export * from "./crypto.ts";
export * from "./envelope.ts";
export * from "./goods.ts";
export * from "./hash.ts";
export { hkdfOver } from "./hkdf.ts";
export { fitsModulus } from "./integer.ts";
export { portableCrypto } from "./portable.ts";
