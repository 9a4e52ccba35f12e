/** The banks' own leaves: many at once, one a contract, each under a recKey of its bank's own. */
import { encode } from "@counterfoil/base";
import { H, portableCrypto, sign } from "@counterfoil/crypto";
import { afterEach, describe, expect, test } from "vitest";
import { contentHashOf, leafFor, leafSchema, oneOutcome, paidPosting, recKeyOf, treeIsTiles } from "./index.ts";
import {
  hear,
  type LogBench,
  logBench,
  logSale,
  openOf,
  paidOf,
  post,
  RETENTION_MS,
  START,
  sizeOf,
  tableOf,
} from "./log.fixture.ts";

const crypto = await portableCrypto();

let at: LogBench;
function fresh(changes: Parameters<typeof logBench>[1] = {}): LogBench {
  at = logBench(crypto, changes);
  return at;
}

afterEach(() => {
  const logs = {
    crypto,
    descriptor: at.descriptor,
    rows: <N extends Parameters<typeof tableOf>[1]>(table: N) => tableOf(at.desk.rows, table),
  };
  for (const claim of [treeIsTiles, oneOutcome]) expect(claim.refute(logs)).toBeNull();
});

describe("paid leaves", () => {
  const optimistic = (word: string) => logSale(at, word, { slip: { mode: "optimistic" } });

  test("many at once, of contracts that need no outcome; a repeat says the same places and enters nothing", () => {
    fresh();
    const sales = ["one", "two", "three"].map(optimistic);
    expect(post(at, paidOf(at, sales.slice(0, 2), START), START)).toEqual([0, 1]);
    expect(post(at, paidOf(at, sales, START), START + 5)).toEqual([0, 1, 2]);
    expect(post(at, paidOf(at, [...sales, ...sales], START), START + 6)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(sizeOf(at)).toBe(3);
  });

  test("two of one contract in one posting are one entry", () => {
    fresh();
    expect(post(at, paidOf(at, [optimistic("one"), optimistic("one")], START), START)).toEqual([0, 0]);
    expect(sizeOf(at)).toBe(1);
  });

  test("all or none: one fault enters nothing", () => {
    fresh();
    const [one, two] = [optimistic("one"), logSale(at, "two")];
    post(at, openOf(at, two), START);
    expect(hear(at, paidOf(at, [one, two], START), START)).toMatchObject({
      recKey: two.recKey,
      reason: "not-committed",
    });
    expect(sizeOf(at)).toBe(1);
    expect(at.desk.view.get("log_record", one.recKey)).toBeUndefined();
  });

  test("another leaf of one contract is refused, of another slip or of another time", () => {
    fresh();
    const sale = optimistic("one");
    post(at, paidOf(at, [sale], START), START);
    const twin = logSale(at, "one", { slip: { mode: "optimistic", priceMinor: 1n } });
    expect(post(at, paidOf(at, [twin], START), START)).toBe("already-decided");
    expect(post(at, paidOf(at, [sale], START + 1), START + 1)).toBe("already-decided");
    const same = logSale(at, "one");
    expect(post(at, openOf(at, same), START)).toBe("already-decided");
  });

  test("not from a bank that it does not serve, nor under another bank's name", () => {
    fresh();
    const sale = optimistic("one");
    const stranger = crypto.signingKey(crypto.sha256(Uint8Array.of(7)));
    expect(post(at, paidOf(at, [sale], START, stranger), START)).toBe("unknown-bank");
    const leaf = leafFor(crypto, stranger, sale.slip, sale.slipHash, START);
    const leaves = [{ tid: sale.slip.tid, leaf }];
    expect(post(at, encode(paidPosting, { log: at.id, bank: at.bank.publicKey, leaves }), START)).toBe("wrong-leaf");
  });

  test("not where the recKey is another's: no key can take the place of another bank's leaf", () => {
    fresh({ banks: null });
    const sale = optimistic("one");
    const stranger = crypto.signingKey(crypto.sha256(Uint8Array.of(7)));
    const leaf = leafFor(crypto, stranger, sale.slip, sale.slipHash, START);
    const taken = { log: at.id, bank: stranger.publicKey, leaves: [{ tid: sale.slip.tid, leaf }] };
    expect(post(at, encode(paidPosting, taken), START)).toBe("wrong-leaf");
    expect(post(at, paidOf(at, [sale], START), START)).toEqual([0]);
  });

  test("not a leaf for another log", () => {
    fresh();
    const sale = optimistic("one");
    const leaf = sign(crypto, at.bank, leafSchema, {
      log: logBench(crypto, {}, "other").id,
      recKey: recKeyOf(crypto, at.bank.publicKey, sale.slip.tid),
      contentHash: contentHashOf(crypto, "paid", at.bank.publicKey, sale.slipHash),
      timeMs: START,
    });
    const leaves = [{ tid: sale.slip.tid, leaf }];
    expect(post(at, encode(paidPosting, { log: at.id, bank: at.bank.publicKey, leaves }), START)).toBe("wrong-leaf");
    const elsewhere = encode(paidPosting, { log: H(crypto, "log"), bank: at.bank.publicKey, leaves });
    expect(post(at, elsewhere, START)).toBe("wrong-log");
  });

  test("not from the future, which would be kept for ever, nor from before the retention", () => {
    fresh();
    const sale = optimistic("one");
    const day = 24 * 3_600_000;
    expect(post(at, paidOf(at, [sale], START + day + 1), START)).toBe("wrong-leaf");
    expect(post(at, paidOf(at, [sale], START), START + RETENTION_MS + 1)).toBe("too-late");
    expect(post(at, paidOf(at, [sale], START), START + RETENTION_MS)).toEqual([0]);
  });
});
