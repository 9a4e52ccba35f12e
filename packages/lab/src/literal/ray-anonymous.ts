/**
 * Ray, Ray and Natarajan's anonymous protocol (S1 §8) as printed, with the corrections of P§2A and no more: one coin n, one
 * product, one merchant, one bank, and one third party or two.
 *
 *     1  TP → C  T = [m, N]                              7  M → B   {[n, [n]B, M, T_i]M}B, again and again
 *     2  C → B   {C, AC_C, ψ}B, β = n·ρ^e, [CC(β)]C      8  B → M   yes, or no
 *     3  B → C   β^d                                     9  M → C'  K_M1⁻¹, r⁻¹, or Abort
 *     4  C' → M  {PO}M, [CC(PO)]C', E_S(n, [n]B)         X  M → TP  is T_i in dispute? after ABORT
 *     5  M → C'  T' = [m·r, N×N1], R = [r, N]            E1 to E5 as in ray-basic.ts, with S for K_C2⁻¹;
 *     6  C' → M  S, or Abort                             before E2 the third party asks the bank about n
 *
 * After an Abort in place of message 9 the customer returns n to the bank, or asks the third party (S1 §8, message 7).
 */
import { type Play, playOf, type Role, type Scene } from "../explore/index.ts";
import { type Bank, bank, type ThirdParty, thirdParty } from "./ray-anonymous-authorities.ts";
import { type Customer, customer, type Merchant, merchant } from "./ray-anonymous-honest.ts";
import { type LyingCustomer, type LyingMerchant, lyingCustomer, lyingMerchant } from "./ray-anonymous-liars.ts";
import { B, C, COIN, M, nameOf, type Said, TP, TP2, toldBy, type Variant } from "./ray-anonymous-words.ts";
import { closureOf } from "./ray-knowledge.ts";
import { over } from "./ray-terms.ts";

interface States extends Record<string, unknown> {
  readonly [C]: Customer | LyingCustomer;
  readonly [M]: Merchant | LyingMerchant;
  readonly [B]: Bank;
  readonly [TP]: ThirdParty;
  readonly [TP2]: ThirdParty;
}

export function rayAnonymous(variant: Variant = {}): Play {
  const { liar, injects = [], asks } = variant;
  const forged = injects.map((what): Said => {
    return what === "yes" ? { to: M, step: "8", answer: "yes" } : { to: C, step: "9", opener: "Abort" };
  });
  return playOf<States, Said>({
    name: "ray-anonymous",
    roles: {
      [C]: (liar === C ? lyingCustomer(variant) : customer(variant)) as Role<Customer | LyingCustomer, Said>,
      [M]: (liar === M ? lyingMerchant() : merchant(variant)) as Role<Merchant | LyingMerchant, Said>,
      [B]: bank(variant),
      [TP]: thirdParty(TP, variant),
      [TP2]: thirdParty(TP2, variant),
    },
    said: [{ from: TP, to: C, step: "1" }, ...forged],
    nameOf,
    fault: (scene) => (asks === "anonymous" ? anonymousFault(scene) : exchangeFault(scene, liar)),
    deals: (scene) => [{ label: "", money: whoseIs(scene), hasGoods: hasGoods(scene.of(C)) }],
  });
}

function exchangeFault(scene: Scene<States, Said>, liar: Variant["liar"]): string | null {
  return (
    moneyFault(scene, liar) ??
    (liar === C ? null : (validatedFault(scene) ?? customersLoss(scene))) ??
    (liar === M ? null : merchantsLoss(scene))
  );
}

/** P§7A: accounts and unspent coins add up to what there was; and a coin that nobody can spend any more is no money. */
function moneyFault(scene: Scene<States, Said>, liar: Variant["liar"]): string | null {
  const { accounts, isIssued, paidTo } = scene.of(B);
  const isOut = isIssued && paidTo === null;
  const total = accounts[C] + accounts[M] + (isOut ? COIN : 0);
  if (total !== COIN) return `money: ${total} where there was ${COIN}`;
  if (!isOut || liar !== undefined || (scene.of(C) as Customer).phase !== "bare") return null;
  const { phase } = scene.of(M) as Merchant;
  const isMerchants = phase === "payment-expecting" || phase === "banking" || phase === "answered";
  return isMerchants || scene.isSaid({ to: M, step: "6", opener: "right" })
    ? null
    : "money: the coin is debited, and nobody can spend it";
}

/** P§7A: at the customer's PAYMENT-SENT, what it will open is what was advertised. */
function validatedFault(scene: Scene<States, Said>): string | null {
  const { phase, offer } = scene.of(C) as Customer;
  if (phase !== "payment-sent") return null;
  const opened = over(offer?.N1 ?? "", "r");
  return opened === "m" ? null : `validated: the customer has paid for m, and what it holds opens to ${opened}`;
}

/** It has paid who cannot have its coin back. What it waits for can still come; its refusals are final. */
function customersLoss(scene: Scene<States, Said>): string | null {
  const { phase } = scene.of(C) as Customer;
  if (scene.of(B).paidTo !== M) return null;
  if (phase === "refused") return "goods: the merchant is paid, and the customer has neither goods nor coin";
  return phase === "undecided" ? "goods: the merchant is paid, and the third party gives the customer nothing" : null;
}

/**
 * Final for the merchant are another's use of the coin, its own FINISH, and the third party's word to the customer without it.
 * Message 6 is sent once, so where it has not come by then it may be lost.
 */
function merchantsLoss(scene: Scene<States, Said>): string | null {
  const { paidTo } = scene.of(B);
  if (!hasGoods(scene.of(C)) || paidTo === M) return null;
  if (paidTo === C) return "goods: the customer has m and its coin back, and the merchant has nothing";
  const { phase } = scene.of(M) as Merchant;
  if (phase === "finished" || phase === "ended" || phase === "ended-by-customer")
    return "goods: the customer has m, and the merchant is done and not paid";
  const isWithout = scene.of(TP).opened === "without the merchant";
  return isWithout && phase !== "payment-expecting" && phase !== "banking"
    ? "goods: the customer has m, and the merchant has nothing"
    : null;
}

function hasGoods(state: Customer | LyingCustomer): boolean {
  return "has" in state ? state.has.includes("m") : state.goods === "m";
}

/** A coin that nobody has spent is its holder's, and whose storage is gone holds none. */
function whoseIs(scene: Scene<States, Said>): "customer" | "merchant" | "nobody" {
  const { isIssued, paidTo } = scene.of(B);
  if (paidTo === M) return "merchant";
  const state = scene.of(C);
  const isLost = "phase" in state && state.phase === "bare" && isIssued && paidTo === null;
  return isLost ? "nobody" : "customer";
}

/** Theorem 11: whether all the others together can tie the pseudonym to the customer. */
function anonymousFault(scene: Scene<States, Said>): string | null {
  const all = [B, M, TP];
  const told = heardIn(scene).flatMap(toldBy);
  const parties = all.filter((party) => told.some(({ to }) => to === party));
  if (!closureOf(told, parties, "C'").has("C")) return null;
  const needed = all.reduce<readonly string[]>((left, party) => {
    const without = left.filter((each) => each !== party);
    return closureOf(told, without, "C'").has("C") ? without : left;
  }, parties);
  return `anonymous: ${needed.join(" and ")} know that C' is C`;
}

/** What has arrived, by the states of those whom it has changed. */
function heardIn(scene: Scene<States, Said>): readonly Said[] {
  const { isIssued, returned, answers } = scene.of(B);
  const { phase } = scene.of(M) as Merchant;
  const heard: Said[] = [];
  if (isIssued) heard.push({ to: B, step: "2" });
  if (returned !== undefined) heard.push({ to: B, step: "return" });
  if (answers.first !== undefined) heard.push({ to: B, step: "7", isAgain: false });
  if (phase !== "idle") heard.push({ to: M, step: "4" });
  if (phase === "payment-expecting" || phase === "finished") heard.push({ to: M, step: "6", opener: "right" });
  const tellsFactor = scene.isSaid({ to: TP, step: "E1", opener: "right", tellsFactor: true });
  if (scene.of(TP).phase !== "idle") heard.push({ to: TP, step: "E1", opener: "right", tellsFactor });
  return heard;
}
