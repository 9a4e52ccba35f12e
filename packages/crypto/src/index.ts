export * from "./blind.ts";
export * from "./cose.ts";
export * from "./crypto.ts";
export * from "./envelope.ts";
export * from "./goods.ts";
export * from "./group.ts";
export * from "./hash.ts";
<<<<<<< HEAD
export { hkdfOver, hmac } from "./hkdf.ts";
export { bytesOf, fitsModulus, integerOf, inverseOf } from "./integer.ts";
=======
export { hkdfOver } from "./hkdf.ts";
export { fitsModulus, inverseOf, rsaPublicOf } from "./integer.ts";
>>>>>>> lab-knowledge
export { portableCrypto } from "./portable.ts";
export * from "./proof.ts";
export * from "./threshold.ts";
