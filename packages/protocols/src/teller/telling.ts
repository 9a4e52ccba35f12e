/** What a teller decides of one contract: the layer's own part, which knows nothing of what tokens are (S2 §4, P§3C). */
import { assert, encode, type Hex, type Instant, sameBytes } from "@counterfoil/base";
import { read, sign } from "@counterfoil/crypto";
import { type Slip, slipSchema } from "../contract/index.ts";
import type { Write } from "../index.ts";
import {
  abortPosting,
  contentHashOf,
  type Entry,
  type FollowBatch,
  follow,
  leafFor,
  lockSchema,
  openPosting,
  paidPosting,
  recKeyOf,
} from "../log/index.ts";
import { type Contract, over } from "../money/index.ts";
import { signedSwapSchema } from "./ecash.ts";
import { ecashMoney, errandsOf, fundingOf, heardOf, swapHolds } from "./ecash-money.ts";
import { readHashLock } from "./hash-lock.ts";
import type { Errand } from "./messages.ts";
import {
  type EcashRow,
  NOTHING,
  refuse,
  type TellerCommand,
  type TellerConfig,
  type TellerDecision,
  type TellerEffect,
  type TellerOutcome,
  type TellerTables,
  type TellerView,
  type ToldSale,
} from "./rows.ts";

type TellerWrite = Write<TellerTables>;
/** Nothing is kept of tokens but their own row. */
const NOTHING_KEPT = new Uint8Array(0);

/** P§3C-1, with SETTLE's order of checks: what stands, then time by the log's clock, then the tokens. */
export function lock(
  config: TellerConfig,
  { contract, fault, token }: Extract<TellerCommand, { kind: "lock" }>,
  view: TellerView,
  now: Instant,
): TellerDecision {
  const { slip, slipHash, signed } = contract;
  const { tid } = slip;
  const sale = view.get("told_sale", tid);
  if (sale !== undefined && sale.slip_hash !== slipHash) return refuse(tid, "other-slip-locked");
  if (sale !== undefined) return { writes: [], outcome: standing(tid, view) };
  const log = slip.log as Hex;
  const followed = view.get("followed_log", log);
  if (followed === undefined) return refuse(tid, "log-behind");
  if (followed.head_ms >= slip.notAfterMs) return refuse(tid, "expired");
  if (slip.notAfterMs - followed.head_ms > config.longestMs) return refuse(tid, "too-far-ahead");
  if (fault !== null || token === null) return refuse(tid, fault ?? "wrong-token");
  const step = ecashMoney(config).lock(token, contract, view, now);
  if (step.kind === "refused") return refuse(tid, step.reason);
  if (step.kind === "asked") {
    return { writes: step.writes, outcome: { kind: "asked", tid, slipHash }, effects: step.effects.map(atMint) };
  }
  const locked: ToldSale = {
    phase: "LOCKED",
    slip_hash: slipHash,
    slip: signed,
    log,
    not_after_ms: slip.notAfterMs,
    tree_size: followed.size,
    time_ms: null,
    in_log: false,
  };
  const writes: TellerWrite[] = [
    ...step.writes,
    { table: "told_sale", id: tid, row: locked },
    { table: "told_record", id: recKeyOf(config.crypto, slip.bank, tid), row: { tid } },
  ];
  const opening = encode(openPosting, { log, slip: signed, lock: lockOf(config, tid, locked) });
  return { writes, outcome: standing(tid, over(view, writes)), effects: [{ kind: "log", log, tid, bytes: opening }] };
}

/** The merchant's swap: taken once the money is locked, and left alone once it may have been sent. */
export function claim(
  config: TellerConfig,
  { tid, payout }: Extract<TellerCommand, { kind: "claim" }>,
  view: TellerView,
): TellerDecision {
  const sale = view.get("told_sale", tid);
  if (sale === undefined) return refuse(tid, "no-such-sale");
  const row = tokensOf(sale, view);
  const bytes = encode(signedSwapSchema, payout);
  const again = row.payout !== null && sameBytes(row.payout, bytes);
  if (again || (sale.phase !== "LOCKED" && sale.phase !== "COMMITTED"))
    return { writes: [], outcome: standing(tid, view) };
  const { proofs } = fundingOf(row.token);
  const payee = readHashLock(proofs[0]?.secret ?? "")?.receivers[0];
  assert(payee !== undefined, "what is locked has a receiver");
  if (!swapHolds(config, proofs, payee, payout, slipOf(sale).priceMinor)) return refuse(tid, "wrong-claim");
  if (row.payout !== null && row.state !== "locked") return refuse(tid, "already-claimed");
  const writes: TellerWrite[] = [{ table: "ecash", id: sale.slip_hash, row: { ...row, payout: bytes } }];
  const after = over(view, writes);
  return { writes, outcome: standing(tid, after), effects: owed(config, tid, after) };
}

/**
 * What a log says, entry by entry (P§3C-3). The first outcome decides; one that is not about the slip that was locked gives
 * nobody the money, since it is no commit of the merchant's to it.
 */
export function followed(config: TellerConfig, batch: FollowBatch, view: TellerView, now: Instant): TellerDecision {
  const news = follow(batch, view);
  if (news === null) return NOTHING;
  const writes: TellerWrite[] = [...news.writes];
  const effects: TellerEffect[] = [];
  for (const { entry } of news.entries) {
    const before = over(view, writes);
    const decided = decidedBy(config, entry, batch.log, before, now);
    writes.push(...decided.writes);
    effects.push(...decided.effects);
  }
  return { writes, outcome: { kind: "nothing" }, effects };
}

interface Decided {
  readonly writes: readonly TellerWrite[];
  readonly effects: readonly TellerEffect[];
}

const NOT_DECIDED: Decided = { writes: [], effects: [] };

function decidedBy(config: TellerConfig, entry: Entry, log: Hex, view: TellerView, now: Instant): Decided {
  if (entry.kind !== "committed" && entry.kind !== "aborted") return NOT_DECIDED;
  const tid = view.get("told_record", entry.recKey)?.tid;
  const sale = tid === undefined ? undefined : view.get("told_sale", tid);
  if (tid === undefined || sale?.phase !== "LOCKED" || sale.log !== log) return NOT_DECIDED;
  const { bank } = slipOf(sale);
  const commits =
    entry.kind === "committed" && entry.contentHash === contentHashOf(config.crypto, "committed", bank, sale.slip_hash);
  const row: ToldSale = { ...sale, phase: commits ? "COMMITTED" : "ABORTED" };
  return moved(config, tid, row, view, now);
}

/** Has the money go where the outcome says, as often as it takes; when it is there the contract is over. */
function moved(config: TellerConfig, tid: Hex, sale: ToldSale, view: TellerView, now: Instant): Decided {
  const money = ecashMoney(config);
  const contract = contractOf(sale);
  const step =
    sale.phase === "COMMITTED"
      ? money.settle(NOTHING_KEPT, contract, view, now)
      : money.free(NOTHING_KEPT, contract, view, now);
  const after = over(view, step.writes);
  const lapsed = tokensOf(sale, after).state === "lapsed";
  const ended: ToldSale =
    step.kind === "asked"
      ? { ...sale, phase: lapsed ? "LAPSED" : sale.phase }
      : sale.phase === "COMMITTED"
        ? { ...sale, phase: "PAID", time_ms: now }
        : { ...sale, phase: "RETURNED" };
  const writes: TellerWrite[] = [...step.writes, { table: "told_sale", id: tid, row: ended }];
  return { writes, effects: owed(config, tid, over(view, writes)) };
}

/** What the mint said of one errand, and what that makes of the contract. */
export function heard(
  config: TellerConfig,
  { errand, word }: Extract<TellerCommand, { kind: "heard" }>,
  view: TellerView,
  now: Instant,
): TellerDecision {
  const writes: readonly TellerWrite[] = heardOf(config, errand, word, view);
  if (writes.length === 0) return NOTHING;
  const after = over(view, writes);
  const { tid } = errand;
  const sale = after.get("told_sale", tid);
  if (sale === undefined || sale.slip_hash !== errand.slipHash) return { ...NOTHING, writes };
  const then = moved(config, tid, sale, after, now);
  return { ...NOTHING, writes: [...writes, ...then.writes], effects: then.effects };
}

/** What a contract still owes somebody: the mint a swap, or its log an ABORTED or a leaf. */
export function owed(config: TellerConfig, tid: Hex, view: TellerView): readonly TellerEffect[] {
  const sale = view.get("told_sale", tid);
  if (sale === undefined) return [];
  const { log, slip } = sale;
  switch (sale.phase) {
    case "LOCKED": {
      const posting = { log, slip, lock: lockOf(config, tid, sale), decline: null };
      return [{ kind: "log", log, tid, bytes: encode(abortPosting, posting) }];
    }
    case "COMMITTED":
    case "ABORTED":
      return errandsOf(config, contractOf(sale), tokensOf(sale, view)).map(atMint);
    case "PAID": {
      if (sale.in_log) return [];
      const bytes = encode(paidPosting, {
        log,
        bank: config.key.publicKey,
        leaves: [{ tid, leaf: leafOf(config, sale) }],
      });
      return [{ kind: "log", log, tid, bytes }];
    }
    default:
      return [];
  }
}

/** What a contract's row answers, whoever asks. */
export function standing(tid: Hex, view: TellerView): TellerOutcome {
  const sale = view.get("told_sale", tid);
  if (sale === undefined) return { kind: "undecided", tid };
  const { slip_hash: slipHash } = sale;
  switch (sale.phase) {
    case "PAID":
      return { kind: "paid", tid, sale, ecash: tokensOf(sale, view) };
    case "ABORTED":
      return { kind: "unpaid", tid, slipHash, why: "aborted", returned: false };
    case "RETURNED":
      return { kind: "unpaid", tid, slipHash, why: "aborted", returned: true };
    case "LAPSED":
      return { kind: "unpaid", tid, slipHash, why: "lapsed", returned: true };
    default:
      return { kind: "locked", tid, sale, ecash: tokensOf(sale, view) };
  }
}

export function lockOf({ crypto, key }: TellerConfig, tid: Hex, sale: ToldSale): Uint8Array {
  const { log, slip_hash: slipHash, tree_size: treeSize } = sale;
  return sign(crypto, key, lockSchema, { bank: key.publicKey, log, tid, slipHash, treeSize });
}

export function leafOf({ crypto, key }: TellerConfig, sale: ToldSale): Uint8Array {
  return leafFor(crypto, key, slipOf(sale), sale.slip_hash, sale.time_ms as Instant);
}

export function slipOf({ slip }: Pick<ToldSale, "slip">): Slip {
  const opened = read(slipSchema, slip);
  assert(opened.ok, "a row's own slip decodes");
  return opened.value.value;
}

function contractOf(sale: ToldSale): Contract {
  return { slip: slipOf(sale), slipHash: sale.slip_hash };
}

function tokensOf(sale: ToldSale, view: TellerView): EcashRow {
  const row = view.get("ecash", sale.slip_hash);
  assert(row !== undefined, "a locked contract has its tokens");
  return row;
}

function atMint(errand: Errand): TellerEffect {
  return { kind: "mint", errand };
}
