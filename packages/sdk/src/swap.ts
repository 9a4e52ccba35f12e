/**
 * One swap from the shelf to the file, by the one who begins it: look, fetch and check the other's item, ask, offer, check
 * the other's offer, and only then give. What comes before the gift can be lost without loss; from there on a row finishes
 * it, here or in a later process (`resume`).
 */
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { decode, encode, type Hex, HOUR_MS, SECOND_MS } from "@counterfoil/base";
import { hashFile } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite } from "@counterfoil/host";
import type { Send } from "@counterfoil/protocols";
import { certifySignature } from "@counterfoil/protocols/contract";
import {
  type GivingState,
  givingStateSchema,
  type InitiatorCommand,
  type InitiatorOutcome,
  initiator,
  ownItem,
  propose,
  readOffer,
  readOrdered,
  type ShopConfig,
  type Swap,
  type SwapBookTables,
  type SwapItem,
  type SwapRow,
  startGiving,
  swapAnswer,
  swapAsk,
  swapBookShapes,
  swapItem,
  type Trusted,
} from "@counterfoil/protocols/exchange";
import { groupIdOf } from "@counterfoil/protocols/trustees";
import type { ItemJson } from "./market-json.ts";
import { newNonce } from "./nonce.ts";
import { NO_MONEY_INVOLVED, Refusal } from "./refusal.ts";
import { allRows } from "./rows.ts";
import { carrySwap, fetchTheirs, putInPlace, swapConfig } from "./swap-carrying.ts";
import type { WalletPorts } from "./transport.ts";
import { trusteeLines } from "./trustee-lines.ts";
import { bytesOf, type KnownGroup, type Visit } from "./visit.ts";
import { watchers } from "./watching.ts";

export interface KnownSwap {
  readonly tid: Hex;
  readonly row: SwapRow;
  readonly state: GivingState;
}

export interface OpenSwaps {
  readonly hosted: Hosted<InitiatorCommand, InitiatorOutcome>;
  /** Durable first, then given; resolves when it is over, or with it as it stands when patience is. */
  begin(swap: Swap, row: SwapRow, patienceMs: number): Promise<KnownSwap>;
  /** The same for one that a former process began. */
  settled(tid: Hex, patienceMs: number): Promise<KnownSwap>;
  swaps(): Promise<readonly KnownSwap[]>;
  close(): Promise<void>;
}

export async function openSwaps(folder: string, shop: ShopConfig, ports: WalletPorts): Promise<OpenSwaps> {
  const config = swapConfig(shop);
  const store = openSqlite(join(folder, "swaps-begun.db"), swapBookShapes);
  const watching = watchers(stateOf);
  let closing = false;
  const hosted: Hosted<InitiatorCommand, InitiatorOutcome> = await hostAuthority<
    SwapBookTables,
    InitiatorCommand,
    InitiatorOutcome,
    Send
  >(initiator(config), store, {
    name: "swaps-begun",
    clock: ports.clock,
    deliver: (send) => carry(send),
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });

  async function carry(send: Send): Promise<void> {
    const id = send.about as Hex;
    const [found] = await store.read([{ table: "swap", id }]);
    if (found?.row === undefined || closing) return;
    let answer: Uint8Array;
    try {
      answer = await carrySwap(ports.transport, send, found.row as SwapRow);
    } catch {
      return; // unknown: the row sends it again
    }
    if (closing) return;
    const kind = send.to === "counterpart" ? "counterpart" : "trustee";
    const { outcome } = await hosted.submit({ kind: "step", id, input: { kind, answer } });
    announce(id, outcome.state);
  }

  function announce(id: Hex, state: GivingState | null): void {
    if (state !== null && (state.phase === "had" || state.phase === "forfeited")) watching.tell(id, state);
  }

  async function stateOf(id: Hex): Promise<GivingState | null> {
    const [found] = await store.read([{ table: "session", id }]);
    return found?.row === undefined ? null : read(found.row as SwapBookTables["session"]);
  }

  async function known(tid: Hex, state: GivingState): Promise<KnownSwap> {
    const [found] = await store.read([{ table: "swap", id: tid }]);
    const row = found?.row as SwapRow;
    if (state.phase !== "had" || row.delivered) return { tid, row, state };
    const fault = await putInPlace(config, folder, row, state);
    const told =
      fault === null ? { kind: "delivered" as const, outPath: row.out_path } : { kind: "faulty" as const, fault };
    const { outcome } = await hosted.submit({ ...told, id: tid } as InitiatorCommand);
    return { tid, row: outcome.row ?? row, state };
  }

  return {
    hosted,
    async begin(swap, row, patienceMs) {
      const started = startGiving(config, swap, ports.clock());
      if (!started.ok) throw tooLate();
      const { tid: id } = swap;
      const watch = watching.watch(id, patienceMs);
      try {
        await hosted.submit({ kind: "begin", id, state: started.value, row });
      } catch (error) {
        watch.stop();
        throw error;
      }
      return known(id, await watch.state);
    },
    async settled(tid, patienceMs) {
      const watch = watching.watch(tid, patienceMs);
      announce(tid, await stateOf(tid));
      return known(tid, await watch.state);
    },
    async swaps() {
      const rows = await allRows<SwapRow>(store, "swap");
      const sessions = new Map(await allRows<SwapBookTables["session"]>(store, "session"));
      return rows.map(([tid, row]) => ({ tid, row, state: read(sessions.get(tid) as SwapBookTables["session"]) }));
    },
    async close() {
      closing = true;
      await hosted.stop();
      await store.close();
    },
  };
}

function read(row: SwapBookTables["session"]): GivingState {
  const state = decode(givingStateSchema, row.state);
  if (!state.ok) throw new Error("a swap's row does not decode");
  return state.value;
}

/** What the initiator has: its own goods with their registration, or its signature on a text. */
export type Offered =
  | { readonly kind: "goods"; readonly certificate: Uint8Array; readonly registration: Hex }
  | { readonly kind: "signature"; readonly textHash: Hex };

export interface SwapOptions {
  readonly offered: Offered;
  /** An item of the other's, or its signature on that same text. */
  readonly wanted: ItemJson | "signature";
  readonly outPath: string;
  /** How long trustees may be asked. */
  readonly withinMs?: number;
  readonly patienceMs?: number;
}

const WITHIN_MS = 24 * HOUR_MS;
const PATIENCE_MS = 90 * SECOND_MS;
/** The other fetches our goods before it answers: for as long as its downloads go on. */
const OFFER_TRIES = 60;

/** @param trusted whom the shop's owner believes about goods; the visited market names nobody. */
export async function swapAt(
  market: Visit,
  swaps: OpenSwaps,
  folder: string,
  shop: ShopConfig,
  trusted: Trusted,
  options: SwapOptions,
  ports: WalletPorts,
): Promise<KnownSwap> {
  const { crypto } = ports;
  const config = swapConfig(shop);
  const { wanted } = options;
  // That what is had can be put there is tried before anything is given.
  const place = dirname(resolve(options.outPath));
  await mkdir(place, { recursive: true });
  await access(place, constants.W_OK);
  const own = ownItem(config, certified(shop, trusted, options, ports));
  const looked = wanted === "signature" ? null : await lookAt(market, folder, wanted, trusted, ports);
  const notAfterMs = ports.clock() + (options.withinMs ?? WITHIN_MS);
  const named = looked?.certHash ?? (options.offered as Extract<Offered, { kind: "signature" }>).textHash;
  const ask = { certificate: own.signed, wanted: named, session: newNonce(), notAfterMs };
  const answer = await market.client.post(encode(swapAsk, ask));
  const { certificate, order } = must(readOrdered(crypto, own.certified, ask, answer));
  const theirs = must(swapItem(crypto, certificate, trusted));
  if (!isWanted(theirs, looked, named, market)) throw refusal("another-item");
  const proposal = propose(config, own, { theirs, wanted: named, asked: order }, newNonce());
  const said = await askOffer(market, proposal.message);
  const swap = must(readOffer(config, proposal, theirs, said, ports.clock()));
  return swaps.begin(swap, rowFor(market, theirs, options, ports), options.patienceMs ?? PATIENCE_MS);
}

function certified(shop: ShopConfig, trusted: Trusted, { offered }: SwapOptions, { crypto }: WalletPorts) {
  if (offered.kind === "goods") return offered;
  const [group] = trusted.groups;
  if (group === undefined) throw refusal("unknown-trustees");
  const registration = newNonce();
  const terms = { textHash: offered.textHash, registration, group: groupIdOf(crypto, group), groupKey: group.key };
  return { certificate: certifySignature(crypto, shop, terms), registration };
}

/** Its certificate and its whole encrypted file, before a word is said to its shop. */
async function lookAt(
  market: Visit,
  folder: string,
  item: ItemJson,
  trusted: Trusted,
  ports: WalletPorts,
): Promise<SwapItem> {
  const checked = must(swapItem(ports.crypto, bytesOf(item.certificate), trusted));
  if (checked.what.kind !== "goods" || checked.merchant !== market.shop?.merchant) throw refusal("another-item");
  const { certificate } = checked.what;
  if (hashFile(ports.crypto, certificate) !== item.fileHash || certificate.pid !== item.pid)
    throw refusal("another-item");
  await fetchTheirs(ports.transport, folder, { url: market.url, fileHash: item.fileHash, certificate: checked.signed });
  return checked;
}

function isWanted(theirs: SwapItem, looked: SwapItem | null, textHash: Hex, { shop }: Visit): boolean {
  if (theirs.merchant !== shop?.merchant) return false;
  if (looked !== null) return theirs.certHash === looked.certHash;
  return theirs.what.kind === "signature" && theirs.what.textHash === textHash;
}

async function askOffer(market: Visit, message: Uint8Array): Promise<Uint8Array> {
  for (let tried = 0; tried < OFFER_TRIES; tried++) {
    const answer = await market.client.post(message);
    const heard = decode(swapAnswer, answer);
    if (!heard.ok || heard.value.kind !== "waiting") return answer;
    await pause(SECOND_MS);
  }
  throw refusal("goods-not-fetched");
}

function rowFor(market: Visit, theirs: SwapItem, options: SwapOptions, { crypto, clock }: WalletPorts): SwapRow {
  const known = market.groups.find(({ group }) => groupIdOf(crypto, group) === theirs.group) as KnownGroup;
  const { wanted } = options;
  return {
    title: wanted === "signature" ? "a signature" : wanted.title,
    counterpart_url: market.url,
    trustee_urls: trusteeLines(known),
    file_hash: wanted === "signature" ? null : wanted.fileHash,
    goods_url: wanted === "signature" ? null : market.url,
    out_path: resolve(options.outPath),
    started_ms: clock(),
    delivered: false,
    fault: null,
    rule: null,
  };
}

function must<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string },
): T {
  if (result.ok) return result.value;
  throw refusal(result.reason);
}

function tooLate(): Refusal {
  return refusal("too-late");
}

/** Until its row is there nothing has been given, whatever goes wrong. */
export function refusal(reason: string): Refusal {
  const detail = WORDS[reason] ?? `The swap does not come about: ${reason.replaceAll("-", " ")}.`;
  return new Refusal(reason, detail, NO_MONEY_INVOLVED, "Nothing has been given; nothing needs to be undone.");
}

const WORDS: Readonly<Record<string, string>> = {
  "no-such-swap":
    "The other shop does not give this for that: its owner says what it takes with counterfoil shop swaps.",
  "unknown-certifier": "The other's goods are certified by nobody that you trust.",
  "not-certified-by-another": "Nobody but its own seller has certified the item.",
  "unknown-trustees": "The item is not encrypted to trustees that you trust.",
  "goods-not-fetched": "The other shop could not fetch your goods from where its owner said that they are.",
  "too-late": "The answer came so late that trustees might not have had time.",
  "another-item": "The other shop answered about another item than it shows.",
};
