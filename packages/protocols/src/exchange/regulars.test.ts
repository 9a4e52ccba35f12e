/** Customers known again and not by name: what counts, what it earns, for whom, and until when. */
import { DAY_MS, type Hex, MINUTE_MS } from "@counterfoil/base";
import { H, portableCrypto, post, type SigningKey, sign, ZERO_HASH } from "@counterfoil/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  credentialSchema,
  credentialUseSchema,
  priceRequest,
  pseudonymKey,
  purchaseKeys,
  visitSchema,
} from "../contract/index.ts";
import { lend, type Pseudonym } from "./buying.ts";
import type { ShopTables } from "./merchant-rows.ts";
import { type Contract, contractOf, debitBy, fund, NOW, PRICE, seedOf, stock } from "./parties.fixture.ts";
import { memberId } from "./regulars.ts";
import { openShopWith } from "./shop.fixture.ts";

const crypto = await portableCrypto();
const WALLET = seedOf("regular's wallet", crypto);
const REDUCED = 100n;

function opened() {
  const at = openShopWith(crypto, new Set());
  const { all, pid, payer, heard, paying, settle, quoted } = at;
  fund(all, payer.publicKey, 90_000n, NOW + 1);
  const merchant = all.shopConfig.key.publicKey;
  const own = pseudonymKey(crypto, WALLET, merchant);
  const visit = (from: Contract, key = own, changes: VisitChanges = {}) => visitOf(from, key, changes);
  let bought = 0;
  /** A purchase under the pseudonym, from the payment to the receipt. */
  const buy = (key: SigningKey | null, of: Hex = pid, now = NOW) => {
    bought += 1;
    const one = contractOf(all, of, `bought ${bought}`, { notAfterMs: now + 10 * MINUTE_MS });
    const message = paying(one, { pid: of, ...(key === null ? {} : { visit: visit(one, key) }) });
    expect(heard(message, now)).toBe("pending");
    settle(now);
    expect(heard(message, now)).toBe("settled");
    return message;
  };
  const price = (pseudonym: Pseudonym | null, of: Hex = pid) =>
    quoted(contractOf(all, of, "asking"), { pid: of, pseudonym }).terms.priceMinor;
  const visits = (key = own) => all.shop.view.get("visitor", key.publicKey)?.visits ?? 0;
  return { ...at, merchant, own, visit, buy, price, visits };
}

interface VisitChanges {
  readonly by?: SigningKey;
  readonly slipHash?: Hex;
  readonly use?: Uint8Array;
}

function visitOf({ slip, slipHash, keys }: Contract, key: SigningKey, changes: VisitChanges): Uint8Array {
  const use = changes.use ?? lend(crypto, key, slip.merchant, slip.buyer);
  return sign(crypto, changes.by ?? keys.buyer, visitSchema, { slipHash: changes.slipHash ?? slipHash, use });
}

const known = (key: SigningKey): Pseudonym => ({ key, credential: null });

describe("a pseudonym", () => {
  test("is another at every shop, and tells nothing of the wallet", () => {
    const [here, there] = ["shop", "other shop"].map((word) => {
      const { publicKey } = crypto.signingKey(seedOf(word, crypto));
      return pseudonymKey(crypto, WALLET, publicKey).publicKey;
    });
    expect(here).not.toBe(there);
    expect(pseudonymKey(crypto, seedOf("another wallet", crypto), here as Hex).publicKey).not.toBe(here);
  });

  test("is another than every key of a purchase", () => {
    const nonce = H(crypto, "nonce", "one");
    const { buyer } = purchaseKeys(crypto, WALLET, nonce);
    expect(pseudonymKey(crypto, WALLET, nonce).publicKey).not.toBe(buyer.publicKey);
  });
});

describe("a visit counts", () => {
  test("once the sale is paid, and no sooner", () => {
    const { all, pid, heard, paying, settle, own, visit, visits } = opened();
    const one = contractOf(all, pid, "one");
    heard(paying(one, { visit: visit(one) }));
    expect(visits()).toBe(0);
    expect(all.shop.view.get("sale", one.slip.tid)?.visitor).toBe(own.publicKey);
    settle(NOW + 5);
    expect(all.shop.view.get("visitor", own.publicKey)).toEqual({
      visits: 1,
      total: PRICE,
      unit: one.slip.unit,
      first_ms: NOW + 5,
      last_ms: NOW + 5,
    });
  });

  test("once, however often payment and receipt come", () => {
    const { all, pid, heard, paying, settle, visit, visits } = opened();
    const one = contractOf(all, pid, "one");
    const message = paying(one, { visit: visit(one) });
    for (let again = 0; again < 3; again++) {
      heard(message);
      all.shop.decide({ kind: "resend", tid: one.slip.tid }, NOW + MINUTE_MS);
      settle();
      settle();
    }
    const { receipt } = all.shop.view.get("sale", one.slip.tid) as ShopTables["sale"];
    const settled = { kind: "settled", tid: one.slip.tid, slipHash: one.slipHash, receipt: receipt as Uint8Array };
    expect(all.shop.decide(settled as never, NOW).writes).toEqual([]);
    expect(visits()).toBe(1);
  });

  test("not where the bank has not paid", () => {
    const { all, pid, heard, paying, settle, visit, visits } = opened();
    const poor = crypto.signingKey(seedOf("poor", crypto));
    const one = contractOf(all, pid, "one");
    heard(paying(one, { visit: visit(one), funding: debitBy(all, poor, one) }));
    settle();
    expect(all.shop.view.get("sale", one.slip.tid)?.phase).toBe("lost");
    expect(visits()).toBe(0);
  });

  test("not where nothing was paid", () => {
    const { all, heard, paying, settle, visit, visits } = opened();
    const gift = stock(all, "gift", { delivery: "certified" });
    const one = contractOf(all, gift, "one");
    heard(paying(one, { pid: gift, visit: visit(one), funding: { kind: "free" } }));
    settle();
    expect(all.shop.view.get("sale", one.slip.tid)?.phase).toBe("sold");
    expect(visits()).toBe(0);
  });

  test("for the pseudonym alone, and for none without one", () => {
    const { buy, own, visits, all } = opened();
    const other = pseudonymKey(crypto, seedOf("another wallet", crypto), all.shopConfig.key.publicKey);
    buy(own);
    buy(other);
    buy(own);
    buy(null);
    expect([visits(own), visits(other)]).toEqual([2, 1]);
    expect([...all.shop.rows.keys()].filter((place) => place.startsWith("visitor/"))).toHaveLength(2);
  });

  test("as often as a reference says, over any purchases in any order", () => {
    const attempt = fc.record({
      who: fc.constantFrom(0, 1, null),
      fate: fc.constantFrom("paid", "poor", "lost"),
      repeats: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 12 }), (attempts) => {
        const { all, pid, payer, heard, paying, settle, own, visit, visits } = opened();
        const keys = [own, pseudonymKey(crypto, seedOf("two", crypto), all.shopConfig.key.publicKey)];
        const expected = [0, 0];
        attempts.forEach(({ who, fate, repeats }, index) => {
          const one = contractOf(all, pid, `attempt ${index}`);
          const by = fate === "poor" ? crypto.signingKey(seedOf("poor", crypto)) : payer;
          const counted = who === null ? {} : { visit: visit(one, keys[who] as SigningKey) };
          for (let again = 0; again <= repeats; again++) {
            heard(paying(one, { ...counted, funding: debitBy(all, by, one) }));
            if (fate === "lost") all.shop.takeSends();
            else settle();
          }
          if (who !== null && fate === "paid") expected[who] = (expected[who] as number) + 1;
        });
        expect(keys.map((key) => visits(key))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

describe("what is refused beside a payment", () => {
  const stranger = crypto.signingKey(seedOf("stranger", crypto));

  test("somebody's own pseudonym beside another's payment", () => {
    const { all, pid, heard, paying, visit } = opened();
    const one = contractOf(all, pid, "one");
    expect(heard(paying(one, { visit: visit(one, stranger, { by: stranger }) }))).toBe("wrong-credential");
  });

  test("another's pseudonym, which has lent itself to nobody here", () => {
    const { all, pid, heard, paying, visit, merchant, own } = opened();
    const one = contractOf(all, pid, "one");
    const body = { holder: own.publicKey, merchant, buyer: one.slip.buyer };
    const use = sign(crypto, stranger, credentialUseSchema, body);
    expect(heard(paying(one, { visit: visit(one, own, { use }) }))).toBe("wrong-credential");
  });

  test("one lent to another buyer, or at another shop", () => {
    const { all, pid, heard, paying, visit, merchant, own } = opened();
    const one = contractOf(all, pid, "one");
    for (const use of [
      lend(crypto, own, merchant, stranger.publicKey),
      lend(crypto, own, stranger.publicKey, one.slip.buyer),
    ]) {
      expect(heard(paying(one, { visit: visit(one, own, { use }) }))).toBe("wrong-credential");
    }
  });

  test("the visit of another slip, and what is no visit at all", () => {
    const { all, pid, heard, paying, visit, own } = opened();
    const [one, two] = [contractOf(all, pid, "one"), contractOf(all, pid, "two")];
    expect(heard(paying(one, { visit: visit(one, own, { slipHash: two.slipHash }) }))).toBe("wrong-credential");
    expect(heard(paying(one, { visit: one.pay }))).toBe("wrong-credential");
    expect(all.shop.rows.has(`sale/${one.slip.tid}`), "nothing is written").toBe(false);
  });
});

describe("what is refused beside a price request", () => {
  function asking(changes: { credential?: Uint8Array; credentialUse?: Uint8Array }) {
    const { all, pid, heard, merchant } = opened();
    const { keys } = contractOf(all, pid, "one");
    const envelope = { recipient: merchant, session: ZERO_HASH, previous: ZERO_HASH, notAfterMs: NOW + 1 };
    const request = { pid, bidMinor: null, credential: null, credentialUse: null, ...changes };
    return heard(post(crypto, keys.buyer, priceRequest, envelope, request));
  }
  const { merchant, own, all, pid } = opened();
  const buyer = contractOf(all, pid, "one").slip.buyer;

  test("a pseudonym that is not lent to this buyer here", () => {
    expect(asking({ credentialUse: lend(crypto, own, merchant, buyer) })).toBe("quote");
    expect(asking({ credentialUse: lend(crypto, own, merchant, own.publicKey) })).toBe("wrong-credential");
    expect(asking({ credentialUse: lend(crypto, own, own.publicKey, buyer) })).toBe("wrong-credential");
    const body = { holder: own.publicKey, merchant, buyer };
    const forged = sign(crypto, crypto.signingKey(seedOf("thief", crypto)), credentialUseSchema, body);
    expect(asking({ credentialUse: forged })).toBe("wrong-credential");
  });

  test("a credential that nobody has lent", () => {
    const body = { issuer: own.publicKey, holder: own.publicKey, group: "student", notAfterMs: NOW + 1 };
    expect(asking({ credential: sign(crypto, own, credentialSchema, body) })).toBe("wrong-credential");
  });
});

describe("a price for repeat visits", () => {
  test("applies from the given number of paid purchases on, to that pseudonym", () => {
    const { pid, heard, owner, buy, price, own, all } = opened();
    heard(owner({ kind: "repeat", pid, rule: { after: 2, priceMinor: REDUCED } }));
    const other = pseudonymKey(crypto, seedOf("another wallet", crypto), all.shopConfig.key.publicKey);
    const prices = [price(known(own))];
    for (let again = 0; again < 3; again++) {
      buy(own);
      prices.push(price(known(own)));
    }
    expect(prices).toEqual([PRICE, PRICE, REDUCED, REDUCED]);
    expect([price(null), price(known(other))]).toEqual([PRICE, PRICE]);
  });

  test("is never above the item's own, and ends when the owner says so", () => {
    const { pid, heard, owner, buy, price, own } = opened();
    buy(own);
    heard(owner({ kind: "repeat", pid, rule: { after: 1, priceMinor: PRICE + 1n } }));
    expect(price(known(own))).toBe(PRICE);
    heard(owner({ kind: "repeat", pid, rule: { after: 1, priceMinor: REDUCED } }));
    expect(price(known(own))).toBe(REDUCED);
    heard(owner({ kind: "repeat", pid, rule: null }));
    expect(price(known(own))).toBe(PRICE);
  });

  test("and no rule of either kind is there for what is not sold", () => {
    const { all, heard, owner } = opened();
    const gift = stock(all, "gift", { delivery: "certified" });
    expect(heard(owner({ kind: "repeat", pid: gift, rule: { after: 1, priceMinor: 1n } }))).toBe("wrong-mode");
    const rule = { group: "subscriber", days: 1 };
    expect(heard(owner({ kind: "subscription", pid: gift, rule }))).toBe("wrong-mode");
  });
});

describe("a subscription", () => {
  function subscribed() {
    const at = opened();
    const { all, pid, heard, owner, merchant } = at;
    const issue = stock(all, "issue");
    heard(owner({ kind: "subscription", pid, rule: { group: "subscriber", days: 30 } }));
    const reduced = { kind: "discount", issuer: merchant, group: "subscriber" } as const;
    heard(owner({ ...reduced, pid: issue, priceMinor: REDUCED }));
    const until = () => all.shop.view.get("member", memberId(at.own.publicKey, "subscriber"))?.until_ms;
    const priceAt = (now: number, key = at.own) => {
      const outcome = all.shop.authority.decide(
        {
          kind: "price",
          pid: issue,
          buyer: key.publicKey,
          session: ZERO_HASH,
          previous: ZERO_HASH,
          bidMinor: null,
          visitor: key.publicKey,
          group: null,
        },
        all.shop.view,
        now,
      ).outcome;
      return outcome.kind === "quote" ? outcome.quote.priceMinor : outcome.kind;
    };
    return { ...at, issue, reduced, until, priceAt };
  }

  test("gives the subscriber its price until it lapses, and nobody else", () => {
    const { all, buy, own, price, priceAt, issue, until } = subscribed();
    expect(price(known(own), issue)).toBe(PRICE);
    buy(own);
    expect(price(known(own), issue)).toBe(REDUCED);
    expect(price(null, issue)).toBe(PRICE);
    const other = pseudonymKey(crypto, seedOf("another wallet", crypto), all.shopConfig.key.publicKey);
    expect(price(known(other), issue)).toBe(PRICE);
    expect(until()).toBe(NOW + 30 * DAY_MS);
    expect([priceAt(NOW + 30 * DAY_MS - 1), priceAt(NOW + 30 * DAY_MS)]).toEqual([REDUCED, PRICE]);
  });

  test("bought again is added to what is left, and begins anew when nothing is", () => {
    const { buy, own, until, pid } = subscribed();
    buy(own);
    buy(own, pid, NOW + 10 * DAY_MS);
    expect(until()).toBe(NOW + 60 * DAY_MS);
    buy(own, pid, NOW + 100 * DAY_MS);
    expect(until()).toBe(NOW + 130 * DAY_MS);
  });

  test("is forgotten when it has lapsed, by the row's own rule, and not before", () => {
    const { all, buy, own, until } = subscribed();
    buy(own);
    const id = memberId(own.publicKey, "subscriber");
    const row = all.shop.view.get("member", id) as ShopTables["member"];
    const due = all.shop.authority.due?.member?.(id, row);
    if (due === undefined || due === null) throw new Error("not due");
    expect(due.atMs).toBe(NOW + 30 * DAY_MS);
    all.shop.decide(due.command, due.atMs - 1);
    expect(until()).toBe(due.atMs);
    all.shop.decide(due.command, due.atMs);
    expect(until()).toBeUndefined();
    expect(all.shop.decide(due.command, due.atMs).writes).toEqual([]);
  });

  test("that was extended outlives the command that its first end gave", () => {
    const { all, buy, own, until, pid } = subscribed();
    buy(own);
    const first = until() as number;
    buy(own, pid, NOW + DAY_MS);
    all.shop.decide({ kind: "forget-member", id: memberId(own.publicKey, "subscriber") }, first);
    expect(until()).toBe(first + 30 * DAY_MS);
  });

  test("bought for nothing gives nothing, so that nobody stays a subscriber for ever", () => {
    const { all, pid, heard, owner, reduced, buy, own, visit, paying, settle, until, visits } = subscribed();
    heard(owner({ ...reduced, pid, priceMinor: 0n }));
    buy(own);
    const end = until();
    const free = contractOf(all, pid, "free", { priceMinor: 0n });
    heard(paying(free, { visit: visit(free), funding: { kind: "free" } }));
    settle();
    expect(all.shop.view.get("sale", free.slip.tid)?.phase).toBe("sold");
    expect([until(), visits()]).toEqual([end, 1]);
  });

  test("the lowest price that applies is the one", () => {
    const { buy, own, price, heard, owner, issue } = subscribed();
    buy(own);
    heard(owner({ kind: "repeat", pid: issue, rule: { after: 1, priceMinor: REDUCED - 1n } }));
    expect(price(known(own), issue)).toBe(REDUCED - 1n);
    heard(owner({ kind: "repeat", pid: issue, rule: { after: 1, priceMinor: REDUCED + 1n } }));
    expect(price(known(own), issue)).toBe(REDUCED);
  });

  test("ends for later buyers when the owner says so, and its discount with it when that goes", () => {
    const { buy, own, price, heard, owner, issue, pid, reduced, all } = subscribed();
    buy(own);
    heard(owner({ kind: "subscription", pid, rule: null }));
    const other = pseudonymKey(crypto, seedOf("another wallet", crypto), all.shopConfig.key.publicKey);
    buy(other);
    expect([price(known(own), issue), price(known(other), issue)]).toEqual([REDUCED, PRICE]);
    heard(owner({ ...reduced, pid: issue, priceMinor: null }));
    expect(price(known(own), issue)).toBe(PRICE);
    expect(all.shop.view.get("own_groups", issue)).toBeUndefined();
  });
});
