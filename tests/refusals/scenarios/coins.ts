/** Coins at the bank: used twice, forged, bent, too late, or for more than they are worth; and the bank's own operator. */
import { DAY_MS, decode, encode, hex32, instant, list, MINUTE_MS, record } from "@counterfoil/base";
import { post, sign, ZERO_HASH } from "@counterfoil/crypto";
import {
  operatorRequest,
  outputSchema,
  refreshRequest,
  type SignedCoin,
  withdrawRequest,
} from "@counterfoil/protocols/money";
import { newNonce } from "@counterfoil/sdk";
import { type MadeCoin, spending } from "../../../packages/protocols/src/money/coins.fixture.ts";
import { ACCEPTED, fate, longer, reasonIn, settle } from "../deal.ts";
import { blank, counterOf, exchange, pays, priced, withdrawal, withdrawn } from "../minting.ts";
import { never, type Scenario, swap } from "../scenario.ts";
import { ANY_ENCODING, endingInZero, LENIENT } from "./bytes.ts";
import { stranger } from "./parties.ts";
import { again } from "./replays.ts";

/** An assertion that stands behind a check. */
const NO_SUM = swap("accounts", 'assert(sum === 0n, "a transaction sums to zero");', "");
const NO_FLOOR = swap(
  "accounts",
  'assert(account.kind === SANDBOX_SOURCE || balance >= account.held, "no account is overdrawn");',
  "",
);

const ANY_REFRESHER = never(
  "mintAdmit",
  'if (!isDigestSigned(config.crypto, coin.publicKey, id, statement)) return refused("wrong-spend");',
  "!isDigestSigned(config.crypto, coin.publicKey, id, statement)",
);

const PAYING: readonly Scenario[] = [
  {
    name: "coin/used-at-another-shop",
    reason: "coin-used",
    without: [never("mint", 'if (used.length > 0) return { reason: "coin-used", used } as const;', "used.length > 0")],
    async prepare(market) {
      const at = await counterOf(market);
      const [coin] = (await withdrawn(at, "c", [64n, 64n])) as [MadeCoin];
      if (reasonIn(await at.client.post(pays(at, await priced(market, 64n), [coin]))) !== ACCEPTED)
        throw new Error("the first shop was not paid");
      const other = await priced(market, 64n, stranger(market));
      return () => fate(at.client, pays(at, other, [coin]));
    },
  },
  {
    name: "coin/wrong-signature",
    reason: "wrong-coin-signature",
    without: [
      never(
        "mintAdmit",
        "if (!verifyBlind(crypto, key.modulus, coinMessageOf(crypto, coin), coin.signature)) {",
        "!verifyBlind(crypto, key.modulus, coinMessageOf(crypto, coin), coin.signature)",
      ),
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const [coin] = (await withdrawn(at, "c", [64n])) as [MadeCoin];
      return async () => fate(at.client, pays(at, await priced(market, 64n), [bent(coin)]));
    },
  },
  {
    name: "coin/twice-in-one-payment",
    reason: "wrong-coins",
    without: [
      swap(
        "mintAdmit",
        'if (named.length === 0 || !distinct) return refused("wrong-coins");',
        'if (named.length === 0) return refused("wrong-coins");',
      ),
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const [coin] = (await withdrawn(at, "c", [64n, 64n])) as [MadeCoin];
      return async () => fate(at.client, pays(at, await priced(market, 128n), [coin, coin]));
    },
  },
  {
    name: "coin/less-than-the-price",
    reason: "wrong-total",
    without: [
      never(
        "mintAdmit",
        'if (totalOf(named.value) !== priceMinor) return refused("wrong-total");',
        "totalOf(named.value) !== priceMinor",
      ),
      NO_SUM,
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const coins = await withdrawn(at, "c", [64n]);
      return async () => fate(at.client, pays(at, await priced(market, 65n), coins));
    },
  },
  {
    name: "coin/spend-for-another-slip",
    reason: "wrong-spend",
    without: [
      never(
        "mintAdmit",
        "if (!isDigestSigned(crypto, each.coin.publicKey, digest, each.statement))",
        "!isDigestSigned(crypto, each.coin.publicKey, digest, each.statement)",
      ),
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const coins = await withdrawn(at, "c", [64n]);
      const [meant, thief] = [await priced(market, 64n), await priced(market, 64n, stranger(market))];
      const overheard = spending(market.crypto, coins, meant.slipHash);
      return () => fate(at.client, settle(market, thief, { kind: "coins", coins: overheard }));
    },
  },
  {
    name: "coin/a-part-of-a-payment",
    reason: "wrong-spend",
    without: [swap("coin", "raw(coinId), raw(slipHash), raw(coinSet));", "raw(coinId), raw(slipHash));")],
    async prepare(market) {
      const at = await counterOf(market);
      const [theirs, withheld, own] = (await withdrawn(at, "c", [64n, 32n, 32n])) as [MadeCoin, MadeCoin, MadeCoin];
      const one = await priced(market, 96n);
      const [theirSpend] = spending(market.crypto, [theirs, withheld], one.slipHash);
      const [, ownSpend] = spending(market.crypto, [theirs, own], one.slipHash);
      const coins = [theirSpend, ownSpend] as SignedCoin[];
      return () => fate(at.client, settle(market, one, { kind: "coins", coins }));
    },
  },
  {
    name: "coin/of-another-bank",
    reason: "unknown-coin-key",
    // Both banks have the printed modulus and the same dates, so that only the name in it tells their keys apart.
    without: [
      swap(
        "coin",
        'H(crypto, "coin-key-id/1", encode(coinKeySchema, key))',
        'H(crypto, "coin-key-id/1", encode(coinKeySchema, { ...key, bank: "00".repeat(32), withdrawFromMs: 0, withdrawUntilMs: 0, depositUntilMs: 0, refreshUntilMs: 0 }))',
      ),
    ],
    async prepare(market) {
      const here = await counterOf(market);
      await withdrawn(here, "honest", [64n]);
      const { visit } = await market.otherBank();
      const coins = await withdrawn(await counterOf(market, visit), "foreign", [64n]);
      return async () => fate(here.client, pays(here, await priced(market, 64n), coins));
    },
  },
  {
    name: "coin/past-its-last-payment",
    reason: "coin-expired",
    without: [
      never(
        "mint",
        'if (coins.some(({ key }) => now >= key.depositUntilMs)) return { reason: "coin-expired", used: [] } as const;',
        "coins.some(({ key }) => now >= key.depositUntilMs)",
      ),
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const coins = await withdrawn(at, "c", [64n]);
      market.advance(90 * DAY_MS);
      return async () => fate(at.client, pays(at, await priced(market, 64n), coins));
    },
  },
];

const WITHDRAWING: readonly Scenario[] = [
  {
    name: "coin/withdrawn-above-the-balance",
    reason: "insufficient-funds",
    without: [
      never(
        "mint",
        'if (available(account) < totalMinor) return refuse(id, null, "insufficient-funds");',
        "available(account) < totalMinor",
      ),
      NO_FLOOR,
    ],
    async prepare(market) {
      const at = { ...(await counterOf(market)), payer: await market.payer(63n) };
      return () => fate(at.client, withdrawal(at, [blank(at, "c")]));
    },
  },
  {
    name: "coin/withdrawal-that-comes-late",
    reason: "expired",
    without: [
      never("mint", 'if (now >= notAfterMs) return tooLate(refuse(id, null, "expired"));', "now >= notAfterMs"),
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const message = withdrawal(at, [blank(at, "c")]);
      market.advance(2 * MINUTE_MS);
      return () => fate(at.client, message);
    },
  },
  {
    name: "coin/withdrawal-again-after-its-end",
    reason: "same-answer",
    without: [
      swap(
        "mint",
        'const fresh = outputs.filter((output) => view.get("issued", output.id) === undefined);',
        "const fresh = outputs;",
      ),
      never("mint", 'if (now >= notAfterMs) return tooLate(refuse(id, null, "expired"));', "now >= notAfterMs"),
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const message = withdrawal(at, [blank(at, "c")]);
      const first = await at.client.post(message);
      if (reasonIn(first) !== ACCEPTED) throw new Error("the withdrawal was refused");
      market.advance(2 * MINUTE_MS);
      return () => again(market, message, first, async () => "");
    },
  },
  {
    name: "coin/withdrawn-under-a-closed-key",
    reason: "key-closed",
    without: [
      never(
        "mint",
        'if (fresh.some(({ key }) => !isOpen(key, now))) return tooLate(refuse(id, null, "key-closed"));',
        "fresh.some(({ key }) => !isOpen(key, now))",
      ),
    ],
    async prepare(market) {
      const at = await counterOf(market);
      market.advance(30 * DAY_MS);
      return () => fate(at.client, withdrawal(at, [blank(at, "c")]));
    },
  },
];

const EXCHANGING: readonly Scenario[] = [
  {
    name: "coin/exchanged-for-more",
    reason: "wrong-total",
    without: [
      never(
        "mintAdmit",
        'if (totalIn !== totalOf(named.value) + deposited) return refuse(id, "wrong-total");',
        "totalIn !== totalOf(named.value) + deposited",
      ),
      NO_SUM,
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const coins = await withdrawn(at, "c", [64n]);
      return () => fate(at.client, exchange(at, coins, [blank(at, "more", 128n)]));
    },
  },
  {
    name: "coin/exchanged-by-somebody-who-saw-it",
    reason: "wrong-spend",
    without: [ANY_REFRESHER],
    async prepare(market) {
      const at = await counterOf(market);
      const coins = await withdrawn(at, "c", [64n]);
      return () => fate(at.client, exchange(at, coins, [blank(at, "thief's")], { signer: stranger(market) }));
    },
  },
  {
    name: "coin/deposit-sent-to-another-account",
    reason: "wrong-spend",
    without: [
      swap(
        "mintAdmit",
        'H(crypto, "refresh-hash/1", encode(refreshSchema, refresh))',
        'H(crypto, "refresh-hash/1", encode(refreshSchema, { ...refresh, deposit: null }))',
      ),
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const coins = await withdrawn(at, "c", [64n]);
      const deposit = { account: at.payer.publicKey, amountMinor: 64n };
      const message = decode(refreshRequest, exchange(at, coins, [], { deposit }));
      if (!message.ok) throw new Error(message.reason);
      const account = (await market.payer()).publicKey;
      const refresh = { ...message.value.refresh, deposit: { ...deposit, account } };
      return () => fate(at.client, encode(refreshRequest, { ...message.value, refresh }));
    },
  },
  {
    name: "coin/exchanged-for-what-was-issued",
    reason: "already-issued",
    without: [
      never(
        "mint",
        'if (outputs.some(({ id }) => view.get("issued", id) !== undefined)) return "already-issued" as const;',
        'outputs.some(({ id }) => view.get("issued", id) !== undefined)',
      ),
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const [one] = (await withdrawn(at, "c", [64n, 64n])) as [MadeCoin];
      return () => fate(at.client, exchange(at, [one], [blank(at, "c 1")]));
    },
  },
  {
    name: "coin/exchanged-at-another-bank",
    reason: "wrong-bank",
    without: [
      never(
        "mintAdmit",
        'if (refresh.bank !== key.publicKey) return refuse(id, "wrong-bank");',
        "refresh.bank !== key.publicKey",
      ),
    ],
    async prepare(market) {
      const at = await counterOf(market);
      const coins = await withdrawn(at, "c", [64n]);
      return () => fate(at.client, exchange(at, coins, [blank(at, "d")], { bank: newNonce() }));
    },
  },
];

/** As `withdrawSchema`, but for the limit. */
const BOUNDLESS = record("withdraw/1", {
  bank: hex32,
  account: hex32,
  notAfterMs: instant,
  outputs: list(outputSchema, 1_000),
});

const BENT: readonly Scenario[] = [
  {
    name: "truncated/coin/withdrawal",
    reason: "malformed",
    without: [LENIENT],
    async prepare(market) {
      const at = await counterOf(market);
      const end = market.ports.clock() + MINUTE_MS;
      const message = await endingInZero(
        (
          (tried) => () =>
            withdrawal(at, [blank(at, "c")], { notAfterMs: end + tried++ })
        )(0),
        (made) => made,
      );
      return () => fate(at.client, message.subarray(0, -1));
    },
  },
  {
    name: "not-canonical/coin/refresh",
    reason: "malformed",
    without: [ANY_ENCODING],
    async prepare(market) {
      const at = await counterOf(market);
      const coins = await withdrawn(at, "c", [64n]);
      return () => fate(at.client, longer(exchange(at, coins, [blank(at, "d")])));
    },
  },
  {
    name: "over-the-limit/coin/outputs-of-a-withdrawal",
    reason: "malformed",
    without: [swap("coin", "export const COINS_LIMIT = 64;", "export const COINS_LIMIT = 65;")],
    async prepare(market) {
      const at = await counterOf(market);
      const many = Array.from({ length: 65 }, (_, i) => blank(at, `c ${i}`, 1n).output);
      const bank = market.bank.key;
      const body = { bank, account: at.payer.publicKey, notAfterMs: market.ports.clock() + MINUTE_MS, outputs: many };
      const withdraw = sign(market.crypto, at.payer, BOUNDLESS, body);
      return () => fate(at.client, encode(withdrawRequest, { withdraw }));
    },
  },
];

const OPERATING: readonly Scenario[] = [
  {
    name: "operator/of-a-stranger",
    reason: "wrong-signature",
    without: [
      never(
        "bank",
        'if (sender !== key.publicKey) throw new NotAdmitted("wrong-signature");',
        "sender !== key.publicKey",
      ),
    ],
    async prepare(market) {
      const notAfterMs = market.ports.clock() + MINUTE_MS;
      const envelope = { recipient: market.bank.key, session: newNonce(), previous: ZERO_HASH, notAfterMs };
      const request = { kind: "thresholds", thresholds: STRANGE, after: 0 } as const;
      return () => fate(market.client, post(market.crypto, stranger(market), operatorRequest, envelope, request));
    },
  },
];

export const COINS: readonly Scenario[] = [...PAYING, ...WITHDRAWING, ...EXCHANGING, ...BENT, ...OPERATING];

/** So that nothing is reported any more. */
const STRANGE = { recordAboveMinor: 1n << 61n, reportAboveMinor: 1n << 61n, perDay: false };

function bent(coin: MadeCoin): MadeCoin {
  const signature = coin.coin.signature.map((byte, i) => (i === 128 ? byte ^ 1 : byte));
  return { ...coin, coin: { ...coin.coin, signature } };
}
