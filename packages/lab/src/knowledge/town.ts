/**
 * A bank, a shop, a log and trustees, the very ones, and all that they hear, hold and answer, in order. Nobody who speaks to
 * them is known by the line: every message comes over a new one.
 */
import { encode, type Hex, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from "@counterfoil/base";
import { type Crypto, raw } from "@counterfoil/crypto";
import type { Row, Send } from "@counterfoil/protocols";
import type { Order } from "@counterfoil/protocols/contract";
import { hearBank, hearLog as hearLogAtShop, type ShopCommand, shop } from "@counterfoil/protocols/exchange";
import { admitFollow, EMPTY_FRONTIER, frontierAt, logSchema, tilesOf } from "@counterfoil/protocols/log";
import { hearLog as hearLogAtBank, type Mint } from "@counterfoil/protocols/money";
import {
  certifiedBy,
  type Desk,
  desk,
  hearWithMint,
  type LogBench,
  logBench,
  logSize,
  NOW,
  type Parties,
  parties,
  publishedHead,
  seedOf,
  stock,
  type TestMint,
  type TestTrustees,
  testMint,
  trusteeDesk,
  trusteesOf,
  UNIT,
} from "@counterfoil/protocols/players";
import { groupSchema } from "@counterfoil/protocols/trustees";
import type { Symbolic } from "../terms/index.ts";

/** Who may work together. The trustees are all of them: fewer know less. */
export const MEMBERS = ["bank", "merchant", "log", "trustees"] as const;
export type Member = (typeof MEMBERS)[number];

/** One message and what was answered, as those had it who said or heard it. */
export interface Overheard {
  readonly by: readonly Member[];
  readonly to: string;
  readonly said: Uint8Array;
  readonly answer: Uint8Array;
}

export interface Town {
  readonly symbolic: Symbolic;
  readonly mode: Order["mode"];
  readonly priceMinor: bigint;
  readonly all: Parties;
  readonly mint: TestMint;
  readonly log: LogBench;
  readonly trustees: TestTrustees;
  readonly overheard: readonly Overheard[];
  /** Two items of one price. */
  readonly pids: readonly [Hex, Hex];
  /** What each member holds that no message shows. */
  readonly secrets: Readonly<Record<Member, readonly Uint8Array[]>>;
  /** What everybody may read before anything is bought. */
  readonly published: readonly Uint8Array[];
  now(): Instant;
  /** Time passes. */
  wait(ms: number): void;
  /** Says it to whoever it is for, and has all be done that follows. */
  tell(to: string, message: Uint8Array): Uint8Array;
  /** The same to somebody who hears it and does nothing. */
  tellInVain(to: string, message: Uint8Array): void;
}

const DENOMINATIONS = [1n, 2n];

export function townOf(symbolic: Symbolic, mode: Order["mode"], priceMinor = 2n): Town {
  const { crypto } = symbolic;
  const keys = [{ epoch: 0, from: NOW - HOUR_MS, denominations: DENOMINATIONS }];
  const mint = testMint(crypto, parties(crypto).bankConfig.key, UNIT, keys);
  const log = logBench(crypto, { banks: null });
  const all = partiesOf(crypto, log, mint);
  const trustees = trusteesOf(crypto, 2, 3);
  const desks = trustees.group.trustees.map(({ index }) => trusteeDesk(crypto, trustees, index));
  const pids = [0, 1].map((place) => stock(all, `item ${place}`, { priceMinor })) as [Hex, Hex];
  if (mode !== "netbill") for (const pid of pids) certifiedBy(all, pid, trustees);
  const overheard: Overheard[] = [];
  let now = NOW;
  const follow = followedBy(all, log);
  follow(NOW - MINUTE_MS);
  const carry = carrierOf(all, log, overheard, () => now, follow);
  const answered = (to: string, message: Uint8Array): Uint8Array => {
    if (memberOf(to) === "bank") return hearWithMint({ ...all.bankConfig, mint }, all.bank, message, now);
    if (to === "merchant") return all.shop.hear(message, now);
    if (to.startsWith("log")) return log.desk.hear(message, now);
    const index = Number(to.split("/")[1]);
    return (desks[index - 1] as (typeof desks)[number]).hear(message, now);
  };
  const tell = (to: string, message: Uint8Array): Uint8Array => {
    now += SECOND_MS;
    const answer = answered(to, message);
    overheard.push({ by: [memberOf(to)], to, said: message, answer });
    carry();
    return answer;
  };
  return {
    ...{ symbolic, mode, priceMinor, all, mint, log, trustees, overheard, pids, tell },
    secrets: secretsOf(all, log, trustees, crypto),
    published: publishedBy(all, log, mint, trustees),
    now: () => now,
    wait(ms) {
      now += ms;
      carry();
    },
    tellInVain(to, message) {
      now += SECOND_MS;
      overheard.push({ by: [memberOf(to)], to, said: message, answer: new Uint8Array(0) });
    },
  };
}

export function memberOf(to: string): Member {
  if (to === "bank" || to === "account" || to === "mint") return "bank";
  if (to === "merchant") return to;
  return to.startsWith("log") ? "log" : "trustees";
}

/** Bank and shop of this log, whose time is everybody's. */
function partiesOf(crypto: Crypto, log: LogBench, mint: TestMint): Parties {
  const all = parties(crypto, { mint: mint as Mint, logs: new Map([[log.id, log.descriptor]]) });
  const shopConfig = { ...all.shopConfig, logs: all.bankConfig.logs };
  return { ...all, shopConfig, shop: desk(shop(shopConfig)) };
}

/** Publishes a head where the log has grown or time has passed, and has bank and shop follow to it. */
function followedBy(all: Parties, log: LogBench): (now: Instant) => void {
  let size = -1;
  let from = 0;
  return (now) => {
    if (logSize(log) === size) return;
    size = logSize(log);
    const note = publishedHead(log, now);
    const frontier = from === 0 ? EMPTY_FRONTIER : frontierAt(all.crypto, tilesOf(log.desk.view), from);
    const entries = Array.from({ length: size - from }, (_, i) => entryIn(log, from + i));
    const batch = admitFollow(all.crypto, log.descriptor, { note, frontier, entries, path: [] });
    if (!batch.ok) throw new Error(batch.reason);
    for (const who of [all.bank, all.shop]) who.decide({ kind: "followed", batch: batch.value }, now);
    from = size;
  };
}

function entryIn(log: LogBench, index: number): Uint8Array {
  const rows = [...log.desk.rows]
    .filter(([place]) => place.startsWith("log_entry/"))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return (rows[index] as [string, Row])[1].entry as Uint8Array;
}

/** Everything that bank and shop owe each other and the log, until nobody owes anything. */
function carrierOf(
  all: Parties,
  log: LogBench,
  overheard: Overheard[],
  now: () => Instant,
  follow: (now: Instant) => void,
): () => void {
  const tellLog = (by: "bank" | "merchant", bytes: Uint8Array): Uint8Array => {
    const answer = log.desk.hear(bytes, now());
    overheard.push({ by: [by, "log"], to: "log", said: bytes, answer });
    return answer;
  };
  const fromShop = ({ to, bytes }: Send) => {
    let command: ShopCommand | null;
    if (to.startsWith("log")) command = hearLogAtShop(all.shopConfig, bytes, tellLog("merchant", bytes));
    else {
      const answer = all.bank.hear(bytes, now());
      overheard.push({ by: ["merchant", "bank"], to: "bank", said: bytes, answer });
      command = hearBank(all.shopConfig, bytes, answer);
    }
    if (command !== null) all.shop.decide(command, now());
  };
  const fromBank = ({ bytes }: Send) => {
    const command = hearLogAtBank(all.bankConfig, bytes, tellLog("bank", bytes));
    if (command !== null) all.bank.decide(command, now());
  };
  return () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [shops, banks] = [all.shop.takeSends(), all.bank.takeSends()];
      if (round > 0 && shops.length === 0 && banks.length === 0) return;
      for (const send of shops) fromShop(send);
      for (const send of banks) fromBank(send);
      follow(now());
      doWhatIsDue(all.shop as unknown as Desk<never, never, never, never>, ["sale", "committing"], now());
    }
    throw new Error("bank, shop and log never come to an end");
  };
}

/** An honest sale takes three. */
const ROUNDS = 12;

function doWhatIsDue(at: Desk<never, never, never, never>, tables: readonly string[], now: Instant): void {
  const rules = at.authority.due as Record<string, (id: string, row: Row) => { atMs: Instant; command: never } | null>;
  for (const [place, row] of [...at.rows]) {
    const [table, ...id] = place.split("/");
    const due = tables.includes(table as string) ? rules[table as string]?.(id.join("/"), row) : null;
    if (due && due.atMs <= now) at.decide(due.command, now);
  }
}

function secretsOf(
  { bankConfig, shopConfig }: Parties,
  log: LogBench,
  { group, share, certifier }: TestTrustees,
  crypto: Crypto,
): Town["secrets"] {
  const seedIn = ({ secretKey }: { readonly secretKey: Uint8Array }) => secretKey.subarray(0, 32);
  const indices = group.trustees.map(({ index }) => index);
  return {
    bank: [seedIn(bankConfig.key), bankConfig.box.secretKey],
    merchant: [seedIn(shopConfig.key), shopConfig.seed],
    log: [seedIn(log.config.key)],
    // Their dealings too, which they have long forgotten, and the certifier's key, which is theirs to lose here.
    trustees: [
      ...indices.flatMap((index) => [share(index), seedOf(`trustee ${index}`, crypto)]),
      ...indices.map((index) => seedOf(`dealer ${index}`, crypto)),
      seedIn(certifier),
    ],
  };
}

function publishedBy(all: Parties, log: LogBench, mint: TestMint, { group }: TestTrustees): readonly Uint8Array[] {
  const { bankConfig, shopConfig, shop: at } = all;
  const certificates = [...at.rows].flatMap(([place, row]) =>
    place.startsWith("item/") ? [row.certificate as Uint8Array] : [],
  );
  const keys = [bankConfig.key, bankConfig.box, shopConfig.key].map(({ publicKey }) => raw(publicKey));
  return [...keys, mint.list(), encode(groupSchema, group), encode(logSchema, log.descriptor), ...certificates];
}
