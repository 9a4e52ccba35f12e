/** Who takes part in S1's anonymous protocol, and what they say. Coins are all worth one. */
import type { Opener } from "./ray-basic-words.ts";
import type { Told } from "./ray-knowledge.ts";
import { type Cipher, written } from "./ray-terms.ts";

export const C = "the customer";
export const M = "the merchant";
export const B = "the bank";
export const TP = "the third party";
/** A second one, for S1 §7: any of them may be asked. */
export const TP2 = "the other third party";

/** What all the money there is adds up to: one coin's worth, in the customer's account. */
export const COIN = 1;

export type Arbiter = typeof TP | typeof TP2;

export type Said =
  | { readonly from: typeof TP; readonly to: typeof C; readonly step: "1" }
  | { readonly to: typeof B; readonly step: "2" }
  | { readonly to: typeof C; readonly step: "3" }
  | { readonly to: typeof M; readonly step: "4" }
  | { readonly to: typeof C; readonly step: "5"; readonly offer: Cipher }
  | { readonly to: typeof M; readonly step: "6"; readonly opener: Opener | "Abort" }
  | { readonly to: typeof B; readonly step: "7"; readonly isAgain: boolean }
  | { readonly to: typeof M; readonly step: "8"; readonly answer: "yes" | "no" }
  | { readonly to: typeof C; readonly step: "9"; readonly opener: Opener | "Abort" }
  | { readonly to: typeof B; readonly step: "return" }
  | { readonly to: typeof C; readonly step: "returned"; readonly answer: "credited" | "refused" }
  | { readonly to: typeof TP; readonly step: "E1"; readonly opener: Opener; readonly tellsFactor: boolean }
  | { readonly to: typeof B; readonly step: "spent?" | "bank it" }
  | { readonly to: typeof TP; readonly step: "spent"; readonly answer: "unspent" | "spent" | "credited" }
  | { readonly to: typeof M; readonly step: "E2" }
  | { readonly to: typeof TP; readonly step: "E3"; readonly opener: Opener | "none" | "[Abort]C'" }
  | { readonly to: typeof C | typeof M; readonly step: "E4" }
  | { readonly to: typeof C; readonly step: "E5"; readonly gives: "m" | "nothing" }
  | { readonly to: Arbiter; readonly step: "X" }
  | { readonly to: typeof M; readonly step: "XA"; readonly answer: "unknown" | "in dispute" };

/** What is otherwise than printed, or asked alone. */
export interface Variant {
  readonly liar?: typeof C | typeof M;
  /** A customer who returns no coin: it asks the third party, or lies to it. */
  readonly keepsCoin?: true;
  /** The customer waits for the merchant as long as it takes, and asks no third party. */
  readonly isPatient?: true;
  /** What anybody says in another's name: the paper has none of it signed (R8). */
  readonly injects?: readonly ("yes" | "Abort")[];
  /** The merchant asks another third party than the customer (S1 §7). */
  readonly arbiters?: 1 | 2;
  /** No message between a third party and the merchant is lost, so that it is never silent for nothing. */
  readonly isLinkReliable?: true;
  /** The customer may lose what it has written. Theorem 8 calls it irrational; a disk is not rational. */
  readonly losesStorage?: true;
  /** The evidence holds the blinding factor, as Table 2's "Maybe" has it. */
  readonly tellsFactor?: true;
  /** Looks at what bank, merchant and third party know together, and at nothing else. */
  readonly asks?: "anonymous";
  /** Ours: message 7 is answered by coin, T_i and merchant. Print: no. */
  readonly isIdempotent?: true;
  /**
   * Ours: what has ended stays ended. The third party opens no dispute of which it has said "unknown", and the merchant shows
   * it the customer's signed Abort. Print: after FINISH nobody knows of the transaction.
   */
  readonly remembersEnds?: true;
  /** Ours: the third party banks the coin for the merchant before it does anything else. Print: it asks whether it is spent. */
  readonly rescue?: "goods" | "banked";
  /** A planted fault: the bank pays a coin as often as it is shown. */
  readonly keepsNoList?: true;
}

export function nameOf(said: Said): string {
  switch (said.step) {
    case "1":
      return "message 1: T = [m, N]";
    case "2":
      return "message 2: {C, AC_C, ψ}B, β = n·ρ^e, [CC(β)]C";
    case "3":
      return "message 3: β^d";
    case "4":
      return "message 4: {PO}M, [CC(PO)]C', E_S(n, [n]B)";
    case "5":
      return `message 5: T' = ${written(said.offer)}, R = [r, N]`;
    case "6":
      return `message 6: ${said.opener === "Abort" ? "Abort" : key("S", said.opener)}`;
    case "7":
      return `message 7${said.isAgain ? " again" : ""}: {[n, [n]B, M, T_i]M}B`;
    case "8":
      return `message 8: ${said.answer}`;
    case "9":
      return `message 9: ${said.opener === "Abort" ? "Abort" : `${key("K_M1⁻¹", said.opener)}, r⁻¹`}`;
    case "return":
      return "the coin that C returns: n, [n]B, for AC_C";
    case "returned":
      return `that the coin is ${said.answer}`;
    case "E1":
      return `message E1: ${key("S", said.opener)}, n, [n]B, what M signed${said.tellsFactor ? ", ρ" : ""}`;
    case "spent?":
      return "whether n is spent";
    case "bank it":
      return "n, [n]B, for the merchant, from the third party";
    case "spent":
      return `that n is ${said.answer}`;
    case "E2":
      return "message E2: what is the key?";
    case "E3":
      if (said.opener === "none") return "message E3: no such transaction";
      return `message E3: ${said.opener === "[Abort]C'" ? said.opener : `${key("K_M1⁻¹", said.opener)}, r⁻¹`}`;
    case "E4":
      return `message E4: ${said.to === C ? "K_M1⁻¹, r⁻¹" : "S"}`;
    case "E5":
      return `message E5: ${said.gives}`;
    case "X":
      return "message X: is T_i in dispute?";
    case "XA":
      return `the answer to X: ${said.answer}`;
  }
}

function key(name: string, opener: Opener): string {
  return opener === "right" ? name : `what is not ${name}`;
}

/**
 * The names that a message shows together to whoever hears it. M, B, TP and PID tie nothing to anybody; β is another name than
 * n, until somebody has ρ.
 */
export function toldBy(said: Said): readonly Told[] {
  const told = (...names: readonly string[]): readonly Told[] => [{ to: said.to, names }];
  switch (said.step) {
    case "2":
      return told("C", "AC_C", "β");
    case "4":
      return told("C'", "T_i");
    case "6":
      // S opens what message 4 brought.
      return said.opener === "right" ? told("T_i", "n") : [];
    case "7":
      return told("n", "T_i");
    case "return":
      return told("C", "AC_C", "n");
    case "E1":
      // Whoever has n and ρ calculates β.
      return [...told("C'", "T_i", "n"), ...(said.tellsFactor ? told("n", "β") : [])];
    default:
      return [];
  }
}
