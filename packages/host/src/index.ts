export { nodeCrypto } from "./native.ts";
