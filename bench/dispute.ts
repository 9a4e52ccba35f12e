/**
 * A dispute with three trustees, any two of whom open: each a process of its own with a durable store, reached over HTTP. From
 * the buyer's turning to all three at once, its proofs to each included, to P in its hands, checked against the goods'.
 * `node bench/dispute.ts [disputes]`
 */
import { DAY_MS, encode, type Hex, HOUR_MS, toHex } from "@counterfoil/base";
import { type Crypto, H, raw, type SigningKey, sign } from "@counterfoil/crypto";
import { nodeCrypto, type WireClient, wireClient } from "@counterfoil/host";
import {
  certHashOf,
  certificateSchema,
  type GoodsPoint,
  goodsPointOf,
  type Label,
  makeEscrow,
  makeOffer,
  type Order,
  offerHashOf,
  orderSchema,
  poHashOf,
  purchaseKeys,
  type Slip,
  slipHashOf,
  slipSchema,
  tidOf,
} from "@counterfoil/protocols/contract";
import type { DisputeFacts, TrusteeGroup } from "@counterfoil/protocols/trustees";
import { askTrustees, type ConvenedGroup, conveneGroup, type TrusteeDoor, trusteeDoorAt } from "@counterfoil/sdk";
import { smallLog } from "../packages/protocols/src/log/small-log.fixture.ts";
import { forkServer, percentile, type Server } from "./server.ts";

const TRUSTEES = 3;
const THRESHOLD = 2;
const WARM = 20;
const PRICE_MINOR = 250n;

export interface DisputeFigures {
  readonly disputes: number;
  readonly trustees: number;
  readonly threshold: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** All trustees together. */
  readonly trusteeMicros: number;
  readonly buyerMicros: number;
}

export async function measureDisputes(disputes: number): Promise<DisputeFigures> {
  const crypto = await nodeCrypto();
  const servers = await Promise.all(Array.from({ length: TRUSTEES }, () => forkServer("./trustee-server.ts")));
  const clients = servers.map(({ url }) => wireClient(url));
  try {
    const doors = await Promise.all(clients.map((client: WireClient) => trusteeDoorAt(client)));
    const sellUntilMs = Date.now() + 30 * DAY_MS;
    const terms = { threshold: THRESHOLD, sellUntilMs, claimWindowMs: DAY_MS };
    const convened = await conveneGroup({ crypto, clock: Date.now }, doors, terms);
    const stall = openStall(crypto, convened);
    const cases = Array.from({ length: WARM + disputes }, (_, i) => stall.unreleased(i));
    const ask = async (facts: DisputeFacts) => askOnce(crypto, convened.group, doors, facts, stall.goods);
    for (const facts of cases.slice(0, WARM)) await ask(facts);
    const before = await usedBy(servers);
    const buyerBefore = process.cpuUsage();
    const latencies: number[] = [];
    for (const facts of cases.slice(WARM)) latencies.push(await ask(facts));
    const buyer = process.cpuUsage(buyerBefore);
    const trusteeMicros = ((await usedBy(servers)) - before) / disputes;
    latencies.sort((a, b) => a - b);
    return {
      disputes,
      trustees: TRUSTEES,
      threshold: THRESHOLD,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      longestMs: percentile(latencies, 1),
      trusteeMicros,
      buyerMicros: (buyer.user + buyer.system) / disputes,
    };
  } finally {
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function usedBy(servers: readonly Server<unknown>[]): Promise<number> {
  const used = await Promise.all(servers.map((server) => server.usage()));
  return used.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
}

/** @returns milliseconds until P was known; every trustee has to have answered, and rightly. */
async function askOnce(
  crypto: Crypto,
  group: TrusteeGroup,
  doors: readonly TrusteeDoor[],
  facts: DisputeFacts,
  { point }: GoodsPoint,
): Promise<number> {
  const began = performance.now();
  const said = await askTrustees(crypto, group, doors, facts);
  const took = performance.now() - began;
  if (said.point !== toHex(point)) throw new Error("the answers gave another P, or none");
  if (said.held.length !== TRUSTEES) throw new Error(`${said.held.length} trustees answered`);
  return took;
}

interface Stall {
  readonly goods: GoodsPoint;
  /** The i-th sale that is paid and was never released, as its buyer shows it. */
  unreleased(i: number): DisputeFacts;
}

/** A shop that sells and falls silent, with its certifier and its bank: keys here, since trustees see only what these signed. */
function openStall(crypto: Crypto, { id, group }: ConvenedGroup): Stall {
  const [merchant, certifier, bank] = ["merchant", "certifier", "bank"].map((name) =>
    crypto.signingKey(raw(H(crypto, "bench", name))),
  ) as [SigningKey, SigningKey, SigningKey];
  const seed = raw(H(crypto, "bench shop"));
  const goods = goodsPointOf(crypto, seed, H(crypto, "bench registration"));
  const label = labelOf(crypto, merchant.publicKey, id, group.key);
  const certificate = { ...label, certifier: certifier.publicKey, escrow: makeEscrow(crypto, label, goods) };
  const certHash = certHashOf(crypto, certificate);
  const signedCertificate = sign(crypto, certifier, certificateSchema, certificate);
  const parties = { bank: bank.publicKey, merchant: merchant.publicKey };
  return {
    goods,
    unreleased(i) {
      const nonce = H(crypto, "bench nonce", i);
      const keys = purchaseKeys(crypto, seed, nonce);
      const notAfterMs = Date.now() + HOUR_MS;
      const terms = { mode: "optimistic", ...parties, priceMinor: PRICE_MINOR, unit: "XTS", notAfterMs } as const;
      const named = { buyer: keys.buyer.publicKey, disputes: keys.disputes.publicKey, replies: keys.replies.publicKey };
      const log = smallLog(crypto, `bench-${i}`);
      const order: Order = { ...terms, ...named, certHash, inReturn: null, log: log.id, part: null, nonce };
      const poHash = poHashOf(crypto, order);
      const tid = tidOf(crypto, { ...parties, buyer: named.buyer, poHash });
      const offer = makeOffer(crypto, seed, tid, goods, { ...certificate, certHash });
      const offered = { offerHash: offerHashOf(crypto, offer), commitment: offer.commitment };
      const slip: Slip = { ...terms, ...offered, tid, buyer: named.buyer, poHash, log: log.id };
      const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
      const now = Date.now();
      return {
        certificate: signedCertificate,
        order: sign(crypto, keys.buyer, orderSchema, order),
        slip: sign(crypto, merchant, slipSchema, slip),
        slipHash,
        tid,
        group: id,
        entitlement: { kind: "paid", logged: log.logged(log.paid({ slip, slipHash }, bank, now), now) },
        keys,
      };
    },
  };
}

function labelOf(crypto: Crypto, merchant: Hex, group: Hex, groupKey: Hex): Label {
  const hash = (name: string) => H(crypto, "bench", name);
  return {
    merchant,
    pid: hash("pid"),
    version: 1,
    descriptionHash: hash("description"),
    contentBytes: 1_000,
    contentHash: hash("content"),
    fileBytes: 1_200,
    pieceBytes: 2 ** 20,
    root: hash("root"),
    keyCommitment: hash("kc"),
    group,
    groupKey,
  };
}

/** What the table shows. */
export function disputeRows(figures: DisputeFigures): [string, string][] {
  const { p50Ms, p99Ms, longestMs, disputes, trustees, threshold } = figures;
  const asked = `${disputes} disputes, ${trustees} trustees, any ${threshold} open`;
  return [
    [
      "a dispute, until P is known",
      `p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, longest ${longestMs.toFixed(0)} ms (${asked})`,
    ],
    [
      "  its CPU",
      `buyer ${(figures.buyerMicros / 1_000).toFixed(1)} ms, all trustees ${(figures.trusteeMicros / 1_000).toFixed(1)} ms`,
    ],
  ];
}

if (import.meta.main) {
  const figures = await measureDisputes(Number(process.argv[2] ?? 200));
  for (const [name, value] of disputeRows(figures)) console.log(`${name.padEnd(34)} ${value}`);
  console.log(JSON.stringify(figures));
}
