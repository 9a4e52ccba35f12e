/** Whom and what the questions are about, by every name that its own customer knows it by. */
import { decode, encode, type Hex } from "@counterfoil/base";
import { type BoxKey, type Crypto, raw, read } from "@counterfoil/crypto";
import type { Document, Subject } from "@counterfoil/lab";
import {
  certificateSchema,
  goodsPointOf,
  openingOf,
  orderSchema,
  pseudonymKey,
  purchaseKeys,
  sealPoint,
  slipHashOf,
  slipSchema,
} from "@counterfoil/protocols/contract";
import { paymentMessage } from "@counterfoil/protocols/exchange";
import { recKeyOf } from "@counterfoil/protocols/log";
import { type Coin, coinIdOf, withdrawRequest, withdrawSchema } from "@counterfoil/protocols/money";
import { blindCoins, keysById, pathsSchema, readKeys, secretOf } from "@counterfoil/protocols/purse";
import type { KnownPurchase } from "@counterfoil/sdk";
import type { Item, Person, World } from "./world.ts";

export interface PurchaseNames {
  /** The purchase itself, by any of its names and by its connections. */
  readonly whole: Subject;
  readonly tid: Subject;
  readonly slipHash: Subject;
  /** What its log calls it; null where it names none. */
  readonly recKey: Subject | null;
  readonly oneTimeKeys: Subject;
  /** v; of a purchase that is not paid there is none, and none that the shop has said where the trustees answered. */
  readonly opening: Subject | null;
  readonly goodsSecret: Subject | null;
  /** A' and D': P under V. */
  readonly sealed: Subject;
  /** The order, signed and not. */
  readonly order: Subject;
  readonly coins: readonly Subject[];
}

export function purchaseNames(crypto: Crypto, who: Person, { tid, state }: KnownPurchase): PurchaseNames {
  if (state === null) throw new Error("a purchase without a session");
  const { order, orderSigned, slip, slipBody, funding } = paymentIn(state.purchase.payment);
  const { sealed } = state.purchase;
  const slipHash = slipHashOf(crypto, slipBody);
  const recKey = slip.log === null ? null : recKeyOf(crypto, slip.bank, tid);
  const names = [
    tid,
    slipHash,
    ...(recKey === null ? [] : [recKey]),
    order.buyer,
    order.replies,
    order.disputes,
    order.nonce,
    slip.commitment,
  ];
  const opening = state.phase === "paid" && state.release.kind === "opening" ? state.release.opening : null;
  const secret = state.phase === "paid" ? state.secret : null;
  return {
    whole: { ...valued(...names), channels: [`${who.name} ${order.nonce}`] },
    tid: valued(tid),
    slipHash: valued(slipHash),
    recKey: recKey === null ? null : valued(recKey),
    oneTimeKeys: valued(order.buyer, order.replies, order.disputes),
    opening: opening === null ? null : valued(opening),
    goodsSecret: secret === null ? null : valued(secret),
    sealed: valued(sealed.head, sealed.body),
    order: { values: [orderSigned, encode(orderSchema, order)] },
    coins: funding.kind === "coins" ? funding.coins.map(({ coin }) => coinSubject(crypto, coin)) : [],
  };
}

export function paymentIn(payment: Uint8Array) {
  const message = must(decode(paymentMessage, payment));
  const slip = must(read(slipSchema, message.slip));
  return {
    order: must(read(orderSchema, message.order)).value,
    orderSigned: message.order,
    slip: slip.value,
    slipBody: slip.body,
    funding: message.funding,
  };
}

export function coinSubject(crypto: Crypto, coin: Coin): Subject {
  return { values: [raw(coinIdOf(crypto, coin)), raw(coin.publicKey), coin.signature] };
}

export function valued(...names: readonly Hex[]): Subject {
  return { values: names.map(raw) };
}

export function accountOf({ wallet }: Person): Subject {
  return valued(wallet.account.publicKey);
}

export function pseudonymOf({ crypto, shop }: World, { wallet }: Person): Subject {
  return valued(pseudonymKey(crypto, wallet.seed, shop.key).publicKey);
}

/** P and the goods, of what a shop has registered. */
export async function goodsOf({ crypto, shop }: World, { pid, content }: Item): Promise<readonly [Subject, Subject]> {
  const item = await shop.item(pid);
  if (item === null) throw new Error("no such item");
  const { point } = goodsPointOf(crypto, shop.config.seed, item.row.registration);
  return [{ values: [point] }, { values: [content] }];
}

/** The item by its names for machines. */
export async function itemSubject({ shop }: World, { pid }: Item): Promise<Subject> {
  const item = await shop.item(pid);
  if (item === null) throw new Error("no such item");
  return valued(pid, item.row.cert_hash, item.row.file_hash);
}

/** What a row of a paper's table is about, of a customer's first purchase. */
export interface PaperNames {
  readonly account: Subject;
  readonly accountSecret: Subject;
  readonly buyer: Subject;
  readonly buyerSecret: Subject;
  readonly keyCommitment: Subject;
  readonly commitment: Subject;
  /** v, whether or not the shop has said it. */
  readonly opening: Subject;
  /** The signed order whole. */
  readonly order: Subject;
  /** A' and D': P under V. */
  readonly sealed: Subject;
  readonly coin: Subject;
  readonly factor: Subject;
}

export async function paperNames({ crypto, shop }: World, who: Person): Promise<PaperNames> {
  const [bought] = await who.wallet.purchases();
  if (bought?.state?.phase !== "paid") throw new Error("nothing was bought");
  const { purchase } = bought.state;
  const { slip, orderSigned, funding } = paymentIn(purchase.payment);
  const secrets = await secretsOf(crypto, who);
  const named = (what: string) => secretNames(secrets.filter(({ name }) => name === `${who.name}'s ${what}`));
  const coins = funding.kind === "coins" ? funding.coins.map(({ coin }) => coinSubject(crypto, coin)) : [];
  return {
    account: accountOf(who),
    accountSecret: named("account"),
    buyer: valued(slip.buyer),
    buyerSecret: named("Q"),
    keyCommitment: valued(must(read(certificateSchema, purchase.certificate)).value.keyCommitment),
    commitment: valued(slip.commitment),
    opening: valued(openingOf(crypto, shop.config.seed, purchase.tid)),
    order: { values: [orderSigned] },
    sealed: valued(purchase.sealed.head, purchase.sealed.body),
    coin: { values: coins.flatMap(({ values }) => values ?? []) },
    factor: named("factor"),
  };
}

/** What was asked to be signed for account money, value by value. */
export async function withdrawnBy({ wallet }: Person): Promise<readonly Subject[]> {
  const rows = (await wallet.errands()).filter(([, row]) => row.kind === "withdraw");
  return rows.flatMap(([, row]) => {
    const { withdraw } = must(decode(withdrawRequest, row.request));
    return must(read(withdrawSchema, withdraw)).value.outputs.map(({ blinded }) => ({ values: [blinded] }));
  });
}

/** Coins that the purse holds or held, by the errand that brought them. */
export async function coinsOf(crypto: Crypto, { wallet }: Person, state: string): Promise<readonly Subject[]> {
  const rows = (await wallet.coins()).filter(([, row]) => row.state === state);
  return rows.map(([, row]) =>
    coinSubject(crypto, { keyId: row.key_id, publicKey: row.public_key, prefix: row.prefix, signature: row.signature }),
  );
}

/** What nobody but the wallet may ever have: its seed, each secret key, each factor. Each a document that begins with it. */
export async function secretsOf(crypto: Crypto, { name, wallet, desk }: Person): Promise<readonly Document[]> {
  const { seed, account } = wallet;
  const secret = (what: string, ...parts: readonly Uint8Array[]): Document => {
    return { name: `${name}'s ${what}`, parts: [...parts, seed], channel: null };
  };
  const secrets = [secret("seed"), secret("account", account.secretKey.slice(0, 32), raw(account.publicKey))];
  for (const { state } of await wallet.purchases()) {
    if (state === null) continue;
    const { buyer, replies, disputes } = keysOf(crypto, seed, state.purchase.payment);
    secrets.push(secret("Q", buyer.secretKey.slice(0, 32), raw(buyer.publicKey)));
    secrets.push(secret("W", replies.secretKey, raw(replies.publicKey)));
    secrets.push(secret("X", disputes.secret, raw(disputes.publicKey)));
  }
  for (const [, row] of await wallet.coins())
    secrets.push(secret("coin", secretOf(crypto, seed, row), raw(row.public_key)));
  const purse = await wallet.purse(desk.bank);
  const keys = purse === null ? null : readKeys(crypto, purse.keys).list;
  for (const [, row] of await wallet.errands()) {
    const places = must(decode(pathsSchema, row.paths)).flatMap((path) => {
      const key = keys && (keysById(crypto, keys).get(path.keyId) ?? null);
      return key ? [{ path, key }] : [];
    });
    for (const { output, inverse } of blindCoins(crypto, seed, places) ?? [])
      secrets.push(secret("factor", inverse, output.blinded));
  }
  return secrets;
}

/** What a shop makes of its seed for each sale, and no row has: v, the sealed point, P, and what hides P. */
export async function shopSecretsOf({ crypto, shop, shopSeed }: World): Promise<readonly Document[]> {
  const secrets: Document[] = [{ name: "the shop's seed", parts: [shopSeed, shop.config.seed], channel: null }];
  for (const [tid, { pid }] of await shop.sales()) {
    const item = await shop.item(pid);
    if (item === null) throw new Error("a sale of no item");
    const opening = openingOf(crypto, shop.config.seed, tid);
    const { point, scalar } = goodsPointOf(crypto, shop.config.seed, item.row.registration);
    const { sealed, scalar: blinding } = sealPoint(crypto, shop.config.seed, tid, point);
    const parts = [...[tid, opening, sealed.head, sealed.body].map(raw), point, blinding];
    secrets.push({ name: "the shop's keys of a sale", parts, channel: null });
    // The item's own, which says no more of a sale than that it is of this item: that much stands in its row.
    secrets.push({ name: "the shop's keys of an item", parts: [raw(pid), scalar, point], channel: null });
  }
  return secrets;
}

/** The keys by which a customer opens what is sealed to it. */
export async function boxesOf(crypto: Crypto, { wallet }: Person): Promise<readonly BoxKey[]> {
  const states = (await wallet.purchases()).flatMap(({ state }) => (state === null ? [] : [state]));
  return states.map(({ purchase }) => keysOf(crypto, wallet.seed, purchase.payment).replies);
}

/** Of the secrets, the secret part alone. */
export function secretNames(documents: readonly Document[]): Subject {
  return { values: documents.map(({ parts }) => parts[0] as Uint8Array) };
}

function keysOf(crypto: Crypto, seed: Uint8Array, payment: Uint8Array) {
  return purchaseKeys(crypto, seed, paymentIn(payment).order.nonce);
}

export function must<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string },
): T {
  if (result.ok) return result.value;
  throw new Error(result.reason);
}
