/** What the bank ought to answer and hold, by the text of P§2D: a few lines a request, over coins and sums and no more. */
import type { Hex, Instant } from "@counterfoil/base";
import type { BankCommand, CoinKey } from "@counterfoil/protocols/money";

type Of<Kind extends BankCommand["kind"]> = Extract<BankCommand, { kind: Kind }>;
const LONGEST_MS = 24 * 60 * 60 * 1000;
const CLAIM_MS = LONGEST_MS;

export class Reference {
  now: Instant;
  granted = 0n;
  readonly accounts = new Map<Hex, bigint>();
  /** What each coin that came back was used for, and until when that is known. */
  readonly used = new Map<Hex, { readonly by: Hex; readonly untilMs: Instant }>();
  readonly issued = new Map<Hex, { readonly key: CoinKey; readonly untilMs: Instant }>();
  /** What is out under each key. */
  readonly out = new Map<Hex, bigint>();
  readonly sales = new Map<Hex, { readonly phase: "paid" | "aborted"; readonly untilMs: Instant }>();

  constructor(now: Instant) {
    this.now = now;
  }

  grant(account: Hex, minor: bigint): void {
    this.granted += minor;
    this.credit(account, minor);
  }

  advance(now: Instant): void {
    this.now = now;
    for (const rows of [this.used, this.issued, this.sales])
      for (const [id, { untilMs }] of rows as Map<Hex, { untilMs: Instant }>) if (now > untilMs) rows.delete(id);
  }

  take(command: BankCommand): string {
    switch (command.kind) {
      case "withdraw":
        return this.withdraw(command);
      case "refresh":
        return this.refresh(command);
      case "settle":
        return this.settle(command);
      case "abort":
        return this.abort(command);
      case "reissue":
        return "reissued";
      case "refuse":
        return command.reason;
      default:
        throw new Error(`nobody sends ${command.kind} here`);
    }
  }

  private withdraw({ account, notAfterMs, outputs }: Of<"withdraw">): string {
    const fresh = outputs.filter(({ id }) => !this.issued.has(id));
    if (fresh.length === 0) return "issued";
    if (this.now >= notAfterMs) return "expired";
    if (notAfterMs - this.now > LONGEST_MS) return "too-far-ahead";
    if (!fresh.every(({ key }) => this.isOpen(key))) return "key-closed";
    const minor = sumOf(fresh);
    if ((this.accounts.get(account) ?? 0n) < minor) return "insufficient-funds";
    this.credit(account, -minor);
    this.issue(fresh);
    return "issued";
  }

  private refresh({ id, inputs, outputs, deposit }: Of<"refresh">): string {
    if (inputs.some(({ coinId }) => this.used.get(coinId)?.by === id)) return "issued";
    if (inputs.some(({ coinId }) => this.used.has(coinId))) return "coin-used";
    if (inputs.some(({ key }) => this.now >= key.refreshUntilMs)) return "coin-expired";
    if (outputs.some((output) => this.issued.has(output.id))) return "already-issued";
    if (!outputs.every(({ key }) => this.isOpen(key))) return "key-closed";
    this.use(inputs, id, outputs);
    this.issue(outputs);
    if (deposit !== null) this.credit(deposit.account, deposit.amountMinor);
    return "issued";
  }

  private settle({ slip, payer, coins, fault, fundedBy }: Of<"settle">): string {
    const row = this.sales.get(slip.tid);
    if (row !== undefined) return row.phase;
    if (this.now >= slip.notAfterMs) return "expired";
    if (slip.notAfterMs - this.now > LONGEST_MS) return "too-far-ahead";
    if (fault !== null) return fault;
    if (coins.some(({ key }) => this.now >= key.depositUntilMs)) return "coin-expired";
    if (coins.some(({ coinId }) => this.used.has(coinId))) return "coin-used";
    if (payer !== null && (this.accounts.get(payer) ?? 0n) < slip.priceMinor) {
      this.sales.set(slip.tid, { phase: "aborted", untilMs: slip.notAfterMs });
      return "aborted";
    }
    if (fundedBy === "coins") this.use(coins, slip.tid);
    else this.credit(payer as Hex, -slip.priceMinor);
    this.credit(slip.merchant, slip.priceMinor);
    this.sales.set(slip.tid, { phase: "paid", untilMs: Number.POSITIVE_INFINITY });
    return "paid";
  }

  private abort({ tid, slip }: Of<"abort">): string {
    const row = this.sales.get(tid);
    if (row !== undefined) return row.phase;
    if (slip === null) return "nothing-to-abort";
    if (this.now >= slip.notAfterMs) return "expired";
    if (slip.notAfterMs - this.now > LONGEST_MS) return "too-far-ahead";
    this.sales.set(tid, { phase: "aborted", untilMs: this.now + LONGEST_MS });
    return "aborted";
  }

  /** An exchange is known as long as what it gave. */
  use(coins: Of<"refresh">["inputs"], by: Hex, given?: Of<"refresh">["outputs"]): void {
    const ends = [...coins, ...(given ?? [])].map(({ key }) => key.refreshUntilMs);
    for (const { coinId, keyId, key } of coins) {
      const lastMs = given === undefined ? key.refreshUntilMs : Math.max(...ends);
      this.used.set(coinId, { by, untilMs: lastMs + CLAIM_MS });
      this.out.set(keyId, (this.out.get(keyId) ?? 0n) - key.denominationMinor);
    }
  }

  private issue(outputs: Of<"reissue">["outputs"]): void {
    for (const { id, keyId, key } of outputs) {
      this.issued.set(id, { key, untilMs: key.refreshUntilMs + CLAIM_MS });
      this.out.set(keyId, (this.out.get(keyId) ?? 0n) + key.denominationMinor);
    }
  }

  private credit(account: Hex, minor: bigint): void {
    this.accounts.set(account, (this.accounts.get(account) ?? 0n) + minor);
  }

  private isOpen({ withdrawFromMs, withdrawUntilMs }: CoinKey): boolean {
    return this.now >= withdrawFromMs && this.now < withdrawUntilMs;
  }
}

function sumOf(outputs: readonly { readonly key: CoinKey }[]): bigint {
  return outputs.reduce((sum, { key }) => sum + key.denominationMinor, 0n);
}
