/** What a purse believes of a bank's keys: every reason to doubt a list, and the proof that is kept of it (P§2D, P§2E). */
import { encode, HOUR_MS, MINUTE_MS } from "@counterfoil/base";
import { H, portableCrypto, sign, ZERO_HASH } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import { keyNamed, NOW } from "../money/bank.fixture.ts";
import { mintBench } from "../money/coins.fixture.ts";
import { type CoinKey, type CoinKeys, coinKeysSchema } from "../money/index.ts";
import { checkKeys, contradict, type KeysReason, openKeys, readKeys, SHORTEST_EPOCH_MS } from "./keys.ts";
import { epochsFrom, purseOf } from "./market.fixture.ts";

const crypto = await portableCrypto();
const at = mintBench(crypto, epochsFrom(NOW, 2));
const bank = at.config.key.publicKey;
const FIRST = readKeys(crypto, at.mint.list()).list;
const [KEY] = FIRST.keys as [CoinKey];

const REASONS: readonly KeysReason[] = [
  "wrong-bank",
  "wrong-key",
  "two-keys-for-one",
  "older-than-known",
  "contradicts-known",
  "dated-ahead",
];
const named = new Set<string>();
afterAll(() => {
  expect(REASONS.filter((reason) => !named.has(reason))).toEqual([]);
});

function signed(changes: Partial<CoinKeys>, by = at.config.key): Uint8Array {
  return sign(crypto, by, coinKeysSchema, { ...FIRST, ...changes });
}

/** The list after the first, in the chain. */
function second(changes: Partial<CoinKeys> = {}): Uint8Array {
  const previous = H(crypto, "coin-keys-hash/1", encode(coinKeysSchema, FIRST));
  return signed({ sequence: FIRST.sequence + 1, previous, issuedMs: NOW, ...changes });
}

function withKey(change: Partial<CoinKey>): Partial<CoinKeys> {
  return { keys: FIRST.keys.map((key) => (key === KEY ? { ...key, ...change } : key)) };
}

function said(list: Uint8Array, known: Uint8Array | null = null): string {
  const checked = checkKeys(crypto, bank, list, known && readKeys(crypto, known), NOW);
  const result = checked.ok ? "believed" : checked.reason;
  named.add(result);
  return result;
}

describe("one list", () => {
  test("of this bank, signed by it, dated by now", () => {
    expect(said(at.mint.list())).toBe("believed");
    expect(said(signed({}, keyNamed(crypto, "thief")))).toBe("wrong-bank");
    expect(said(signed({ bank: "11".repeat(32) }))).toBe("wrong-bank");
    expect(said(new Uint8Array(40))).toBe("wrong-bank");
    expect(said(signed({ issuedMs: NOW + 10 * MINUTE_MS }))).toBe("believed");
    expect(said(signed({ issuedMs: NOW + 10 * MINUTE_MS + 1 }))).toBe("dated-ahead");
  });

  const modulus = KEY.modulus;
  const wrong: readonly (readonly [string, Partial<CoinKey>])[] = [
    ["of another bank", { bank: "11".repeat(32) }],
    ["of another unit", { unit: "EUR" }],
    ["of no power of two", { denominationMinor: 3n }],
    ["of nothing", { denominationMinor: 0n }],
    ["open for too short a time", { withdrawUntilMs: KEY.withdrawFromMs + SHORTEST_EPOCH_MS - 1 }],
    ["that pays shorter than it is withdrawn", { depositUntilMs: KEY.withdrawUntilMs - 1 }],
    ["refreshed shorter than it pays", { refreshUntilMs: KEY.depositUntilMs - 1 }],
    ["with an even modulus", { modulus: modulus.map((byte, i) => (i === 255 ? byte & 0xfe : byte)) }],
    ["with a modulus of a bit less", { modulus: modulus.map((byte, i) => (i === 0 ? byte & 0x7f : byte)) }],
    ["with a modulus of 2400 bits", { modulus: new Uint8Array(300).fill(0xff) }],
  ];
  for (const [what, change] of wrong) {
    test(`with a key ${what}`, () => expect(said(signed(withKey(change)))).toBe("wrong-key"));
  }

  test("with two keys of one denomination and epoch", () => {
    const other = { ...KEY, refreshUntilMs: KEY.refreshUntilMs + 1 };
    expect(said(signed({ keys: [...FIRST.keys, other] }))).toBe("two-keys-for-one");
    expect(said(signed({ keys: [...FIRST.keys, KEY] }))).toBe("two-keys-for-one");
  });

  test("with epochs that follow one another by the second, one for each holder", () => {
    const shifted = (ms: number) => {
      const from = KEY.withdrawFromMs + ms;
      return signed({ keys: [KEY, { ...KEY, epoch: 1, withdrawFromMs: from, withdrawUntilMs: from + 2 * HOUR_MS }] });
    };
    expect(said(shifted(1000))).toBe("wrong-key");
    expect(said(shifted(-1000))).toBe("wrong-key");
    expect(said(shifted(SHORTEST_EPOCH_MS - 1))).toBe("wrong-key");
    expect(said(shifted(SHORTEST_EPOCH_MS))).toBe("believed");
  });
});

describe("lists that cannot both be honest convict the bank", () => {
  const changed = { ...KEY, refreshUntilMs: KEY.refreshUntilMs + HOUR_MS };
  const first = at.mint.list();
  const wrong: readonly (readonly [string, Uint8Array, Uint8Array, KeysReason])[] = [
    ["two of one number", first, signed({ issuedMs: 1 }), "contradicts-known"],
    ["a key that has changed", first, second(withKey(changed)), "contradicts-known"],
    [
      "a key that has changed two lists later",
      first,
      second({ ...withKey(changed), sequence: 9 }),
      "contradicts-known",
    ],
    ["a list out of the chain", first, second({ previous: ZERO_HASH }), "contradicts-known"],
    ["a key that is taken back", first, second({ keys: FIRST.keys.slice(1) }), "contradicts-known"],
    ["a list of before, which this one does not follow", second(), signed({ issuedMs: 1 }), "older-than-known"],
    ["a list that is at odds with itself", first, second({ keys: [...FIRST.keys, KEY] }), "two-keys-for-one"],
  ];
  for (const [what, known, list, reason] of wrong) {
    test(`${what}: ${reason}, and the proof is kept`, () => {
      expect(said(list, known)).toBe(reason);
      const purse = purseOf(at, "ann", NOW, { list: known });
      const command = { kind: "keys", bank, unit: FIRST.unit, url: "", list } as const;
      expect(purse.ask(command, NOW)).toBe(reason);
      expect(purse.desk.view.get("purse", bank)?.keys).toEqual(known);
      const { hash } = readKeys(crypto, known);
      const fault = purse.desk.view.get("key_fault", `${bank}/${hash}`);
      expect(fault).toMatchObject({ bank, reason });
      expect(contradict(crypto, bank, fault?.one as Uint8Array, fault?.other as Uint8Array)).toBe(true);
      expect(contradict(crypto, bank, fault?.other as Uint8Array, fault?.one as Uint8Array)).toBe(true);
      expect(contradict(crypto, "11".repeat(32), fault?.one as Uint8Array, fault?.other as Uint8Array)).toBe(false);
    });
  }

  test("the first list of all, at odds with itself", () => {
    const list = signed({ keys: [...FIRST.keys, KEY] });
    const purse = purseOf(at, "ann", NOW, { list });
    expect(purse.desk.view.get("purse", bank)).toBeUndefined();
    expect(purse.desk.view.get("key_fault", `${bank}/${ZERO_HASH}`)).toMatchObject({ one: list, other: list });
  });

  test("honest lists do not: the next one, one much later, one that dropped what has ended", () => {
    const ended = { keys: FIRST.keys.filter(({ epoch }) => epoch > 0), issuedMs: NOW };
    const old = signed({ keys: FIRST.keys.map((key) => ({ ...key, ...(key.epoch === 0 ? past(key) : {}) })) });
    const follows = H(crypto, "coin-keys-hash/1", encode(coinKeysSchema, readKeys(crypto, old).list));
    const pairs = [
      [first, second()],
      [first, second({ sequence: FIRST.sequence + 7, previous: "77".repeat(32) })],
      [old, second({ ...ended, previous: follows })],
    ] as const;
    for (const [known, list] of pairs) {
      expect(said(list, known)).toBe("believed");
      expect(contradict(crypto, bank, known, list)).toBe(false);
    }
    expect(said(first, second())).toBe("older-than-known");
    expect(contradict(crypto, bank, second(), first)).toBe(false);
  });
});

function past(key: CoinKey): Partial<CoinKey> {
  const shift = key.refreshUntilMs - NOW;
  return {
    withdrawFromMs: key.withdrawFromMs - shift,
    withdrawUntilMs: key.withdrawUntilMs - shift,
    depositUntilMs: key.depositUntilMs - shift,
    refreshUntilMs: NOW,
  };
}

test("the key of a withdrawal is the newest that is open; one that is restricted only where it has to be", () => {
  const plain = { ...KEY, epoch: 4 };
  const restricted = { ...KEY, epoch: 5, certifiedOnly: true };
  const open = (keys: readonly CoinKey[], of?: boolean) =>
    openKeys({ ...FIRST, keys }, NOW, of).get(KEY.denominationMinor)?.epoch;
  expect(open([KEY, plain])).toBe(4);
  expect([open([plain, restricted]), open([restricted, plain])]).toEqual([4, 4]);
  expect([open([plain, restricted], true), open([restricted])]).toEqual([5, 5]);
  expect(open([plain], true)).toBeUndefined();
  expect(openKeys(FIRST, KEY.withdrawUntilMs - 1).get(KEY.denominationMinor)?.epoch).toBe(0);
  expect(openKeys(FIRST, KEY.withdrawUntilMs).get(KEY.denominationMinor)?.epoch).toBe(1);
});
