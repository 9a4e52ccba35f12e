/**
 * Ray, Ray and Natarajan's optimistic protocol (S1 §4, §5) as printed, with the corrections of P§2A and no more. One product,
 * one token, one third party; a second merchant for a customer who shows its token twice.
 *
 *     1  TP → C  T = [m, N]                               E1  C → TP  what M signed, K_C2⁻¹, TOK
 *     2  C → M   PO, TOK = [PT, NC1×NC2], [TOK]B          E2  TP → M  what is the key?
 *     3  M → C   T' = [m·r, N×N1], R = [r, N]             E3  M → TP  K_M1⁻¹, r⁻¹
 *     4  C → M   K_C2⁻¹, or Abort                         E4  TP → C  K_M1⁻¹, r⁻¹;  TP → M  K_C2⁻¹
 *     5  M → C   K_M1⁻¹, r⁻¹                              E5  TP → C  K_M⁻¹, where M is silent
 *
 * The paper does not number how PT becomes money: M shows it to the bank, which takes each nonce once.
 */
import { type Play, playOf, type Role, type Scene } from "../explore/index.ts";
import {
  type Bank,
  bank,
  type Customer,
  customer,
  type Merchant,
  merchant,
  type ThirdParty,
  thirdParty,
} from "./ray-basic-honest.ts";
import { type LyingCustomer, type LyingMerchant, lyingCustomer, lyingMerchant } from "./ray-basic-liars.ts";
import { B, C, M, M2, nameOf, REST, type Said, SHOPS, TOKEN, TP, type Variant } from "./ray-basic-words.ts";
import { closureOf } from "./ray-knowledge.ts";
import { encrypted, over } from "./ray-terms.ts";

interface States extends Record<string, unknown> {
  readonly [C]: Customer | LyingCustomer;
  readonly [M]: Merchant | LyingMerchant;
  readonly [M2]: Merchant;
  readonly [TP]: ThirdParty;
  readonly [B]: Bank;
}

export function rayBasic(variant: Variant = {}): Play {
  const { liar } = variant;
  return playOf<States, Said>({
    name: "ray-basic",
    roles: {
      [C]: (liar === C ? lyingCustomer() : customer(variant)) as Role<Customer | LyingCustomer, Said>,
      [M]: (liar === M ? lyingMerchant() : merchant(M, variant)) as Role<Merchant | LyingMerchant, Said>,
      [M2]: merchant(M2, variant),
      [TP]: thirdParty(variant),
      [B]: bank(variant),
    },
    said: [{ from: TP, to: C, step: "1", catalogue: encrypted(SHOPS[M].goods, SHOPS[M].base) }],
    nameOf,
    fault: (scene) => (variant.asks === "anonymous" ? anonymousFault(scene) : exchangeFault(scene, liar)),
    deals: (scene) => [{ label: "", money: whoseIs(scene), hasGoods: hasGoods(scene.of(C), SHOPS[M].goods) }],
  });
}

function exchangeFault(scene: Scene<States, Said>, liar: Variant["liar"]): string | null {
  return (
    moneyFault(scene) ??
    (liar === C ? null : (validatedFault(scene) ?? customersLoss(scene))) ??
    (liar === M ? null : merchantsLoss(scene, M)) ??
    merchantsLoss(scene, M2)
  );
}

/** P§7A, conservation; and nobody pays twice with one nonce (Theorem 4). */
function moneyFault(scene: Scene<States, Said>): string | null {
  const { accounts } = scene.of(B);
  const total = Object.values(accounts).reduce((sum, balance) => sum + balance, 0);
  if (total !== TOKEN) return `money: ${total} where there was ${TOKEN}`;
  return accounts[C] < 0 ? "money: the customer is debited twice for one token" : null;
}

/** P§7A: at the customer's PAYMENT-SENT, what it will open is what was advertised. */
function validatedFault(scene: Scene<States, Said>): string | null {
  const state = scene.of(C) as Customer;
  if (state.phase !== "payment-sent") return null;
  const { goods, saleBase, randomiser } = SHOPS[M];
  const opened = over(state.offer[saleBase] ?? "", randomiser);
  return opened === goods
    ? null
    : `validated: the customer has paid for ${goods}, and what it holds opens to ${opened}`;
}

/** Final for the customer are FINISH, ABORT and the third party's no. While it waits, its timer can still bring it goods. */
function customersLoss(scene: Scene<States, Said>): string | null {
  const state = scene.of(C) as Customer;
  const { accounts } = scene.of(B);
  if (accounts[C] === TOKEN) return null;
  if (state.phase === "aborted") return "goods: the customer has paid and aborted";
  if (state.phase === "finished" && state.goods !== SHOPS[M].goods)
    return `goods: the customer has paid and has ${state.goods}`;
  return null;
}

/**
 * A merchant's loss is final once the bank has refused it, or once the third party has closed the sale without it. Message 4 is
 * sent once, so where it has not come by then it may be lost.
 */
function merchantsLoss(scene: Scene<States, Said>, name: typeof M | typeof M2): string | null {
  const { goods } = SHOPS[name];
  const state = scene.of(C);
  if (!hasGoods(state, goods) || scene.of(B).accounts[name] === TOKEN) return null;
  const { deposit } = scene.of(name) as Merchant;
  if (deposit === "refused") return `goods: the customer has ${goods}, and ${name}'s token is refused`;
  if (name !== M || deposit !== "none" || scene.of(TP).opened !== "without the merchant") return null;
  const more = hasGoods(state, REST) ? ` and ${REST}` : "";
  return `goods: the customer has ${goods}${more}, and ${name} has nothing`;
}

/** The order and what PT says, which message 4 opens, name the customer: the paper does not claim otherwise (S1 §8). */
function anonymousFault(scene: Scene<States, Said>): string | null {
  const told = (scene.of(M) as Merchant).phase === "idle" ? [] : [{ to: M, names: ["C", "T_i", "PID"] }];
  return closureOf(told, [M], "T_i").has("C") ? "anonymous: the merchant knows that the sale is the customer's" : null;
}

function whoseIs(scene: Scene<States, Said>): "customer" | "merchant" {
  return scene.of(B).accounts[C] === TOKEN ? "customer" : "merchant";
}

function hasGoods(state: Customer | LyingCustomer, goods: string): boolean {
  return "has" in state ? state.has.includes(goods) : state.phase === "finished" && state.goods === goods;
}
