/** The merchant in the optimistic exchange: v for the bank's receipt, whoever brings it (P§2C *Release*). */
import { decode, encode, MINUTE_MS, toHex } from "@counterfoil/base";
import { open, portableCrypto, type SigningKey, sign, ZERO_HASH } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { bankAnswer, type Receipt, receiptSchema, settleRequest } from "../money/index.ts";
import { hearBank } from "./merchant-answer.ts";
import type { Endorsement, ItemRow, ShopCommand } from "./merchant-rows.ts";
import { type Listing, paymentMessage, releaseMessage } from "./messages.ts";
import { type Contract, contractOf, endorsed, holdBy, NOW, PRICE, reslipped } from "./parties.fixture.ts";
import { openShopWith } from "./shop.fixture.ts";
import { certifiedBy, trusteesOf } from "./trustees.fixture.ts";

const crypto = await portableCrypto();
const opened = (changes: Partial<Listing> = {}) => openShopWith(crypto, new Set(), changes);

describe("the optimistic exchange", () => {
  const trustees = trusteesOf(crypto);
  const certified = (changes: Partial<Listing> = {}) => {
    const at = opened(changes);
    certifiedBy(at.all, at.pid, trustees);
    const one = contractOf(at.all, at.pid, "one", { mode: "optimistic" });
    const held = at.paying(one, { funding: { kind: "hold" } });
    /** The customer settles by itself. */
    const receipt = () => {
      at.all.bank.hear(holdBy(at.all, at.payer, one), NOW);
      const said = decode(bankAnswer, at.all.bank.hear(endorsed(one, { kind: "hold" }), NOW));
      if (!said.ok || said.value.kind !== "paid") throw new Error("not paid");
      return said.value.receipt;
    };
    const releasing = (with_: Uint8Array, payment = held) => encode(releaseMessage, { payment, receipt: with_ });
    const facts = (signed: Uint8Array) => {
      const read = open(crypto, receiptSchema, signed, ({ bank }) => bank);
      if (!read.ok) throw new Error(read.reason);
      return read.value.value;
    };
    return { ...at, one, held, receipt, releasing, facts };
  };

  test("carries certified goods alone, and up to the trustees' last day of selling", () => {
    const plain = opened();
    const without = contractOf(plain.all, plain.pid, "one", { mode: "optimistic" });
    expect(plain.heard(plain.ordering(without, plain.quoted(without).signed))).toBe("wrong-mode");
    const { all, pid, one, quoted, ordering, heard } = certified();
    expect(heard(ordering(one, quoted(one).signed))).toBe("offer");
    const ends = NOW + 5 * MINUTE_MS;
    all.shop.rows.set(`item/${pid}`, { ...(all.shop.view.get("item", pid) as ItemRow), sell_until_ms: ends });
    expect(heard(ordering(one, quoted(one).signed))).toBe("too-far-ahead");
    const last = contractOf(all, pid, "last", { mode: "optimistic", notAfterMs: ends });
    expect(heard(ordering(last, quoted(last).signed))).toBe("offer");
    const netbill = contractOf(all, pid, "netbill");
    expect(heard(ordering(netbill, quoted(netbill).signed)), "by the bank, however late").toBe("offer");
  });

  test("keeps v from the bank, and releases it for the receipt", () => {
    const { all, payer, one, held, heard, answer } = certified();
    all.bank.hear(holdBy(all, payer, one), NOW);
    expect(heard(held)).toBe("pending");
    const [sent] = all.shop.takeSends();
    const bytes = sent?.bytes as Uint8Array;
    const request = decode(settleRequest, bytes);
    expect(request.ok && request.value.opening).toBeNull();
    expect(toHex(bytes)).not.toContain(one.opening);
    all.shop.decide(hearBank(all.shopConfig, bytes, all.bank.hear(bytes, NOW)) as ShopCommand, NOW);
    expect(answer(held)).toMatchObject({ kind: "settled", opening: one.opening });
    const netbill = contractOf(all, one.pid, "netbill");
    expect(toHex(all.shop.authority.send?.(endorsement(netbill), NOW).bytes as Uint8Array)).toContain(netbill.opening);
  });

  test("gives v for the receipt of a sale that it never heard of, books it once, and is short by one piece", () => {
    const { all, pid, one, receipt, releasing, answer } = certified({ stock: 2 });
    const right = releasing(receipt());
    const late = one.slip.notAfterMs + MINUTE_MS;
    expect(answer(right, late)).toMatchObject({ kind: "settled", opening: one.opening });
    const row = all.shop.view.get("sale", one.slip.tid);
    expect(row).toMatchObject({ phase: "sold", price: PRICE, wake_ms: null, time_ms: late });
    expect(answer(right, late + 1)).toMatchObject({ kind: "settled", opening: one.opening });
    expect([all.shop.view.get("item", pid)?.stock, all.shop.view.get("sale", one.slip.tid)]).toEqual([1, row]);
    expect(all.shop.takeSends(), "nothing is owed to the bank").toEqual([]);
  });

  test("of what is gone or not shown any more; what was endorsed has left the shelf already, what was lost not", () => {
    const { all, pid, one, receipt, releasing, answer, heard, owner } = certified({ stock: 1 });
    const gone = { ...(all.shop.view.get("item", pid) as ItemRow), stock: 0 };
    all.shop.rows.set(`item/${pid}`, gone);
    heard(owner({ kind: "listed", pid, listed: false }));
    expect(answer(releasing(receipt()))).toMatchObject({ kind: "settled", opening: one.opening });
    expect(all.shop.view.get("item", pid)?.stock, "short by one, and not below nothing").toBe(0);
    const again = certified({ stock: 1 });
    expect(again.heard(again.held)).toBe("pending");
    expect(again.all.shop.view.get("item", again.pid)?.stock).toBe(0);
    const right = again.releasing(again.receipt());
    expect(again.answer(right)).toMatchObject({ kind: "settled" });
    expect(again.all.shop.view.get("item", again.pid)?.stock, "it left the shelf when it was endorsed").toBe(0);
    again.settle();
    expect(again.all.shop.view.get("sale", again.one.slip.tid)?.phase).toBe("sold");
    const lost = certified({ stock: 1 });
    const paid = lost.releasing(lost.receipt());
    expect(lost.heard(lost.held)).toBe("pending");
    const { tid } = lost.one.slip;
    const over = { kind: "refused", tid, reason: "expired", final: true, bankAnswer: new Uint8Array(1) } as const;
    lost.all.shop.decide(over, NOW);
    expect(lost.all.shop.view.get("item", lost.pid)?.stock).toBe(1);
    expect(lost.answer(paid), "the receipt is the bank's last word").toMatchObject({ kind: "settled" });
    expect(lost.all.shop.view.get("sale", tid)?.phase).toBe("sold");
    expect(lost.all.shop.view.get("item", lost.pid)?.stock).toBe(0);
  });

  test("for no other receipt", () => {
    const { all, one, held, receipt, releasing, facts, heard } = certified();
    const right = receipt();
    const by = (key: SigningKey, changes: Partial<Receipt> = {}) =>
      releasing(sign(crypto, key, receiptSchema, { ...facts(right), ...changes }));
    const two = contractOf(all, one.pid, "two", { mode: "optimistic" });
    const bank = all.bankConfig.key;
    for (const wrong of [
      by(all.shopConfig.key),
      by(one.keys.buyer, { bank: one.keys.buyer.publicKey }),
      by(bank, { bank: one.slip.buyer }),
      by(bank, { tid: two.slip.tid }),
      by(bank, { slipHash: two.slipHash }),
      by(bank, { merchant: one.slip.buyer }),
      by(bank, { priceMinor: PRICE - 1n }),
      by(bank, { unit: "EUR" }),
      releasing(new Uint8Array(40)),
      releasing(one.slipSigned),
    ]) {
      expect(heard(wrong)).toBe("wrong-receipt");
    }
    expect(all.shop.rows.has(`sale/${one.slip.tid}`)).toBe(false);
    expect(heard(releasing(right, encode(paymentMessage, { ...parts(held), pay: two.pay })))).toBe("wrong-payment");
    expect(heard(releasing(right, encode(paymentMessage, { ...parts(held), slip: two.slipSigned })))).toBe(
      "wrong-slip",
    );
    const unknown = encode(paymentMessage, { ...parts(held), pid: "99".repeat(32) });
    expect(heard(releasing(right, unknown))).toBe("no-such-item");
    expect(heard(by(bank)), "the cases above can fail").toBe("settled");
    const other = reslipped(all, one, { offerHash: ZERO_HASH });
    const { slipSigned: slip, slipHash, pay } = other;
    const second = encode(paymentMessage, { ...parts(held), slip, pay });
    const paid = sign(crypto, bank, receiptSchema, { ...facts(right), slipHash });
    expect(heard(releasing(paid, second))).toBe("other-slip-open");
  });

  function endorsement({ slip, slipHash, slipSigned, pay }: Contract): Endorsement {
    return { slip, slipHash, parts: { slip: slipSigned, pay, funding: { kind: "hold" } } };
  }

  function parts(payment: Uint8Array) {
    const message = decode(paymentMessage, payment);
    if (!message.ok) throw new Error(message.reason);
    return message.value;
  }
});
