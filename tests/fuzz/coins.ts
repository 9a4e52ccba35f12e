/** Bytes for a bank that makes coins, and for a purse that waits for its answers. */
import { decode, encode, type Hex, HOUR_MS, sameBytes } from "@counterfoil/base";
import { type Crypto, open, sign } from "@counterfoil/crypto";
import {
  type BankAnswer,
  type BankOutcome,
  type BankReason,
  type BankTables,
  bankAnswer,
  coinKeysSchema,
  depositedSchema,
  isDigestSigned,
  refusalSchema,
  signDigest,
  type UsedCoin,
  withSignatures,
} from "@counterfoil/protocols/money";
import {
  decidePurse,
  type PurseCommand,
  type PurseDecision,
  readKeys,
  signingKeyOf,
} from "@counterfoil/protocols/purse";
import { NOW, saleOf, settling } from "../../packages/protocols/src/money/bank.fixture.ts";
import {
  askingKeys,
  blankOf,
  byCoins,
  keyOf,
  type MadeCoin,
  type MintBench,
  mintBench,
  refreshing,
  reissuing,
  withdrawing,
  withdrawn,
} from "../../packages/protocols/src/money/coins.fixture.ts";
import { hearWithMint } from "../../packages/protocols/src/money/mint.fixture.ts";
import { richPurseOf, type TestPurse } from "../../packages/protocols/src/purse/market.fixture.ts";
import type { Named, Target } from "./targets.ts";
import { viewOf } from "./view.ts";

/** Few keys, so that a list is no larger than a payment. */
const EPOCHS = [{ epoch: 0, from: NOW - HOUR_MS, denominations: [32n, 64n] }];

/** Everything the mint's door takes, over books in which coins are out, paid with and exchanged. */
export function mintTargets(crypto: Crypto, named: Named): readonly Target[] {
  const at = mintBench(crypto, EPOCHS);
  const coins = ["free", "spent", "exchanged"].map((name) => withdrawn(at, name, [64n])[0] as MadeCoin);
  const [free, spent, exchanged] = coins as [MadeCoin, MadeCoin, MadeCoin];
  const blank = (name: string) => blankOf(crypto, keyOf(at.mint, 64n), name);
  const sold = (name: string, coin: MadeCoin) => {
    const sale = saleOf(at, name, { priceMinor: 64n });
    return settling(sale, byCoins(crypto, [coin], sale.slipHash));
  };
  const [paid, refreshed] = [sold("first", spent), refreshing(at, [exchanged], [blank("b")])];
  for (const message of [paid, refreshed]) hearWithMint(at.config, at.desk, message, NOW);
  const deposit = { account: at.payer.publicKey, amountMinor: 64n };
  const messages = [
    askingKeys(at.config.key.publicKey),
    withdrawing(at, [blank("c")]),
    withdrawing(at, [blank("b"), blank("d")]),
    refreshing(at, [free], [blank("e")]),
    refreshing(at, [free], [], { deposit }),
    refreshed,
    reissuing(at, [blank("b"), blank("f")]),
    sold("second", free),
    paid,
  ];
  const full = named("a mint admits, decides, signs", messages, (input) => minted(at, at.desk.rows, input));
  const empty = named("an empty mint admits, decides, signs", messages, (input) => minted(at, new Map(), input));
  return [full, empty];
}

function minted({ desk, config }: MintBench, rows: MintBench["desk"]["rows"], input: Uint8Array): boolean {
  const command = desk.authority.admit(input, NOW);
  if (!command.ok) return false;
  const { writes, outcome } = desk.authority.decide(command.value, viewOf<BankTables>(rows), NOW);
  let sum = 0n;
  for (const write of writes) if (write.table === "posting") sum += write.row?.amount ?? 0n;
  if (sum !== 0n) throw new Error("money from nowhere");
  if (outcome.kind === "refused" && writes.some(({ table }) => table !== "equivocation"))
    throw new Error("a refusal that moves something");
  answered(config, outcome);
  if (outcome.kind !== "issued" && outcome.kind !== "reissued") desk.authority.answer(outcome, NOW);
  return true;
}

function answered(config: MintBench["config"], outcome: BankOutcome): void {
  if (outcome.kind !== "issued" && outcome.kind !== "reissued") return;
  withSignatures(
    config,
    outcome,
    outcome.sign.map((each) => each?.blinded ?? null),
  );
}

/**
 * A purse that has asked for a withdrawal, a refresh and a deposit hears something; and it hears a list of keys.
 * @param judge by whom it is looked at what an answer proves.
 */
export function purseTargets(crypto: Crypto, named: Named, judge: Crypto = crypto): readonly Target[] {
  const at = mintBench(crypto, EPOCHS);
  const purse = asking(at);
  // Under one hash for all, coins have one name, and sums mean nothing.
  const areNamed = !sameBytes(crypto.sha256(Uint8Array.of(1)), crypto.sha256(Uint8Array.of(2)));
  const answers = purse.errands().flatMap(([id, { request }]) => {
    const yes = hearWithMint(at.config, at.desk, request, NOW);
    return [yes, ...REASONS.map((reason) => refusal(at, id, reason, usedOf(purse, id)))];
  });
  const lists = [at.mint.list(), nextList(at)];
  return [
    named("a purse hears its bank", answers, (input) => hears(purse, input, areNamed ? judge : null)),
    named("a purse reads a list of keys", lists, (input) => learns(purse, input)),
  ];
}

/** Three errands that nobody has answered yet; under one hash for all they are one. */
function asking(at: MintBench): TestPurse {
  const purse = richPurseOf(at, "ann", NOW, 10_000n);
  const { bank } = purse;
  const withdraw = (): PurseCommand => ({ kind: "withdraw", bank, plan: [64n], notAfterMs: NOW + HOUR_MS });
  for (let coins = 0; coins < 2; coins++) {
    purse.ask(withdraw(), NOW);
    purse.talk(NOW);
  }
  const [one, two] = purse.coins().map(([id]) => id);
  const deposit = { account: purse.config.account.publicKey, amountMinor: 64n };
  if (one !== undefined) purse.ask({ kind: "refresh", bank, coinIds: [one], plan: [64n], deposit: null }, NOW);
  if (two !== undefined) purse.ask({ kind: "refresh", bank, coinIds: [two], plan: [], deposit }, NOW);
  purse.ask(withdraw(), NOW);
  return purse;
}

const REASONS = ["coin-used", "coin-expired", "expired", "key-over-redeemed"] as const;

function refusal({ crypto, config }: MintBench, about: Hex, reason: BankReason, used: readonly UsedCoin[]): Uint8Array {
  const body = { bank: config.key.publicKey, about, slipHash: null, reason };
  return encode(bankAnswer, {
    kind: "refused",
    refusal: sign(crypto, config.key, refusalSchema, body),
    paid: null,
    used,
    lock: null,
  });
}

/** The coin of an errand, signed for something else by its own key. */
function usedOf({ config, coins }: TestPurse, errand: Hex): readonly UsedCoin[] {
  const digest = "5a".repeat(32);
  return coins()
    .filter(([, { about }]) => about === errand)
    .map(([coinId, row]) => {
      const key = signingKeyOf(config.crypto, config.seed, row);
      return { coinId, digest, statement: signDigest(config.crypto, key, digest) };
    });
}

function nextList({ crypto, config, mint }: MintBench): Uint8Array {
  const { list, hash } = readKeys(crypto, mint.list());
  const next = { ...list, sequence: list.sequence + 1, previous: hash, issuedMs: NOW };
  return sign(crypto, config.key, coinKeysSchema, next);
}

/** Each of its errands hears it: an answer is to one of them. */
function hears(purse: TestPurse, input: Uint8Array, judge: Crypto | null): boolean {
  let heard = false;
  for (const [id, { phase }] of purse.errands()) {
    if (phase !== "asked") continue;
    const decision = decidePurse(purse.config, { kind: "heard", id, answer: input }, purse.desk.view, NOW);
    if (decision.outcome.kind === "purse") continue;
    if (judge !== null) checkProof(judge, purse, id, input, decision);
    heard = true;
  }
  return heard;
}

/** What a purse has and awaits stays the same, or something in the answer proves why not. */
function checkProof(judge: Crypto, purse: TestPurse, id: Hex, input: Uint8Array, { writes }: PurseDecision): void {
  const after = new Map(purse.desk.rows);
  for (const { table, id: at, row } of writes) {
    if (row === null) after.delete(`${table}/${at}`);
    else after.set(`${table}/${at}`, row);
  }
  const [before, now] = [worthOf(purse, purse.desk.rows), worthOf(purse, after)];
  if (now === before) return;
  if (now > before) throw new Error(`a purse of ${before} has ${now}`);
  const answer = decode(bankAnswer, input);
  if (!answer.ok || before - now > provenBy(judge, purse, id, answer.value))
    throw new Error(`${before - now} lost, unproven`);
}

function worthOf({ bank }: TestPurse, rows: ReadonlyMap<string, unknown>): bigint {
  let worth = (rows.get(`purse/${bank}`) as { readonly pending: bigint }).pending;
  for (const [place, row] of rows) {
    if (!place.startsWith("coin/")) continue;
    const { state, amount } = row as { readonly state: string; readonly amount: bigint };
    if (state !== "exchanged" && state !== "spent" && state !== "lost") worth += amount;
  }
  return worth;
}

/** How much less a purse may have after this answer, looked at without the purse's own eyes. */
function provenBy(crypto: Crypto, { desk, bank }: TestPurse, id: Hex, answer: BankAnswer): bigint {
  const amount = desk.view.get("errand", id)?.amount ?? 0n;
  if (answer.kind === "issued" && answer.deposited !== null) {
    const said = open(crypto, depositedSchema, answer.deposited, () => bank);
    return said.ok && said.value.value.request === id ? said.value.value.amountMinor : 0n;
  }
  if (answer.kind !== "refused") return 0n;
  const refusal = open(crypto, refusalSchema, answer.refusal, () => bank);
  if (!refusal.ok || refusal.value.value.about !== id) return 0n;
  if (refusal.value.value.reason === "expired") return amount; // of a withdrawal: it is no longer awaited
  return answer.used.reduce((sum, { coinId, digest, statement }) => {
    const coin = desk.view.get("coin", coinId);
    const proven = coin !== undefined && digest !== id && isDigestSigned(crypto, coin.public_key, digest, statement);
    return proven ? sum + coin.amount : sum;
  }, 0n);
}

let believed = 0;

/** What is believed can be worked with: now and then a coin is asked for under it. */
function learns({ config, desk, bank }: TestPurse, input: Uint8Array): boolean {
  const command: PurseCommand = { kind: "keys", bank, unit: "XTS", url: "https://bank.example", list: input };
  const { outcome, writes } = decidePurse(config, command, desk.view, NOW);
  if (outcome.kind !== "purse" || outcome.result !== "done") return false;
  believed += 1;
  if (believed % 256 !== 0) return true;
  const row = writes.find(({ table }) => table === "purse")?.row;
  const view = { get: (table: string, id: string) => (table === "purse" ? row : desk.view.get(table as "coin", id)) };
  const withdraw: PurseCommand = { kind: "withdraw", bank, plan: [64n], notAfterMs: NOW + HOUR_MS };
  decidePurse(config, withdraw, view as typeof desk.view, NOW);
  return true;
}
