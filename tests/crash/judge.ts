/** What the campaign holds against a trial: the claims of NetBill over what the three parties durably hold, and the money. */
import { existsSync, readFileSync } from "node:fs";
import type { Crypto } from "@counterfoil/crypto";
import { consistent, encodeEvidence, goodsAtomic, moneyConserved, timely } from "@counterfoil/protocols/exchange";
import { evidenceOfPurchase, judgedFileAt, type KnownPurchase, verdictOn } from "@counterfoil/sdk";
import type { Ledger } from "./ledger.ts";

/**
 * Of a purchase: `paid`, `ended`, or `nothing` where it was killed before the first write, so that there is none at all. Of
 * whatever else is done with coins: `done` or `nothing`.
 */
export type Outcome = "paid" | "ended" | "done" | "nothing";

export interface Ran {
  readonly before: Ledger;
  readonly after: Ledger;
  readonly goodsPath: string;
  readonly outPath: string;
  /** What the buyer's commands said at last, by exit status; null for the one that was killed. */
  readonly bought: number | null;
  readonly resumed: number | null;
}

export async function judge(crypto: Crypto, ran: Ran): Promise<{ outcome: Outcome; violations: readonly string[] }> {
  const { before, after, outPath, goodsPath } = ran;
  const violations: string[] = [];
  const hold = (refuted: string | null) => refuted !== null && violations.push(refuted);
  const there = existsSync(outPath);
  const goodsDelivered = there && readFileSync(outPath).equals(readFileSync(goodsPath));
  if (there && !goodsDelivered) hold("what lies where the goods should be is something else");

  const tids = newIn(before, after);
  if (tids.length > 1) hold(`one command made ${tids.length} contracts`);
  if (tids.length === 0 && there) hold("the goods are there and nobody knows of a contract");
  for (const tid of tids) {
    const known = after.purchases.get(tid);
    const customer = known?.state ?? undefined;
    const world = { tid, bank: after.paid.get(tid), customer, merchant: after.sales.get(tid), goodsDelivered };
    for (const claim of [goodsAtomic, consistent, timely]) {
      const refuted = claim.refute(world);
      hold(refuted === null ? null : `${claim.id}: ${refuted}`);
    }
    if (known !== undefined && customer?.phase === "paid") hold(await receipt(crypto, after.buyerSeed, known, outPath));
  }
  for (const refuted of holds(ran)) hold(refuted);
  hold(moneyConserved.refute(after.books.trial));
  for (const fault of after.books.coins.faults) hold(`money-conserved: ${fault}`);
  const paid = tids.filter((tid) => after.paid.get(tid)?.phase === "PAID");
  const priceMinor = paid.reduce((sum, tid) => sum + (after.paid.get(tid)?.price ?? 0n), 0n);
  for (const refuted of [...money(ran, priceMinor), ...shelf(ran, tids), ...told(ran, paid.length > 0)]) hold(refuted);
  return { outcome: tids.length === 0 ? "nothing" : paid.length > 0 ? "paid" : "ended", violations };
}

/**
 * What is set aside before the first write of a wallet that is killed there, only time frees: the bank does when the order's
 * time is over, which a scenario with short orders waits for. Everything else is decided, and nothing set aside for it.
 */
function* holds({ before, after }: Ran): Generator<string> {
  for (const tid of after.holds.keys()) {
    const forgotten = !after.purchases.has(tid) && !after.paid.has(tid);
    if (!before.holds.has(tid) && !forgotten) yield `no-hold-left: the price of ${tid} is still set aside`;
  }
}

function newIn(before: Ledger, after: Ledger): readonly string[] {
  const all = (ledger: Ledger) =>
    new Set([ledger.paid, ledger.sales, ledger.purchases].flatMap((each) => [...each.keys()]));
  const old = all(before);
  return [...all(after)].filter((tid) => !old.has(tid));
}

/** The price exactly once, or nothing at all. */
function* money({ before, after }: Ran, priceMinor: bigint): Generator<string> {
  const spentMinor = before.buyerMinor - after.buyerMinor;
  const earnedMinor = after.shopMinor - before.shopMinor;
  if (spentMinor !== priceMinor) yield `the buyer's account lost ${spentMinor} where ${priceMinor} was paid`;
  if (earnedMinor !== priceMinor) yield `the shop's account gained ${earnedMinor} where ${priceMinor} was paid`;
}

function* shelf({ before, after }: Ran, tids: readonly string[]): Generator<string> {
  const phases = tids.map((tid) => after.sales.get(tid)?.phase);
  const sold = phases.filter((phase) => phase === "sold").length;
  const taken = before.stock - after.stock;
  if (phases.includes("endorsed")) yield "the shop never learns what became of its endorsement";
  else if (taken !== sold) yield `${taken} items left the shelf where ${sold} were sold`;
}

/** The command line told the truth: 0 is had, 1 is not had, and in the end there is nothing unknown. */
function* told({ bought, resumed }: Ran, paid: boolean): Generator<string> {
  if (bought === 0 && !paid) yield "`buy` said done and nothing is paid";
  if (bought === 1 && paid) yield "`buy` said refused and it is paid";
  if (resumed !== 0 && resumed !== 1) yield `the last \`resume\` ended with ${resumed}`;
}

/** validated-receipt: the buyer's evidence convinces a judge offline, and names the very file. */
async function receipt(
  crypto: Crypto,
  seed: Uint8Array | null,
  known: KnownPurchase,
  outPath: string,
): Promise<string | null> {
  if (seed === null) return "validated-receipt: the wallet has lost its seed";
  try {
    const evidence = encodeEvidence(evidenceOfPurchase(crypto, seed, known));
    const { file } = await verdictOn(crypto, evidence, judgedFileAt(crypto, outPath));
    return file === "delivered-goods" ? null : `validated-receipt: the evidence is of another file (${file})`;
  } catch (error) {
    return `validated-receipt: ${(error as Error).message}`;
  }
}
