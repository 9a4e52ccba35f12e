/** A purse against the bank it has its coins from: withdraw, pay, refresh, deposit, and what it believes of an answer. */
import { decode, encode, type Hex, HOUR_MS, type Instant, MINUTE_MS } from "@counterfoil/base";
import { portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { keyNamed, NOW, PRICE, saleOf, settling, word } from "../money/bank.fixture.ts";
import { type MintBench, mintBench } from "../money/coins.fixture.ts";
import {
  type BankReason,
  bankAnswer,
  type CoinKey,
  type CoinKeys,
  coinKeysSchema,
  depositedSchema,
  refreshRequest,
  refusalSchema,
  type UsedCoin,
} from "../money/index.ts";
import { DENOMINATIONS, EPOCH_MS, hearWithMint, testMint } from "../money/mint.fixture.ts";
import { GAP_LIMIT, secretOf } from "./errands.ts";
import { readKeys } from "./keys.ts";
import { epochsFrom, richPurseOf, type TestPurse } from "./market.fixture.ts";
import { readIds, readPath } from "./own.ts";
import { bundleOf, choose } from "./plan.ts";
import { coinsFound, rowsOfCopy, walk } from "./restoring.ts";
import { type Adopted, type CoinRow, type PurseRow, UNKNOWN_DEVICE } from "./rows.ts";

const crypto = await portableCrypto();
const GOOD = NOW + HOUR_MS;

function opened(epochs = epochsFrom(NOW, 1)) {
  const at = mintBench(crypto, epochs);
  const purse = richPurseOf(at, "ann", NOW, 5_000n);
  const withdraw = (plan: readonly bigint[], now = NOW) => {
    const said = purse.ask({ kind: "withdraw", bank: purse.bank, plan, notAfterMs: now + HOUR_MS }, now);
    purse.talk(now);
    return said;
  };
  const refresh = (coinIds: readonly Hex[], plan: readonly bigint[], now = NOW) =>
    purse.ask({ kind: "refresh", bank: purse.bank, coinIds, plan, deposit: null }, now);
  const deposit = (coinIds: readonly Hex[], amountMinor: bigint, account = purse.config.account.publicKey) =>
    purse.ask({ kind: "refresh", bank: purse.bank, coinIds, plan: [], deposit: { account, amountMinor } }, NOW);
  const balance = (account = purse.config.account.publicKey) => at.desk.view.get("account", account)?.balance ?? 0n;
  return { at, purse, withdraw, refresh, deposit, balance, row: () => purse.desk.view.get("purse", purse.bank) };
}

function ids(purse: TestPurse): readonly Hex[] {
  return purse.coins().map(([id]) => id);
}

/** A refusal that the bank has signed, of whatever it was asked. */
function refusal(at: MintBench, about: Hex, reason: BankReason, used: readonly UsedCoin[] = [], by = at.config.key) {
  const body = { bank: at.config.key.publicKey, about, slipHash: null, reason };
  return encode(bankAnswer, {
    kind: "refused",
    refusal: sign(crypto, by, refusalSchema, body),
    paid: null,
    used,
    lock: null,
  });
}

/** The one errand that is asked, and how it hears something. */
function asked(purse: TestPurse) {
  const [id] = purse.errands().findLast(([, { phase }]) => phase === "asked") as [Hex, unknown];
  purse.desk.takeSends();
  const hear = (answer: Uint8Array, now: Instant = NOW) => purse.ask({ kind: "heard", id, answer }, now);
  return { id, hear, phase: () => purse.desk.view.get("errand", id)?.phase };
}

describe("a purse", () => {
  test("withdraws, pays exactly, and the bank's books follow", () => {
    const { at, purse, withdraw, row } = opened();
    withdraw(bundleOf(1000n, 512n));
    expect(purse.coins().reduce((sum, [, { amount }]) => sum + amount, 0n)).toBe(1000n);
    expect(row()).toMatchObject({ available: 1000n, pending: 0n });
    const held = purse.coins().map(([id, { amount, epoch }]) => ({ id, amountMinor: amount, epoch }));
    const choice = choose(held, PRICE, 512n);
    if (choice.kind !== "exact") throw new Error(choice.kind);
    const sale = saleOf(at, "first");
    const coinIds = choice.coins.map(({ id }) => id);
    expect(purse.reserve(sale.slip.tid, coinIds, NOW)).toBe(true);
    expect(row()?.available).toBe(750n);
    expect(word(at, at.desk.hear(settling(sale, purse.funding(coinIds, sale.slipHash)), NOW))).toBe("paid");
    purse.release(sale.slip.tid, true, NOW);
    expect(purse.coins("spent")).toHaveLength(coinIds.length);
    const payment = purse.desk.view.get("payment", sale.slip.tid)?.coins as Uint8Array;
    expect(readIds(payment)).toEqual([...coinIds].sort());
    expect(at.desk.view.get("account", "coins/0")?.balance).toBe(750n);
    expect(at.desk.view.get("account", at.merchant.publicKey)?.balance).toBe(PRICE);
  });

  test("refreshes a coin, and deposits", () => {
    const { purse, withdraw, refresh, deposit, balance } = opened();
    withdraw([512n]);
    expect(refresh(ids(purse), [256n, 256n])).toBe("errand");
    purse.talk(NOW);
    expect(purse.coins().map(([, { amount }]) => amount)).toEqual([256n, 256n]);
    expect(deposit(ids(purse), 512n)).toBe("errand");
    purse.talk(NOW);
    expect(purse.coins()).toEqual([]);
    expect(balance()).toBe(5_000n);
  });

  test("pays into another's account, and knows when that is done", () => {
    const { purse, withdraw, deposit, balance } = opened();
    const friend = keyNamed(crypto, "friend").publicKey;
    withdraw([64n]);
    expect(deposit(ids(purse), 64n, friend)).toBe("errand");
    purse.talk(NOW);
    expect(balance(friend)).toBe(64n);
    expect(purse.errands().map(([, { phase }]) => phase)).toEqual(["done", "done"]);
    expect(purse.coins()).toEqual([]);
  });
});

describe("coins set aside for a payment", () => {
  test("in the order of their names, all or none, and once", () => {
    const { purse, withdraw } = opened();
    withdraw([1n, 1n, 1n, 1n]);
    const coinIds = [...ids(purse)].sort().reverse();
    const [one, two] = coinIds as [Hex, Hex];
    expect(purse.reserve("aa".repeat(32), [one, "11".repeat(32)], NOW)).toBe(false);
    expect(purse.reserve("aa".repeat(32), [one, one], NOW)).toBe(false);
    expect(purse.coins("available")).toHaveLength(4);
    expect(purse.reserve("aa".repeat(32), [one, two], NOW)).toBe(true);
    expect(purse.reserve("aa".repeat(32), coinIds.slice(2), NOW)).toBe(false);
    expect(purse.reserve("bb".repeat(32), [two], NOW)).toBe(false);
    purse.release("aa".repeat(32), false, NOW);
    expect(purse.coins("refunding").map(([id]) => id)).toEqual([two, one]);
  });

  test("one coin is not exchanged twice in one errand", () => {
    const { purse, withdraw, refresh } = opened();
    withdraw([64n]);
    const [coin] = ids(purse) as [Hex];
    expect(refresh([coin, coin], [128n])).toBe("coin-not-available");
  });
});

describe("a yes proves itself", () => {
  function depositing() {
    const here = opened();
    here.withdraw([64n]);
    here.deposit(ids(here.purse), 64n);
    const { id, hear, phase } = asked(here.purse);
    const said = (changes: Partial<{ account: Hex; amountMinor: bigint; request: Hex }>) => {
      const account = here.purse.config.account.publicKey;
      const body = { bank: here.purse.bank, request: id, account, amountMinor: 64n, ...changes };
      const deposited = sign(crypto, here.at.config.key, depositedSchema, body);
      return encode(bankAnswer, { kind: "issued", request: id, signatures: [], deposited });
    };
    return { ...here, id, hear, phase, said };
  }

  test("a deposit of a unit less, into another account, for another request, or of nothing said", () => {
    const { id, hear, phase, said, purse } = depositing();
    const wrong = [{ amountMinor: 63n }, { account: "11".repeat(32) }, { request: "22".repeat(32) }];
    for (const changes of wrong) expect(hear(said(changes))).toBe("ignored");
    expect(hear(encode(bankAnswer, { kind: "issued", request: id, signatures: [], deposited: null }))).toBe("ignored");
    expect([phase(), purse.coins().length]).toEqual(["asked", 1]);
    expect([hear(said({})), phase(), purse.coins().length]).toEqual(["errand", "done", 0]);
  });

  test("signatures that are none, too few, or in another order", () => {
    const { at, purse } = opened();
    purse.ask({ kind: "withdraw", bank: purse.bank, plan: [64n, 32n], notAfterMs: GOOD }, NOW);
    const [send] = purse.desk.takeSends();
    const answer = decode(bankAnswer, hearWithMint(at.config, at.desk, send?.bytes as Uint8Array, NOW));
    if (!answer.ok || answer.value.kind !== "issued") throw new Error("not issued");
    const { id, hear, phase } = asked(purse);
    const { signatures } = answer.value;
    const garbage = signatures.map((each) => each.map((byte, i) => (i === 9 ? byte ^ 1 : byte)));
    for (const wrong of [[], signatures.slice(1), [...signatures].reverse(), garbage]) {
      expect(hear(encode(bankAnswer, { ...answer.value, signatures: wrong }))).toBe("ignored");
    }
    expect(hear(encode(bankAnswer, { ...answer.value, request: "33".repeat(32) }))).toBe("ignored");
    expect([phase(), purse.coins().length]).toEqual(["asked", 0]);
    expect(hear(encode(bankAnswer, answer.value))).toBe("errand");
    expect(purse.desk.view.get("errand", id)?.phase).toBe("done");
  });
});

describe("a no is signed, and counts as far as it proves", () => {
  function refreshed() {
    const here = opened(epochsFrom(NOW, 6));
    here.withdraw([64n, 32n]);
    here.refresh(ids(here.purse), [64n, 32n]);
    return { ...here, ...asked(here.purse) };
  }

  test("not by the bank, or about something else", () => {
    const { at, id, hear, phase } = refreshed();
    expect(hear(refusal(at, id, "coin-expired", [], keyNamed(crypto, "thief")))).toBe("ignored");
    expect(hear(refusal(at, "11".repeat(32), "coin-expired"))).toBe("ignored");
    expect(phase()).toBe("asked");
  });

  test("a used coin without its signature, or with the errand's own", () => {
    const { at, purse, id, hear, phase } = refreshed();
    const [coinId] = ids(purse) as [Hex];
    const request = decode(refreshRequest, purse.desk.view.get("errand", id)?.request as Uint8Array);
    if (!request.ok) throw new Error(request.reason);
    const own = request.value.coins.map(({ statement }) => ({ coinId, digest: id, statement }));
    expect(hear(refusal(at, id, "coin-used"))).toBe("ignored");
    expect(hear(refusal(at, id, "coin-used", own))).toBe("ignored");
    const forged = { coinId, digest: "11".repeat(32), statement: new Uint8Array(64) };
    expect(hear(refusal(at, id, "coin-used", [forged]))).toBe("ignored");
    expect([phase(), purse.coins("lost").length]).toEqual(["asked", 0]);
  });

  test("coins that are over: those by our own clock, and no others", () => {
    const here = opened([...epochsFrom(NOW, 6)]);
    const { at, purse, withdraw, refresh } = here;
    withdraw([64n]);
    const later = NOW + EPOCH_MS;
    withdraw([32n], later);
    const ends = NOW - HOUR_MS + 5 * EPOCH_MS;
    refresh(ids(purse), [64n, 32n], ends - 1);
    const { id, hear, phase } = asked(purse);
    expect(hear(refusal(at, id, "coin-expired"), ends - 1)).toBe("errand");
    expect([phase(), purse.coins("refunding").length]).toEqual(["asked", 2]);
    expect(hear(refusal(at, id, "coin-expired"), ends)).toBe("errand");
    expect(phase()).toBe("refused");
    expect(purse.coins("lost").map(([, { amount }]) => amount)).toEqual([64n]);
    expect(purse.coins("refunding").map(([, { amount }]) => amount)).toEqual([32n]);
  });

  test("a key the bank no longer knows: as long as it is listed the errand goes on, then it ends", () => {
    const { at, purse, id, hear, phase } = refreshed();
    expect(hear(refusal(at, id, "unknown-coin-key"))).toBe("errand");
    expect([phase(), purse.coins("lost").length]).toEqual(["asked", 0]);
    const ends = NOW - HOUR_MS + 5 * EPOCH_MS;
    expect(hear(refusal(at, id, "unknown-coin-key"), ends)).toBe("errand");
    expect([phase(), purse.coins("lost").length]).toEqual(["refused", 2]);
  });

  test("a copy that was taken after the refusal of another: found by the coin's own mark, and asked for again", () => {
    const { at, purse, id, hear, phase, row } = refreshed();
    const copy = purse.desk.view.get("errand", id)?.request as Uint8Array;
    expect([hear(refusal(at, id, "key-closed")), phase()]).toEqual(["errand", "refused"]);
    hearWithMint(at.config, at.desk, copy, NOW);
    for (let at = NOW; at < NOW + HOUR_MS; at += MINUTE_MS) {
      purse.wake(at);
      purse.talk(at);
    }
    expect(purse.coins("lost")).toEqual([]);
    expect(purse.coins("available").map(([, { amount }]) => amount)).toEqual([64n, 32n]);
    expect([phase(), row()?.available]).toEqual(["done", 96n]);
    expect(purse.errands().filter(([, { phase: each }]) => each === "asked")).toEqual([]);
  });
});

describe("places", () => {
  test("a withdrawal that is refused for good leaves no gap behind it", () => {
    const { at, purse, withdraw, row } = opened();
    const poor = Array(6).fill(512n) as bigint[];
    for (let round = 0; round < GAP_LIMIT; round++) {
      const now = NOW + round * 2 * MINUTE_MS;
      expect(
        purse.ask({ kind: "withdraw", bank: purse.bank, plan: [...poor, ...poor], notAfterMs: now + 1 }, now),
      ).toBe("errand");
      purse.talk(now);
      expect(row()?.pending).toBe(6144n);
      purse.wake(now + MINUTE_MS);
      purse.talk(now + MINUTE_MS);
      expect(row()?.pending).toBe(0n);
    }
    expect(withdraw([512n])).toBe("errand");
    expect(purse.coins("available")).toHaveLength(1);
    expect(at.desk.view.get("account", "coins/0")?.balance).toBe(512n);
  });

  test("more than a restored wallet would look for are never out at a time", () => {
    const { purse } = opened();
    const ask = (plan: readonly bigint[]) =>
      purse.ask({ kind: "withdraw", bank: purse.bank, plan, notAfterMs: GOOD }, NOW);
    expect(ask(Array(64).fill(1n))).toBe("errand");
    expect(ask([1n])).toBe("too-many-unanswered");
    purse.talk(NOW);
    expect(ask([1n])).toBe("errand");
    expect(ask(Array(65).fill(1n))).toBe("too-many-coins");
    expect(ask([3n])).toBe("no-such-denomination");
  });
});

describe("places of a restored device", () => {
  const from = ({ purse, withdraw }: ReturnType<typeof opened>, device: number) => {
    purse.ask({ kind: "device", bank: purse.bank, device }, NOW);
    for (const plan of [[1n], [1n, 1n], [1n]]) withdraw(plan);
    return purse.coins("available").map(([, { path }]) => readPath(path as Uint8Array).place);
  };

  /** Walks the path of the smallest key as a later restoration does. @returns the places found, and how many were asked. */
  async function walked({ at, purse }: ReturnType<typeof opened>, device: number) {
    const [key] = readKeys(crypto, purse.desk.view.get("purse", purse.bank)?.keys as Uint8Array).list.keys as [CoinKey];
    let asked = 0;
    const found = await walk(crypto, purse.config.seed, key, device, "withdraw", async (question) => {
      asked += question.asked.length;
      const coins = coinsFound(crypto, question, hearWithMint(at.config, at.desk, question.request, NOW));
      if (coins === null) throw new Error("no answer");
      return coins;
    });
    return { asked, places: found.map(({ from: of }) => ("path" in of ? of.path.place : -1)) };
  }

  test("but for the first of a path, none that the restoration has asked about", async () => {
    const at = opened();
    const { asked, places } = await walked(at, 1);
    expect([asked, places]).toEqual([GAP_LIMIT, []]);
    expect(from(at, 1).sort()).toEqual([32, GAP_LIMIT, GAP_LIMIT + 1, GAP_LIMIT + 2]);
  });

  test("and the next restoration finds them all", async () => {
    const at = opened();
    const used = from(at, 1);
    expect((await walked(at, 1)).places.sort()).toEqual(used.sort());
  });

  test("thirty-two may be out before the first of them is answered", () => {
    const { purse } = opened();
    purse.ask({ kind: "device", bank: purse.bank, device: 1 }, NOW);
    const ask = (many: number) =>
      purse.ask({ kind: "withdraw", bank: purse.bank, plan: Array(many).fill(1n), notAfterMs: GOOD }, NOW);
    expect([ask(33), ask(32), ask(1)]).toEqual(["too-many-unanswered", "errand", "too-many-unanswered"]);
  });

  test("a wallet that was never lost begins at the beginning", () => {
    expect(from(opened(), 0).sort()).toEqual([0, 1, 2, 3]);
  });
});

describe("keys", () => {
  test("a modulus that is a multiple of three makes no coins, and no harm", () => {
    const { purse, at } = opened();
    const multiple = (modulus: Uint8Array) => {
      const value = BigInt(`0x${Buffer.from(modulus).toString("hex")}`);
      const three = value - (value % 6n) + 3n;
      return new Uint8Array(Buffer.from(three.toString(16), "hex"));
    };
    const { list } = readKeys(crypto, at.mint.list());
    const keys = list.keys.map((key) => ({ ...key, modulus: multiple(key.modulus) }));
    const key = keyNamed(crypto, "another bank");
    const bank = key.publicKey;
    const bad: CoinKeys = { ...list, bank, keys: keys.map((each) => ({ ...each, bank })) };
    const learn = {
      kind: "keys",
      bank,
      unit: list.unit,
      url: "",
      list: sign(crypto, key, coinKeysSchema, bad),
    } as const;
    expect(purse.ask(learn, NOW)).toBe("done");
    const plan = Array(20).fill(1n) as bigint[];
    expect(purse.ask({ kind: "withdraw", bank, plan, notAfterMs: GOOD }, NOW)).toBe("wrong-key");
    expect(purse.desk.view.get("purse", bank)?.pending).toBe(0n);
  });

  test("what was asked for under a key that has ended meanwhile is over, the rest is not", () => {
    const { at, purse } = opened(epochsFrom(NOW, 2));
    purse.ask({ kind: "withdraw", bank: purse.bank, plan: [64n], notAfterMs: GOOD }, NOW);
    const [send] = purse.desk.takeSends();
    const answer = hearWithMint(at.config, at.desk, send?.bytes as Uint8Array, NOW);
    const ends = NOW - HOUR_MS + 5 * EPOCH_MS;
    const mint = testMint(crypto, at.config.key, "XTS", epochsFrom(NOW, 2).slice(1), { sequence: 9, issuedMs: ends });
    const learn = { kind: "keys", bank: purse.bank, unit: "XTS", url: "", list: mint.list() } as const;
    expect(purse.ask(learn, ends)).toBe("done");
    expect(purse.ask({ kind: "heard", id: send?.about as Hex, answer }, ends)).toBe("errand");
    expect(purse.coins()).toEqual([]);
    expect(purse.desk.view.get("purse", purse.bank)).toMatchObject({ pending: 0n, available: 0n });
  });

  test("a restricted coin is exchanged for such coins, and waits where there are none", () => {
    const restricted = { epoch: 0, from: NOW - HOUR_MS, certifiedOnly: true };
    const plain = { epoch: 1, from: NOW + 2 * HOUR_MS };
    const { purse, withdraw, refresh } = opened([restricted, plain]);
    withdraw([64n]);
    const [[id, coin]] = purse.coins() as [readonly [Hex, CoinRow]];
    const later = NOW + 3 * HOUR_MS;
    expect(refresh([id], [64n], later)).toBe("errand");
    purse.talk(later);
    expect(purse.coins().map(([, { epoch }]) => epoch)).toEqual([0]);
    const wake = coin.deposit_until_ms;
    const [[renewed]] = purse.coins() as [readonly [Hex, CoinRow]];
    purse.wake(wake);
    expect(purse.desk.takeSends()).toEqual([]);
    expect(purse.coins("available").map(([each]) => each)).toEqual([renewed]);
  });
});

describe("a token", () => {
  test("is exchanged by whoever took it, also where they stopped in between", () => {
    const { at, purse, withdraw } = opened();
    withdraw([64n]);
    const [[id, row]] = purse.coins() as [readonly [Hex, CoinRow]];
    expect(purse.ask({ kind: "hand", coinIds: [id] }, NOW)).toBe("done");
    const taker = richPurseOf(at, "bob", NOW, 1n);
    const { key_id: keyId, public_key: publicKey, prefix, signature, amount, epoch, deposit_until_ms } = row;
    const secret = secretOf(crypto, purse.config.seed, row);
    const coin = { keyId, publicKey, prefix, signature };
    const adopted = { coin, amountMinor: amount, epoch, depositUntilMs: deposit_until_ms, from: { secret } };
    expect(taker.ask({ kind: "adopt", bank: taker.bank, coins: [adopted], atOnce: true }, NOW)).toBe("done");
    for (let now = NOW; now < NOW + HOUR_MS; now += MINUTE_MS) {
      taker.wake(now);
      taker.talk(now);
    }
    expect(taker.coins("available").map(([, each]) => each.amount)).toEqual([64n]);
    expect(purse.ask({ kind: "refresh", bank: purse.bank, coinIds: [id], plan: [64n], deposit: null }, NOW)).toBe(
      "errand",
    );
    purse.talk(NOW);
    expect(purse.coins("spent").map(([each]) => each)).toEqual([id]);
  });
});

describe("a copy of a purse", () => {
  test("takes no places and spends no coins as if nothing had happened since", () => {
    const { purse, withdraw, row } = opened();
    withdraw([64n, 8n]);
    const rows = purse.coins().map(([id, each]) => ({ table: "coin", id, row: { ...each } }));
    const copied = rowsOfCopy([{ table: "purse", id: purse.bank, row: { ...(row() as PurseRow) } }, ...rows]);
    expect(copied).toMatchObject([{ row: { device: UNKNOWN_DEVICE, available: 72n } }, ...rows]);
    purse.ask({ kind: "device", bank: purse.bank, device: UNKNOWN_DEVICE }, NOW);
    expect(purse.ask({ kind: "withdraw", bank: purse.bank, plan: [8n], notAfterMs: NOW + HOUR_MS }, NOW)).toBe(
      "restoring",
    );
    const found = purse.coins().map(([, coin]): Adopted => {
      const { key_id: keyId, public_key: publicKey, prefix, signature, amount, epoch, deposit_until_ms } = coin;
      const from = { path: readPath(coin.path as Uint8Array) };
      const named = { keyId, publicKey, prefix, signature };
      return { coin: named, amountMinor: amount, epoch, depositUntilMs: deposit_until_ms, from };
    });
    purse.ask({ kind: "device", bank: purse.bank, device: 1 }, NOW);
    expect(purse.ask({ kind: "adopt", bank: purse.bank, coins: found, atOnce: false }, NOW)).toBe("done");
    expect([row()?.available, purse.coins("refunding").length]).toEqual([0n, 2]);
    for (let now = NOW; now < NOW + HOUR_MS; now += MINUTE_MS) {
      purse.wake(now);
      purse.talk(now);
    }
    expect([row()?.available, purse.coins("exchanged").length]).toEqual([72n, 2]);
  });
});

test("change is asked for in the order of its worth, which says nothing of the price", () => {
  const held = [{ id: "a", amountMinor: 512n, epoch: 0 }];
  const choice = choose(held, PRICE, DENOMINATIONS.at(-1) as bigint);
  if (choice.kind !== "change") throw new Error(choice.kind);
  expect(choice.into).toEqual([...choice.into].sort((a, b) => Number(a - b)));
});
