/** An abort is for ever, whoever else speaks for its tid meanwhile. */
import { decode, HOUR_MS, MINUTE_MS, type Result } from "@counterfoil/base";
import { open, portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import {
  aborting,
  ask,
  type Bench,
  bench,
  debitFor,
  grantTo,
  holding,
  keyNamed,
  NOW,
  ORDER_MS,
  otherSlip,
  PRICE,
  saleOf,
  settling,
} from "./bank.fixture.ts";
import { bankAnswer, refusalSchema } from "./messages.ts";

const crypto = await portableCrypto();

function opened() {
  const at = bench(crypto);
  const payer = keyNamed(crypto, "payer");
  grantTo(at, payer.publicKey, 10n * PRICE);
  return { at, payer, sale: saleOf(at, "one") };
}

/** Runs every due command, as the host does. */
function sweep({ desk, config: _ }: Bench, now: number): void {
  for (const [place, row] of [...desk.rows]) {
    const [table, id] = place.split("/") as ["sale" | "hold", string];
    const due = desk.authority.due?.[table]?.(id, row as never) ?? null;
    if (due !== null && due.atMs <= now) desk.decide(due.command, now);
  }
}

describe("a merchant cannot have an abort forgotten before its slip has expired", () => {
  test("by an accomplice's hold on the tid that ends sooner", () => {
    const { at, payer, sale } = opened();
    const accomplice = keyNamed(crypto, "accomplice");
    grantTo(at, accomplice.publicKey, PRICE);
    const soon = { notAfterMs: NOW + MINUTE_MS };
    expect(ask(at, holding(at, accomplice, sale, soon))).toBe("held");
    expect(ask(at, aborting(at, sale), NOW + 1)).toBe("aborted");
    sweep(at, NOW + 2 * MINUTE_MS);
    const late = settling(sale, debitFor(at, payer, sale.slipHash));
    expect(ask(at, late, NOW + 2 * MINUTE_MS)).toBe("aborted");
    expect(at.desk.view.get("account", payer.publicKey)?.balance).toBe(10n * PRICE);
  });

  test("by another slip that ends sooner, put in the place of the buyer's on its way to the bank", () => {
    const { at, payer, sale } = opened();
    const sooner = otherSlip(at, sale, { notAfterMs: NOW + MINUTE_MS });
    expect(ask(at, aborting(at, sale, sooner.signed), NOW + 1)).toBe("aborted");
    sweep(at, NOW + 2 * MINUTE_MS);
    expect(ask(at, settling(sale, debitFor(at, payer, sale.slipHash)), NOW + 2 * MINUTE_MS)).toBe("aborted");
  });

  test("the row goes when nothing that could still be paid was ordered before it", () => {
    const { at, payer, sale } = opened();
    expect(ask(at, aborting(at, sale))).toBe("aborted");
    sweep(at, NOW + ORDER_MS + 1);
    expect(at.desk.view.get("sale", sale.slip.tid)?.phase).toBe("ABORTED");
    sweep(at, NOW + 24 * HOUR_MS + 1);
    expect(at.desk.view.get("sale", sale.slip.tid)).toBeUndefined();
    expect(ask(at, settling(sale, debitFor(at, payer, sale.slipHash)), NOW + 24 * HOUR_MS + 1)).toBe("expired");
  });
});

describe("`expired` is final for the slip that it names, and for no other", () => {
  function named(answer: Uint8Array, at: Bench): string | null {
    const said = decode(bankAnswer, answer);
    if (!said.ok || said.value.kind !== "refused") return "no refusal";
    const refusal = open(crypto, refusalSchema, said.value.refusal, () => at.config.key.publicKey);
    return value(refusal).value.slipHash;
  }

  test("an abort after the end names the slip that has ended", () => {
    const { at, sale } = opened();
    const past = otherSlip(at, sale, { notAfterMs: NOW });
    expect(named(at.desk.hear(aborting(at, sale, past.signed), NOW), at)).toBe(past.slipHash);
  });

  test("a hold after the end names none", () => {
    const { at, payer, sale } = opened();
    expect(named(at.desk.hear(holding(at, payer, sale, { notAfterMs: NOW }), NOW), at)).toBeNull();
  });
});

test("no abort is kept longer than any order may last", () => {
  const { at, sale } = opened();
  const far = otherSlip(at, sale, { notAfterMs: NOW + 24 * HOUR_MS + 2 });
  expect(ask(at, aborting(at, far))).toBe("too-far-ahead");
  expect(at.desk.view.get("sale", sale.slip.tid)).toBeUndefined();
});

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}
