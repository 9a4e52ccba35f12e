/** Who takes part in S1's basic protocol, and what they say. */
import { type Cipher, written } from "./ray-terms.ts";

export const C = "the customer";
export const M = "the merchant";
/** Another merchant with goods of its own, whom only a liar has business with. */
export const M2 = "the other merchant";
export const TP = "the third party";
export const B = "the bank";

export type Shop = typeof M | typeof M2;

/** The amount of PT, and all the money there is. */
export const TOKEN = 1;

/** What each sells, the bases of K_M and K_M1, and its random number for this sale. */
export const SHOPS = {
  [M]: { goods: "m", base: "N", saleBase: "N1", randomiser: "r" },
  [M2]: { goods: "m2", base: "N_2", saleBase: "N1_2", randomiser: "r2" },
} as const;

/** Another product of the merchant's catalogue, under the same K_M: what else a released K_M⁻¹ opens. */
export const REST = "the rest of the catalogue";

/** A decryption key, or something else in its place. */
export type Opener = "right" | "wrong";

export type Said =
  | { readonly from: typeof TP; readonly to: typeof C; readonly step: "1"; readonly catalogue: Cipher }
  | { readonly to: Shop; readonly step: "2"; readonly token: Cipher }
  | {
      readonly to: typeof C;
      readonly step: "3";
      readonly from: Shop;
      readonly offer: Cipher;
      readonly randomiser: Cipher;
    }
  | { readonly to: Shop; readonly step: "4"; readonly opener: Opener | "Abort" }
  | { readonly to: typeof C; readonly step: "5"; readonly from: Shop; readonly opener: Opener }
  | { readonly to: typeof TP; readonly step: "E1"; readonly token: Cipher; readonly opener: Opener }
  | { readonly to: typeof M; readonly step: "E2" }
  | { readonly to: typeof TP; readonly step: "E3"; readonly opener: Opener }
  | { readonly to: typeof C | typeof M; readonly step: "E4" }
  | { readonly to: typeof C; readonly step: "E5"; readonly gives: "K_M⁻¹" | "m" }
  | { readonly to: typeof B; readonly step: "PT"; readonly for: Shop; readonly by: Shop | typeof TP }
  | { readonly to: Shop | typeof TP; readonly step: "credited" | "refused" };

/** What is otherwise than printed. */
export interface Variant {
  readonly liar?: typeof C | typeof M;
  /** What the third party does where the merchant is silent: print gives K_M⁻¹ (§5), or m (§7); P§2A has the payment banked first. */
  readonly rescue?: "key" | "goods" | "banked";
  /** The merchant releases its key when the bank has credited it, and not when it can read PT. Print: no. */
  readonly asksBank?: true;
  /** The customer sends message 4 and then writes PAYMENT-SENT, which is the order of the paper's words. */
  readonly sendsFirst?: true;
  /** Looks at what the merchant is told, and at nothing else. */
  readonly asks?: "anonymous";
  /** A planted fault: the bank forgets which nonces it has seen. */
  readonly forgetsNonces?: true;
}

export function nameOf(said: Said): string {
  switch (said.step) {
    case "1":
      return `message 1: T = ${written(said.catalogue)}`;
    case "2":
      return `message 2${elsewhere(said.to)}: PO, TOK = ${written(said.token)}, [TOK]B`;
    case "3":
      return `message 3${elsewhere(said.from)}: T' = ${written(said.offer)}, R = ${written(said.randomiser)}`;
    case "4":
      return `message 4${elsewhere(said.to)}: ${said.opener === "Abort" ? "Abort" : key("K_C2⁻¹", said.opener)}`;
    case "5":
      return `message 5${elsewhere(said.from)}: ${key("K_M1⁻¹", said.opener)}, r⁻¹`;
    case "E1":
      return `message E1: ${key("K_C2⁻¹", said.opener)}, TOK = ${written(said.token)}, what the merchant signed`;
    case "E2":
      return "message E2: what is the key?";
    case "E3":
      return `message E3: ${key("K_M1⁻¹", said.opener)}, r⁻¹`;
    case "E4":
      return `message E4: ${said.to === C ? "K_M1⁻¹, r⁻¹" : "K_C2⁻¹"}`;
    case "E5":
      return `message E5: ${said.gives}`;
    case "PT":
      return `PT from ${said.by}${said.by === said.for ? "" : `, for ${said.for}`}`;
    case "credited":
    case "refused":
      return `"${said.step}", for ${said.to}`;
  }
}

function key(name: string, opener: Opener): string {
  return opener === "right" ? name : `what is not ${name}`;
}

/** Messages of the second sale are told from those of the first by its merchant. */
function elsewhere(shop: Shop): string {
  return shop === M ? "" : ` of ${shop}'s sale`;
}
