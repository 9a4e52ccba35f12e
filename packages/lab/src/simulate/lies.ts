/** What strangers and cheats do, each with the keys that it really has: one thing at a time, drawn. */
import { encode, type Hex, type Instant, SECOND_MS } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import { slipHashOf, slipSchema } from "@counterfoil/protocols/contract";
import { declineSchema, merchantAnswer, paymentOf } from "@counterfoil/protocols/exchange";
import { abortRequest, settleRequest } from "@counterfoil/protocols/money";
import { blankOf, keyOf, type MadeCoin, refreshing } from "@counterfoil/protocols/players";
import { type CoinRow, signingKeyOf } from "@counterfoil/protocols/purse";
import type { Checks } from "./checks.ts";
import type { Draws } from "./draws.ts";
import { KINDS, type Market, PRICE_MINOR, type Sale } from "./market.ts";
import { type Packet, packetOf, rowsOf } from "./node.ts";
import { secondPayment } from "./shopping.ts";

export interface Lie {
  readonly what: string;
  readonly packets: readonly Packet[];
}

export interface Scene {
  readonly market: Market;
  readonly checks: Checks;
  readonly draws: Draws;
  /** Messages that were once on their way. */
  readonly past: readonly Packet[];
  readonly worldMs: Instant;
}

/** How long a shop keeps its silence: longer than anybody's patience with it. */
const SILENT_MS = 120 * SECOND_MS;

/** @returns null where there is nothing to lie about. */
export function lie(scene: Scene): Lie | null {
  return scene.draws.of(LIES)(scene);
}

const NOBODY = { name: "nobody", depth: 0 };

const LIES: readonly ((scene: Scene) => Lie | null)[] = [
  repeat,
  alter,
  endBehind,
  payTwice,
  takeBack,
  sayNo,
  keepSilent,
  secondSlip,
];

/** Whoever has listened says it again. */
function repeat({ past, draws }: Scene): Lie | null {
  if (past.length === 0) return null;
  const packet = draws.of(past);
  return { what: `somebody says again what ${packet.from} said to ${packet.to}`, packets: [packet] };
}

function alter({ past, draws }: Scene): Lie | null {
  if (past.length === 0) return null;
  const packet = draws.of(past);
  if (packet.bytes.length === 0) return null;
  const bytes = Uint8Array.from(packet.bytes);
  const at = draws.below(bytes.length);
  bytes[at] = (bytes[at] as number) ^ (1 << draws.below(8));
  return {
    what: `somebody alters byte ${at} of what ${packet.from} said to ${packet.to}`,
    packets: [{ ...packet, bytes }],
  };
}

function openSale({ market, checks, draws }: Scene, pays?: "coins"): Sale | null {
  const open = [...checks.open].flatMap((tid) => market.sales.get(tid) ?? []);
  const fit = pays === undefined ? open : open.filter(({ kind }) => kind.pays === pays);
  return fit.length === 0 ? null : draws.of(fit);
}

function purchaseOf({ checks }: Scene, { tid }: Sale) {
  const state = checks.states.get(tid);
  if (state === undefined) throw new Error("a session that is open has a state");
  return state.purchase;
}

/** The customer has the bank end it, and leaves its payment on the way. */
function endBehind(scene: Scene): Lie | null {
  const sale = openSale(scene);
  if (sale === null) return null;
  const purchase = purchaseOf(scene, sale);
  const bytes = encode(abortRequest, { abort: purchase.abort, slip: paymentOf(purchase).slip });
  const packet = packetOf(NOBODY, "bank", bytes, null, null);
  return {
    what: `${sale.customer.node.name} has ${sale.tid.slice(0, 8)} ended behind its own back`,
    packets: [packet],
  };
}

function coinsIn({ node }: Sale["customer"], tid: Hex): readonly (readonly [Hex, CoinRow])[] {
  return rowsOf<CoinRow>(node, "coin").filter(([, row]) => row.state === "reserved" && row.about === tid);
}

/** The same coins at another shop, in another exchange. */
function payTwice(scene: Scene): Lie | null {
  const { market, draws, worldMs } = scene;
  const sale = openSale(scene, "coins");
  const coins = sale === null ? [] : coinsIn(sale.customer, sale.tid);
  if (sale === null || coins.length === 0) return null;
  const kind = draws.of(KINDS.filter(({ pays }) => pays === "coins"));
  const shop = draws.of(market.shops);
  const rows = coins.map(([, row]) => row);
  const packet = secondPayment(market, sale.customer, shop, kind, rows, worldMs);
  if (packet === null) return null;
  return {
    what: `${sale.customer.node.name} pays ${shop.node.name} with the coins of ${sale.tid.slice(0, 8)}`,
    packets: [packet],
  };
}

/** A coin of a payment is exchanged for another while the payment is on its way. */
function takeBack(scene: Scene): Lie | null {
  const { market, draws } = scene;
  const sale = openSale(scene, "coins");
  const coins = sale === null ? [] : coinsIn(sale.customer, sale.tid);
  if (sale === null || coins.length === 0) return null;
  const [coinId, row] = draws.of(coins);
  const { crypto, parties, mint } = market;
  const coin = { keyId: row.key_id, publicKey: row.public_key, prefix: row.prefix, signature: row.signature };
  const signer = signingKeyOf(crypto, sale.customer.config.seed, row);
  const into = blankOf(crypto, keyOf(mint, row.amount), `back ${coinId}`);
  const made = { ...into, coin, coinId, signer } as MadeCoin;
  const bytes = refreshing({ crypto, config: parties.bankConfig }, [made], [into]);
  const packet = packetOf(NOBODY, "bank", bytes, null, null);
  return { what: `${sale.customer.node.name} takes a coin back out of ${sale.tid.slice(0, 8)}`, packets: [packet] };
}

/** The shop has the payment, and says that it will not have it. */
function sayNo(scene: Scene): Lie | null {
  const sale = openSale(scene);
  if (sale === null) return null;
  const { crypto, shopConfig } = sale.shop.parties;
  const body = { merchant: shopConfig.key.publicKey, about: sale.tid, reason: "payment-refused", bank: null } as const;
  const decline = sign(crypto, shopConfig.key, declineSchema, body);
  const bytes = encode(merchantAnswer, { kind: "declined", decline });
  const { payment } = purchaseOf(scene, sale);
  const packet: Packet = {
    ...{ from: sale.shop.node.name, to: sale.customer.node.name, bytes, about: sale.tid },
    ...{ re: { bytes: payment, about: sale.tid }, depth: 0 },
  };
  return { what: `${sale.shop.node.name} says no to ${sale.tid.slice(0, 8)}, whose payment it has`, packets: [packet] };
}

function keepSilent({ market, draws, worldMs }: Scene): Lie | null {
  const { node } = draws.of(market.shops);
  node.downUntilMs = Math.max(node.downUntilMs, worldMs + SILENT_MS);
  return { what: `${node.name} keeps silent`, packets: [] };
}

/** The shop settles a dearer slip of its own for the same order, with the payment that it was sent. */
function secondSlip(scene: Scene): Lie | null {
  const sale = openSale(scene);
  if (sale === null) return null;
  const { crypto, shopConfig } = sale.shop.parties;
  const slip = { ...sale.slip, priceMinor: PRICE_MINOR + 1n };
  const { pay, funding } = paymentOf(purchaseOf(scene, sale));
  const signed = sign(crypto, shopConfig.key, slipSchema, slip);
  const bytes = encode(settleRequest, { slip: signed, pay, funding, opening: null });
  const name = slipHashOf(crypto, encode(slipSchema, slip)).slice(0, 8);
  const what = `${sale.shop.node.name} settles ${sale.tid.slice(0, 8)} under a second slip ${name}`;
  return { what, packets: [packetOf(NOBODY, "bank", bytes, null, null)] };
}
