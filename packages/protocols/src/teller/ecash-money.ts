/**
 * Cashu tokens as a kind of token money (S2 §4, money/token.ts). They lie with a mint that knows nothing of us, so all of it is
 * in the form of the lock, and the mint's spent set decides as a bank's rows do:
 *
 *     NUT-14   hash h(s), receivers M and C, SIG_ALL, and after a time beyond every deadline C alone
 *
 * s is the teller's own, one for each slip, and leaves it in two cases: with the merchant's signed swap once the log has
 * COMMITTED, with the buyer's once it has ABORTED. Before that nobody can move the tokens, the two of them together
 * included; and who has only s, as the teller, cannot either, since neither swap is its own and SIG_ALL signs the outputs.
 * s has nothing to do with v. Were the hash v's, the buyer would need a proof that it is; were it the merchant's, the merchant
 * could take the money without the log.
 */
import {
  assert,
  decode,
  done,
  encode,
  type Hex,
  type Instant,
  type Result,
  refused,
  sameBytes,
  toHex,
} from "@counterfoil/base";
import { type Crypto, H, KDF, open, raw } from "@counterfoil/crypto";
import type { Contract, LockStep, NotLocked, Step, TokenMoney } from "../money/index.ts";
import {
  type EcashProof,
  type EcashToken,
  feeOf,
  type ProofState,
  type SignedSwap,
  signedSwapSchema,
  swapMessage,
  totalOf,
  type Word,
} from "./ecash.ts";
import { type HashLock, readHashLock } from "./hash-lock.ts";
import {
  type EcashFunding,
  type EcashReason,
  type Errand,
  type ErrandKind,
  ecashFundingSchema,
  payeeSchema,
} from "./messages.ts";
import type { Asked, EcashRow, TellerConfig, TellerTables, TellerView } from "./rows.ts";

type EcashStep = Step<TellerTables, Errand>;
type EcashLockStep = LockStep<TellerTables, NotLocked<EcashReason>, Errand>;
type EcashMoney = TokenMoney<TellerTables, EcashFunding, EcashToken, EcashReason, NotLocked<EcashReason>, Errand>;

const NOTHING_KEPT = new Uint8Array(0);

export function ecashMoney(config: TellerConfig): EcashMoney {
  return {
    verify: (funding, contract) => verify(config, funding, contract),
    lock: (token, contract, view, now) => lock(config, token, contract, view, now),
    settle: (_kept, contract, view) => move(config, "settle", contract, view),
    free: (_kept, contract, view) => move(config, "free", contract, view),
  };
}

/** s: what opens the lock of one slip's tokens. */
export function preimageOf({ crypto, secret }: Pick<TellerConfig, "crypto" | "secret">, slipHash: Hex): Uint8Array {
  return KDF(crypto, secret, "ecash preimage", raw(slipHash));
}

export function hashOf(crypto: Crypto, preimage: Uint8Array): Hex {
  return toHex(crypto.sha256(preimage));
}

/** The second at which the lock ends, by the mint's clock. */
export function locktimeOf({ marginMs }: Pick<TellerConfig, "marginMs">, notAfterMs: Instant): number {
  return Math.ceil((notAfterMs + marginMs) / 1_000);
}

function verify(config: TellerConfig, funding: EcashFunding, contract: Contract): Result<EcashToken, EcashReason> {
  const { crypto, ecash } = config;
  const { slip, slipHash } = contract;
  const payee = open(crypto, payeeSchema, funding.payee, () => slip.merchant);
  if (!payee.ok || payee.value.value.slipHash !== slipHash) return refused("wrong-payee");
  const { proofs, refund } = funding;
  const locktimeSeconds = locktimeOf(config, slip.notAfterMs);
  if (proofs.length === 0 || !proofs.every((each) => isCurrent(config, each, locktimeSeconds))) {
    return refused("unknown-keyset");
  }
  const locks = proofs.map(({ secret }) => readHashLock(secret));
  const [first] = locks;
  if (first == null || locks.some((each) => each?.hash !== first.hash || each.tags !== first.tags)) {
    return refused("wrong-condition");
  }
  const fault = lockFault(first, payee.value.value.key, hashOf(crypto, preimageOf(config, slipHash)), locktimeSeconds);
  if (fault !== null) return refused(fault);
  if (new Set(proofs.map(({ secret }) => secret)).size < proofs.length) return refused("same-token-twice");
  if (!proofs.every((each) => ecash.isSignedByMint(each))) return refused("wrong-token");
  if (totalOf(proofs) - (feeOf(ecash, proofs) ?? 0n) !== slip.priceMinor) return refused("wrong-total");
  if (!swapHolds(config, proofs, first.refund, refund, slip.priceMinor)) return refused("wrong-refund");
  return done({ bytes: encode(ecashFundingSchema, funding) });
}

/** Tokens of a keyset that ends before the lock does would be forgotten, spent or not. */
function isCurrent({ ecash, unit }: TellerConfig, proof: EcashProof, locktimeSeconds: number): boolean {
  const keyset = ecash.keyset(proof.keyset);
  if (keyset === null || keyset.unit !== unit.toLowerCase()) return false;
  return keyset.finalExpiryMs === null || keyset.finalExpiryMs > locktimeSeconds * 1_000;
}

function lockFault(lock: HashLock, payee: Hex, hash: Hex, locktimeSeconds: number): EcashReason | null {
  const [merchant, buyer, ...others] = lock.receivers;
  return lock.hash !== hash
    ? "wrong-hash"
    : merchant !== payee || buyer !== lock.refund || others.length > 0 || sameKey(merchant, buyer)
      ? "wrong-receivers"
      : lock.locktimeSeconds !== locktimeSeconds
        ? "wrong-locktime"
        : null;
}

/** NUT-11: keys are told apart by x. One twice makes the token unspendable. */
function sameKey(a: Hex, b: Hex): boolean {
  return a.slice(2) === b.slice(2);
}

/** Whether this swap moves all of the price, and this key has signed every part of it. */
export function swapHolds(
  { ecash, unit }: Pick<TellerConfig, "ecash" | "unit">,
  proofs: readonly EcashProof[],
  key: Hex,
  { outputs, signature }: SignedSwap,
  priceMinor: bigint,
): boolean {
  if (totalOf(outputs) !== priceMinor) return false;
  if (new Set(outputs.map(({ blinded }) => blinded)).size < outputs.length) return false;
  if (outputs.some(({ keyset }) => ecash.keyset(keyset)?.unit !== unit.toLowerCase())) return false;
  return ecash.isSignedBy(key, swapMessage(proofs, outputs), signature);
}

/** Nobody but the teller can spend what has this form, so what the mint calls unspent is locked. */
function lock(
  config: TellerConfig,
  { bytes }: EcashToken,
  { slip, slipHash }: Contract,
  view: TellerView,
  now: Instant,
): EcashLockStep {
  const row = view.get("ecash", slipHash);
  const known = row !== undefined && sameBytes(row.token, bytes) ? row : null;
  const forget_ms = slip.notAfterMs;
  const fresh: EcashRow = { state: "asking", token: bytes, payout: null, forget_ms, since_ms: now };
  const asking = { kind: "asked", effects: errandsOf(config, { slip, slipHash }, fresh) } as const;
  switch (known?.state) {
    case "asking":
      return { ...asking, writes: [] };
    case "unspent":
      return { kind: "done", writes: [write(slipHash, { ...known, state: "locked" })], kept: NOTHING_KEPT };
    case "spent":
      return { kind: "refused", reason: "token-spent" };
    default: {
      assert(known === null, "what is locked already is not asked to lock");
      return { ...asking, writes: [write(slipHash, fresh)] };
    }
  }
}

const MOVES = {
  settle: { during: "settling", after: "settled" },
  free: { during: "freeing", after: "freed" },
} as const;

/** Asked until the mint has done it. A lock that lapsed first is asked about for ever, and nobody asks the mint any more. */
function move(config: TellerConfig, kind: "settle" | "free", contract: Contract, view: TellerView): EcashStep {
  const { slipHash } = contract;
  const row = view.get("ecash", slipHash);
  assert(row !== undefined, "a locked contract has its tokens");
  const { during, after } = MOVES[kind];
  if (row.state === after) return { kind: "done", writes: [] };
  if (kind === "settle" && row.state === "lapsed") return { kind: "asked", writes: [], effects: [] };
  assert(row.state === "locked" || row.state === during, "a contract has one outcome");
  const moving = { ...row, state: during };
  return {
    kind: "asked",
    writes: row.state === during ? [] : [write(slipHash, moving)],
    effects: errandsOf(config, contract, moving),
  };
}

/** What a row owes the mint. A merchant that has left no swap is owed none. */
export function errandsOf(config: TellerConfig, { slip, slipHash }: Contract, row: EcashRow): readonly Errand[] {
  const { proofs, refund } = fundingOf(row.token);
  const token = tokenHashOf(config.crypto, row.token);
  const by = (swap: SignedSwap) => ({ swap, preimage: toHex(preimageOf(config, slipHash)) });
  switch (row.state) {
    case "asking":
      return [{ tid: slip.tid, slipHash, token, kind: "lock", proofs, swap: null }];
    case "settling": {
      const payout = payoutOf(row);
      return payout === null ? [] : [{ tid: slip.tid, slipHash, token, kind: "settle", proofs, swap: by(payout) }];
    }
    case "freeing":
      return [{ tid: slip.tid, slipHash, token, kind: "free", proofs, swap: by(refund) }];
    default:
      return [];
  }
}

/** What the mint's word makes of the row: writes, or none where it changes nothing. */
export function heardOf(
  config: TellerConfig,
  { slipHash, token, kind }: Asked,
  word: Word,
  view: TellerView,
): readonly ReturnType<typeof write>[] {
  const row = view.get("ecash", slipHash);
  if (row === undefined || tokenHashOf(config.crypto, row.token) !== token) return [];
  const state = after(config, slipHash, row, kind, word);
  return state === null ? [] : [write(slipHash, { ...row, state })];
}

function after(config: TellerConfig, slipHash: Hex, row: EcashRow, errand: ErrandKind, word: Word): string | null {
  switch (`${row.state} ${errand}`) {
    case "asking lock":
      return word.kind === "swapped" ? null : freshness(word.states, fundingOf(row.token).proofs.length);
    case "settling settle":
      return settledBy(word, payoutOf(row), toHex(preimageOf(config, slipHash)));
    case "freeing free":
      return word.kind === "swapped" || word.states.some(({ state }) => state === "SPENT") ? "freed" : null;
    default:
      return null;
  }
}

function freshness(states: readonly ProofState[], proofs: number): "unspent" | "spent" | null {
  if (states.some(({ state }) => state === "SPENT")) return "spent";
  return states.length === proofs && states.every(({ state }) => state === "UNSPENT") ? "unspent" : null;
}

/**
 * Whether the merchant has the money. A swap takes all proofs or none, so one that somebody else spent has ended it. A mint
 * that keeps no witness says by NUT-09 whether it has signed the merchant's outputs; until it does, nothing is known.
 */
function settledBy(word: Word, payout: SignedSwap | null, preimage: Hex): "settled" | "lapsed" | null {
  if (word.kind === "swapped") return "settled";
  const spent = word.states.filter(({ state }) => state === "SPENT");
  if (spent.length === 0) return null;
  if (payout === null) return "lapsed";
  if (spent.some(({ witness }) => witness !== null && shows(witness, payout.signature, preimage))) return "settled";
  if (spent.some(({ witness }) => witness !== null) || spent.length < word.states.length) return "lapsed";
  return word.restored ? "settled" : null;
}

/** A witness that has both came of our own errand: the preimage is nobody else's before that. */
function shows(witness: string, signature: Hex, preimage: Hex): boolean {
  try {
    const said = JSON.parse(witness) as { preimage?: unknown; signatures?: unknown };
    return said.preimage === preimage && Array.isArray(said.signatures) && said.signatures.includes(signature);
  } catch {
    return false;
  }
}

export function fundingOf(token: Uint8Array): EcashFunding {
  const funding = decode(ecashFundingSchema, token);
  if (!funding.ok) throw new Error("a row's own tokens do not decode");
  return funding.value;
}

export function payoutOf({ payout }: Pick<EcashRow, "payout">): SignedSwap | null {
  if (payout === null) return null;
  const swap = decode(signedSwapSchema, payout);
  if (!swap.ok) throw new Error("a row's own swap does not decode");
  return swap.value;
}

function tokenHashOf(crypto: Crypto, token: Uint8Array): Hex {
  return H(crypto, "ecash-token/1", token);
}

function write(slipHash: Hex, row: EcashRow) {
  return { table: "ecash", id: slipHash, row } as const;
}
