export type { Computation, Names, Sighted } from "./names.ts";
export { type Symbolic, symbolicCrypto } from "./symbolic.ts";
