/**
 * A sale of the layer paid in tokens that are not ours (S2 §4): the wallet is cashu-ts, the mint speaks the published NUTs over
 * HTTP, the log and its witness are the real ones. Nobody gets goods without the merchant's money, nor money without goods.
 */
import type { P2PKOptions } from "@cashu/cashu-ts";
import { HOUR_MS, toHex } from "@counterfoil/base";
import { open } from "@counterfoil/crypto";
import { receiptNames, receiptSchema } from "@counterfoil/protocols/money";
import { type EcashFunding, type EcashProof, notPaidSchema } from "@counterfoil/protocols/teller";
import { payeeOf, proofIn, proofOf, readTerms, slipKey, swapTo, takeBack } from "@counterfoil/sdk/cashu";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  abort,
  buyer,
  claim,
  commit,
  crypto,
  fetchTokens,
  goodsOpen,
  lock,
  MARGIN_MS,
  type Market,
  marketOfTest,
  merchant,
  openMarket,
  PRICE,
  query,
  reasonOf,
  type Sale,
  tokensFor,
  worth,
} from "./cashu/market.ts";

describe("paid", () => {
  for (const feePpk of [0, 100]) {
    test(`with a fee of ${feePpk} thousandths an input`, async () => {
      const market = await marketOfTest({ feePpk });
      const sale = await market.sale("paid");
      const { locked } = await tokensFor(market, sale);
      expect((await lock(market, sale, locked)).kind).toBe("locked");
      expect((await lock(market, sale, locked)).kind).toBe("locked");
      const { wallet, payout, answer } = await claim(market, sale);
      expect(answer).toMatchObject({ kind: "locked", claimed: true });
      expect(await fetchTokens(wallet, payout)).toEqual([]);
      expect(await commit(market, sale)).toBe("posted");
      await expectPaid(market, sale);
      const money = await fetchTokens(wallet, payout);
      expect(worth(money)).toBe(PRICE);
      expect(worth(await wallet.receive([...money]))).toBe(PRICE - wallet.getFeesForProofs([...money]).toBigInt());
      expect(goodsOpen(sale, sale.opening)).toBe(true);
    });
  }

  test("and the lock's end changes nothing", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("late");
    const { wallet, locked } = await tokensFor(market, sale);
    await lock(market, sale, locked);
    await claim(market, sale);
    await commit(market, sale);
    market.clocks.mint = sale.slip.notAfterMs + MARGIN_MS + HOUR_MS;
    await expect(takeBack(wallet, locked, sale.payer)).rejects.toThrow("spent already");
    await expectPaid(market, sale);
  });
});

async function expectPaid(market: Market, sale: Sale): Promise<void> {
  const answer = await query(market, sale);
  if (answer.kind !== "paid") throw new Error(`not paid: ${answer.kind}`);
  const receipt = open(crypto, receiptSchema, answer.receipt, () => market.teller.key);
  expect(receipt.ok && receiptNames(receipt.value.value, sale.slip, sale.slipHash)).toBe(true);
}

describe("not paid", () => {
  test("declined: the buyer has its money at once, from a mint where nothing has expired", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("declined");
    const { wallet, locked } = await tokensFor(market, sale);
    await lock(market, sale, locked);
    const { payout } = await claim(market, sale);
    expect(await abort(market, sale, true)).toBe("posted");
    await expectUnpaid(market, sale, "aborted");
    expect(worth(await fetchTokens(wallet, locked.back))).toBe(PRICE);
    expect(await fetchTokens(await market.wallet(), payout)).toEqual([]);
  });

  test("past the deadline: anybody ends it, and no commit is taken", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("expired");
    const { wallet, locked } = await tokensFor(market, sale);
    await lock(market, sale, locked);
    await claim(market, sale);
    expect(await abort(market, sale, false)).toBe("not-expired");
    market.clocks.log = sale.slip.notAfterMs + 1;
    expect(await commit(market, sale)).toBe("expired");
    expect(await abort(market, sale, false)).toBe("posted");
    await expectUnpaid(market, sale, "aborted");
    expect(worth(await fetchTokens(wallet, locked.back))).toBe(PRICE);
    expect(reasonOf(await lock(market, sale, locked), market.teller.key)).toBe("unpaid");
  });

  test("committed, and no swap reached the mint until the lock's end: the buyer takes it back, and no goods move", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("lapsed");
    const { wallet, locked } = await tokensFor(market, sale);
    await lock(market, sale, locked);
    const { payout } = await claim(market, sale);
    market.mint.loses = (_path, asked) => JSON.stringify(asked).includes("preimage");
    await commit(market, sale);
    expect((await query(market, sale)).kind).toBe("locked");
    await expect(takeBack(wallet, locked, sale.payer)).rejects.toThrow("not unlocked");
    market.clocks.mint = sale.slip.notAfterMs + MARGIN_MS + HOUR_MS;
    expect(worth(await takeBack(wallet, locked, sale.payer))).toBe(PRICE);
    market.mint.loses = () => false;
    await market.teller.owe(sale.slip.tid);
    await expectUnpaid(market, sale, "lapsed");
    expect(await fetchTokens(await market.wallet(), payout)).toEqual([]);
    expect(await market.isPaidInLog(sale)).toBe(false);
  });

  test("committed without a way to the money: nothing is paid until there is one", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("unclaimed");
    const { locked } = await tokensFor(market, sale);
    await lock(market, sale, locked);
    await commit(market, sale);
    expect(await query(market, sale)).toMatchObject({ kind: "locked", claimed: false });
    const { wallet, payout } = await claim(market, sale);
    await market.teller.catchUp();
    await expectPaid(market, sale);
    expect(worth(await fetchTokens(wallet, payout))).toBe(PRICE);
  });
});

async function expectUnpaid(market: Market, sale: Sale, why: string): Promise<void> {
  const answer = await query(market, sale);
  if (answer.kind !== "unpaid") throw new Error(`not unpaid: ${answer.kind}`);
  const record = open(crypto, notPaidSchema, answer.record, () => market.teller.key);
  expect(record.ok && record.value.value).toEqual({
    bank: sale.slip.bank,
    tid: sale.slip.tid,
    slipHash: sale.slipHash,
    why,
  });
  expect(answer.returned).toBe(true);
}

describe("in between", () => {
  test("the mint's answer is lost after the swap: its word about the tokens stands for it", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("lost answer");
    const { locked } = await tokensFor(market, sale);
    await lock(market, sale, locked);
    const { wallet, payout } = await claim(market, sale);
    market.mint.tamper = (path, answer) => (path === "/v1/swap" ? null : answer);
    await commit(market, sale);
    await expectPaid(market, sale);
    expect(worth(await fetchTokens(wallet, payout))).toBe(PRICE);
  });

  test("the same, of a mint that keeps no witness: what it has signed stands for it", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("no witness");
    const { locked } = await tokensFor(market, sale);
    await lock(market, sale, locked);
    await claim(market, sale);
    market.mint.tamper = (path, answer) => {
      if (path !== "/v1/checkstate") return path === "/v1/swap" ? null : answer;
      const { states } = answer.body as { states: readonly object[] };
      return { ...answer, body: { states: states.map((state) => ({ ...state, witness: null })) } };
    };
    await commit(market, sale);
    await expectPaid(market, sale);
  });

  test("the teller dies between the log's word and the mint's", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("restarted");
    const { locked } = await tokensFor(market, sale);
    await lock(market, sale, locked);
    await claim(market, sale);
    market.mint.tamper = () => null;
    await commit(market, sale);
    await market.teller.restart();
    market.mint.tamper = (_path, answer) => answer;
    await market.teller.owe(sale.slip.tid);
    await expectPaid(market, sale);
    await market.teller.owe(sale.slip.tid);
    await expectPaid(market, sale);
  });

  test("the leaf is in the log, and names exactly this slip", async () => {
    const market = await marketOfTest();
    const [sale, other] = [await market.sale("leaf"), await market.sale("no leaf")];
    for (const each of [sale, other]) {
      const { locked } = await tokensFor(market, each);
      await lock(market, each, locked);
      await claim(market, each);
    }
    await commit(market, sale);
    await market.leafOf(sale);
    expect(await market.isPaidInLog(sale)).toBe(true);
    expect(await market.isPaidInLog(other)).toBe(false);
    await expect(commit(market, sale)).rejects.toThrow("nothing is locked");
  });

  test("a mint that says nothing: nothing is locked, and the same request locks when it speaks again", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("silent");
    const { locked } = await tokensFor(market, sale);
    market.mint.tamper = (_path, answer) => ({ ...answer, status: 500, body: { detail: "no", code: 0 } });
    expect((await lock(market, sale, locked)).kind).toBe("asked");
    expect((await query(market, sale)).kind).toBe("undecided");
    market.mint.tamper = (path, answer) => {
      if (path !== "/v1/checkstate") return answer;
      const { states } = answer.body as { states: readonly object[] };
      return { ...answer, body: { states: states.map((state) => ({ ...state, state: "PENDING" })) } };
    };
    expect((await lock(market, sale, locked)).kind).toBe("asked");
    market.mint.tamper = (_path, answer) => answer;
    expect((await lock(market, sale, locked)).kind).toBe("locked");
  });
});

describe("nobody moves the money alone", () => {
  test("not the merchant, not the buyer, not both, before the log has decided", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("alone");
    const { wallet, locked } = await tokensFor(market, sale);
    await lock(market, sale, locked);
    const { payout, wallet: merchants } = await claim(market, sale);
    const guess = { preimage: sale.opening, signatures: [] };
    for (const key of [sale.payeeKey, sale.payer]) {
      await expect(takeBack(wallet, locked, key)).rejects.toThrow("not unlocked");
      const proofs = locked.funding.proofs.map((proof) => ({ ...proofIn(proof), witness: guess }));
      await expect(wallet.receive(proofs, { privkey: toHex(key.secret) })).rejects.toThrow("not unlocked");
    }
    expect(await fetchTokens(merchants, payout)).toEqual([]);
    expect((await query(market, sale)).kind).toBe("locked");
  });
});

/** Tokens locked otherwise than the terms say, with everything else as it should be. */
async function lockedAs(
  market: Market,
  sale: Sale,
  changes: Partial<P2PKOptions>,
  amount = PRICE,
): Promise<EcashFunding> {
  const { wallet, proofs } = await market.funded(256);
  const terms = readTerms(crypto, sale);
  if (terms === null) throw new Error("no terms");
  const keys = [sale.payeeKey.publicKey, sale.payer.publicKey];
  const options: P2PKOptions = {
    hashlock: terms.hash,
    pubkey: keys,
    locktime: terms.locktimeSeconds,
    refundKeys: [sale.payer.publicKey],
    sigFlag: "SIG_ALL",
    ...changes,
  };
  const { send } = await wallet.send(amount, [...proofs], {}, { send: { type: "p2pk", options } });
  const { swap } = await swapTo(wallet, send.map(proofOf), sale.payer);
  return { payee: sale.payee, proofs: send.map(proofOf), refund: swap };
}

const SECONDS = { hour: 3_600 };
const STRANGER = slipKey(crypto, new Uint8Array(32).fill(99), "payee", "ab".repeat(32));

describe("tokens that are not what the terms say", () => {
  let market: Market;
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(() => market.close());

  type Lie = (market: Market, sale: Sale) => Promise<EcashFunding>;
  const other = (change: (good: EcashFunding, sale: Sale) => EcashFunding): Lie => {
    return async (market, sale) => change(await lockedAs(market, sale, {}), sale);
  };
  const first = ({ proofs }: EcashFunding) => proofs[0] as EcashProof;
  const lies: Record<string, readonly [reason: string, lie: Lie]> = {
    "a hash of the merchant's own": [
      "wrong-hash",
      (market, sale) => lockedAs(market, sale, { hashlock: toHex(crypto.sha256(Buffer.from(sale.opening, "hex"))) }),
    ],
    "a lock that ends with the deadline": [
      "wrong-locktime",
      (market, sale) => lockedAs(market, sale, { locktime: Math.ceil(sale.slip.notAfterMs / 1_000) }),
    ],
    "a lock that ends an hour early": [
      "wrong-locktime",
      (market, sale) => {
        const locktime = (readTerms(crypto, sale)?.locktimeSeconds ?? 0) - SECONDS.hour;
        return lockedAs(market, sale, { locktime });
      },
    ],
    "another payee": [
      "wrong-receivers",
      (market, sale) => lockedAs(market, sale, { pubkey: [STRANGER.publicKey, sale.payer.publicKey] }),
    ],
    "a third receiver": [
      "wrong-receivers",
      (market, sale) =>
        lockedAs(market, sale, { pubkey: [sale.payeeKey.publicKey, sale.payer.publicKey, STRANGER.publicKey] }),
    ],
    "inputs signed one by one": [
      "wrong-condition",
      (market, sale) => lockedAs(market, sale, { sigFlag: "SIG_INPUTS" }),
    ],
    "both receivers at once": ["wrong-condition", (market, sale) => lockedAs(market, sale, { requiredSignatures: 2 })],
    "too little": ["wrong-total", (market, sale) => lockedAs(market, sale, {}, PRICE - 1n)],
    "too much": ["wrong-total", (market, sale) => lockedAs(market, sale, {}, PRICE + 1n)],
    "no signature of the mint": [
      "wrong-token",
      other((good) => ({
        ...good,
        proofs: good.proofs.map((each) => ({ ...each, amountMinor: each.amountMinor * 2n })),
      })),
    ],
    "a proof of another": [
      "wrong-token",
      other((good) => ({ ...good, proofs: good.proofs.map((each) => ({ ...each, dleq: first(good).dleq })) })),
    ],
    "one token twice": ["same-token-twice", other((good) => ({ ...good, proofs: [...good.proofs, first(good)] }))],
    "a keyset that the mint has not": [
      "unknown-keyset",
      other((good) => ({ ...good, proofs: good.proofs.map((each) => ({ ...each, keyset: `01${"ab".repeat(32)}` })) })),
    ],
    "no tokens": ["unknown-keyset", other((good) => ({ ...good, proofs: [] }))],
    "a payee that somebody else has signed": [
      "wrong-payee",
      other((good, sale) => ({ ...good, payee: payeeOf(crypto, buyer.key, sale.slipHash, STRANGER) })),
    ],
    "a payee of another slip": [
      "wrong-payee",
      other((good, sale) => ({ ...good, payee: payeeOf(crypto, merchant.key, "cd".repeat(32), sale.payeeKey) })),
    ],
    "a way back that the buyer has not signed": [
      "wrong-refund",
      other((good) => ({ ...good, refund: { ...good.refund, signature: "11".repeat(64) } })),
    ],
    "a way back for less": [
      "wrong-refund",
      other((good) => ({ ...good, refund: { ...good.refund, outputs: good.refund.outputs.slice(1) } })),
    ],
  };
  for (const [name, [reason, lie]] of Object.entries(lies)) {
    test(name, async () => {
      const sale = await market.sale(name);
      const locked = { funding: await lie(market, sale), back: [], keep: [] };
      expect(reasonOf(await lock(market, sale, locked), market.teller.key)).toBe(reason);
      expect((await query(market, sale)).kind).toBe("undecided");
    });
  }

  test("tokens that are spent already, and others in their place", async () => {
    const market = await marketOfTest();
    const sale = await market.sale("spent");
    const { wallet, locked } = await tokensFor(market, sale);
    market.clocks.mint = sale.slip.notAfterMs + MARGIN_MS + HOUR_MS;
    await takeBack(wallet, locked, sale.payer);
    expect(reasonOf(await lock(market, sale, locked), market.teller.key)).toBe("token-spent");
    const { locked: fresh } = await tokensFor(market, sale);
    expect((await lock(market, sale, fresh)).kind).toBe("locked");
  });

  test("the tokens of one slip for another", async () => {
    const [sale, other] = [await market.sale("one"), await market.sale("another")];
    const { locked } = await tokensFor(market, sale);
    expect((await lock(market, sale, locked)).kind).toBe("locked");
    const funding = { ...locked.funding, payee: other.payee };
    expect(reasonOf(await lock(market, other, { ...locked, funding }), market.teller.key)).toBe("wrong-hash");
  });
});

test("a merchant cannot leave a way to the money that is not the payee's", async () => {
  const market = await marketOfTest();
  const sale = await market.sale("claims");
  const { locked } = await tokensFor(market, sale);
  await lock(market, sale, locked);
  const thief = { ...sale, payeeKey: sale.payer };
  expect(reasonOf((await claim(market, thief)).answer, market.teller.key)).toBe("wrong-claim");
  expect(await query(market, sale)).toMatchObject({ kind: "locked", claimed: false });
});
