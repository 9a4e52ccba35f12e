/** Cashu under the layer that makes any money atomic. An entry of its own: its library is a tenth of what the rest takes to load. */
export * from "./mint.ts";
export * from "./teller.ts";
export * from "./tokens.ts";
