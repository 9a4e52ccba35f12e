/** Forgeries of a payment by coins (P§2D check 4, P§7D "Bank"). */
import { type Hex, toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import {
  type CoinKey,
  coinIdOf,
  coinSetOf,
  isDigestSigned,
  type SignedCoin,
  spendDigestOf,
  type UsedCoin,
} from "@counterfoil/protocols/money";
import { aborting, keyNamed, type Sale, saleOf, settling } from "../../packages/protocols/src/money/bank.fixture.ts";
import {
  blankOf,
  byCoins,
  type MadeCoin,
  spending,
  unblinded,
} from "../../packages/protocols/src/money/coins.fixture.ts";
import { TEST_RSA, type TestRsa } from "../../packages/protocols/src/money/rsa.fixture.ts";
import { never, swap } from "../refusals/scenario.ts";
import type { Forgery } from "./forgery.ts";
import { HOUR_MS, NOW, ORDER_MS, type World, worldOf } from "./world.ts";

const SIGNATURE = "!verifyBlind(crypto, key.modulus, coinMessageOf(crypto, coin), coin.signature)";
const NO_SIGNATURE = never("mintAdmit", `if (${SIGNATURE}) {`, SIGNATURE);
const NO_ROW = swap("settle", "if (row !== undefined) return repeated(command, row, view, now);", "");
const NEVER_USED = never(
  "mint",
  'if (used.length > 0) return { reason: "coin-used", used } as const;',
  "used.length > 0",
);
const SPEND = 'return H(crypto, "spend/1", raw(coinId), raw(slipHash), raw(coinSet));';

export const PAYING: readonly Forgery[] = [
  {
    name: "one coin twice in a payment",
    held: "wrong-coins, 0 to the merchant",
    broken: "paid, 128 to the merchant",
    without: [swap("mintAdmit", "named.length === 0 || !distinct", "named.length === 0")],
    attempt(crypto) {
      const world = worldOf(crypto);
      const [one] = world.withdrawn("a", [64n, 64n]) as [MadeCoin];
      const said = world.say(world.pays(world.sale("s", 128n), [one, one]));
      return `${said}, ${world.balance(world.at.merchant.publicKey)} to the merchant`;
    },
  },
  {
    name: "one bad coin in 64",
    held: "wrong-coin-signature, 64 free",
    broken: "paid, 0 free",
    without: [NO_SIGNATURE],
    attempt(crypto) {
      const world = worldOf(crypto);
      const good = world.withdrawn("many", Array(64).fill(1n));
      const coins = [...good.slice(1), bent(world.stolen("bad", 1n))];
      const said = world.say(world.pays(world.sale("s", 64n), coins));
      return `${said}, ${coins.filter((coin) => world.stateOf(coin) === "free").length} free`;
    },
  },
  {
    name: "a receipt after the order's end",
    held: "the receipt, byte for byte",
    broken: "expired",
    without: [
      swap(
        "settle",
        "if (row !== undefined) return repeated",
        "if (row !== undefined && now < slip.notAfterMs) return repeated",
      ),
    ],
    attempt(crypto) {
      const world = worldOf(crypto);
      const message = world.pays(world.sale("s", 64n), world.withdrawn("a", [64n]));
      const first = world.at.desk.hear(message, NOW);
      const said = world.say(message, NOW + ORDER_MS + HOUR_MS);
      const same = world.at.desk.hear(message, NOW + ORDER_MS + HOUR_MS).every((byte, i) => byte === first[i]);
      return said === "paid" && same ? "the receipt, byte for byte" : said;
    },
  },
  {
    name: "other coins offered for what is paid",
    held: "paid, the others free, 64 to the merchant",
    broken: "paid, the others SPENT, 128 to the merchant",
    without: [NO_ROW],
    attempt(crypto) {
      const world = worldOf(crypto);
      const [one, other] = world.withdrawn("a", [64n, 64n]) as [MadeCoin, MadeCoin];
      const sale = world.sale("s", 64n);
      world.say(world.pays(sale, [one]));
      const said = world.say(world.pays(sale, [other]));
      const { publicKey } = world.at.merchant;
      return `${said}, the others ${world.stateOf(other)}, ${world.balance(publicKey)} to the merchant`;
    },
  },
  {
    name: "coins for an order that was aborted",
    held: "aborted, aborted, free",
    broken: "aborted, paid, SPENT",
    without: [NO_ROW],
    attempt(crypto) {
      const world = worldOf(crypto);
      const [one] = world.withdrawn("a", [64n]) as [MadeCoin];
      const sale = world.sale("s", 64n);
      const said = [world.say(aborting(world.at, sale)), world.say(world.pays(sale, [one]))];
      return `${said.join(", ")}, ${world.stateOf(one)}`;
    },
  },
  {
    name: "an abort of what coins have paid",
    held: "paid, paid, PAID",
    broken: "paid, aborted, ABORTED",
    without: [
      swap(
        "settle",
        "  if (stands !== null) return { writes: [], outcome: stands };\n  const untilMs",
        "  const untilMs",
      ),
    ],
    attempt(crypto) {
      const world = worldOf(crypto);
      const sale = world.sale("s", 64n);
      const said = [world.say(world.pays(sale, world.withdrawn("a", [64n]))), world.say(aborting(world.at, sale))];
      return `${said.join(", ")}, ${world.at.desk.view.get("sale", sale.slip.tid)?.phase}`;
    },
  },
  {
    name: "one coin to two shops: one is paid, the other can prove why not",
    held: "paid, coin-used, proved by the coin's own key, no word of the first sale",
    broken: "paid, paid",
    without: [NEVER_USED],
    attempt(crypto) {
      const world = worldOf(crypto);
      const [coin] = world.withdrawn("a", [64n, 64n]) as [MadeCoin];
      const [first, second] = [world.sale("first", 64n), world.elsewhere("second", 64n)];
      const said = world.say(world.pays(first, [coin]));
      const answer = world.read(world.pays(second, [coin]));
      if (answer.kind !== "refused") return `${said}, ${answer.kind}`;
      const [used] = answer.used as [UsedCoin];
      const proved = isUsedElsewhere(crypto, coin, second.slipHash, used) ? "proved by the coin's own key" : "unproved";
      const text = tellsOf(world, world.pays(second, [coin]), first)
        ? "the first sale's text"
        : "no word of the first sale";
      return `${said}, ${world.say(world.pays(second, [coin]))}, ${proved}, ${text}`;
    },
  },
  {
    name: "a part of a payment, with a coin of the merchant's own",
    held: "wrong-total, wrong-spend, free",
    broken: "wrong-total, paid, SPENT",
    without: [swap("coin", SPEND, 'return H(crypto, "spend/1", raw(coinId), raw(slipHash));')],
    attempt(crypto) {
      const world = worldOf(crypto);
      const paid = world.withdrawn("a", [64n, 32n]);
      const [own] = world.withdrawn("of the merchant", [32n]) as [MadeCoin];
      const sale = world.sale("s", 96n);
      const [first] = spending(crypto, paid, sale.slipHash) as [SignedCoin];
      const [, added] = spending(crypto, [paid[0] as MadeCoin, own], sale.slipHash) as [SignedCoin, SignedCoin];
      const part = world.say(settling(sale, { kind: "coins", coins: [first] }));
      const mixed = world.say(settling(sale, { kind: "coins", coins: [first, added] }));
      return `${part}, ${mixed}, ${world.stateOf(paid[0] as MadeCoin)}`;
    },
  },
  {
    name: "a spend taken on its way, for another slip of another merchant",
    held: "wrong-spend, wrong-spend, 0 to the thief",
    broken: "paid, paid, 128 to the thief",
    without: [swap("coin", SPEND, 'return H(crypto, "spend/1", raw(coinId), raw(coinSet));')],
    attempt(crypto) {
      const world = worldOf(crypto);
      const [one, two] = world.withdrawn("a", [64n, 64n]) as [MadeCoin, MadeCoin];
      const said = [one, two].map((coin, i) => {
        const funding = byCoins(crypto, [coin], world.sale(`s${i}`, 64n).slipHash);
        return world.say(settling(world.elsewhere(`t${i}`, 64n), funding));
      });
      const thief = keyNamed(crypto, "another merchant").publicKey;
      return `${said.join(", ")}, ${world.balance(thief)} to the thief`;
    },
  },
  {
    name: "a coin that somebody else's key spends",
    held: "wrong-spend",
    broken: "paid",
    without: [
      never(
        "mintAdmit",
        "if (!isDigestSigned(crypto, each.coin.publicKey, digest, each.statement))",
        "!isDigestSigned(crypto, each.coin.publicKey, digest, each.statement)",
      ),
    ],
    attempt(crypto) {
      const world = worldOf(crypto);
      const [one] = world.withdrawn("a", [64n]) as [MadeCoin];
      return world.say(world.pays(world.sale("s", 64n), [{ ...one, signer: keyNamed(crypto, "thief") }]));
    },
  },
  {
    name: "coins of less than the price",
    held: "wrong-total",
    broken: "paid",
    without: [
      never("mintAdmit", "if (totalOf(named.value) !== priceMinor)", "totalOf(named.value) !== priceMinor"),
    ].concat(swap("accounts", 'assert(sum === 0n, "a transaction sums to zero");', "")),
    attempt(crypto) {
      const world = worldOf(crypto);
      return world.say(world.pays(world.sale("s", 128n), world.withdrawn("a", [64n])));
    },
  },
  {
    name: "a coin past its last payment",
    held: "coin-expired",
    broken: "paid",
    without: [
      never(
        "mint",
        "if (coins.some(({ key }) => now >= key.depositUntilMs))",
        "coins.some(({ key }) => now >= key.depositUntilMs)",
      ),
    ],
    attempt(crypto) {
      const world = worldOf(crypto);
      const { depositUntilMs } = world.key();
      const [one] = world.withdrawn("a", [64n]) as [MadeCoin];
      const sale = saleOf(world.at, "s", { priceMinor: 64n, notAfterMs: depositUntilMs + ORDER_MS });
      return world.say(world.pays(sale, [one]), depositUntilMs);
    },
  },
  {
    name: "a coin made with the mint's stolen key",
    held: "key-over-redeemed",
    broken: "paid",
    without: [
      never(
        "mint",
        'if (exceedsIssue(view, coins)) return { reason: "key-over-redeemed", used: [] } as const;',
        "exceedsIssue(view, coins)",
      ),
    ],
    attempt(crypto) {
      const world = worldOf(crypto);
      world.withdrawn("honest", [512n]);
      return world.say(world.pays(world.sale("s", 64n), [world.stolen("forged")]));
    },
  },
  {
    name: "a coin of another bank",
    held: "unknown-coin-key",
    broken: "paid",
    without: [keyIdWithout("bank", '"00".repeat(32)')],
    attempt: (crypto) => foreign(crypto, (at) => ({ ...at, bank: keyNamed(crypto, "another bank").publicKey })),
  },
  {
    name: "a coin of another unit",
    held: "unknown-coin-key",
    broken: "paid",
    without: [keyIdWithout("unit", '"XTS"')],
    attempt: (crypto) => foreign(crypto, (at) => ({ ...at, unit: "EUR" })),
  },
  {
    name: "a coin of one, shown as one of 512",
    held: "wrong-coin-signature",
    broken: "paid",
    // The mint of the tests has one modulus for all denominations, so that only the name keeps them apart.
    without: [
      swap(
        "coin",
        'H(crypto, "coin/1", raw(coin.keyId), raw(coin.publicKey))',
        'H(crypto, "coin/1", raw(coin.publicKey))',
      ),
    ],
    attempt(crypto) {
      const world = worldOf(crypto);
      const [one] = world.withdrawn("a", [1n, 512n]) as [MadeCoin];
      const { keyId } = world.blank("b", 512n);
      const coin = { ...one.coin, keyId };
      return world.say(world.pays(world.sale("s", 512n), [{ ...one, coin, coinId: coinIdOf(crypto, coin) }]));
    },
  },
];

export function bent(coin: MadeCoin): MadeCoin {
  const signature = coin.coin.signature.map((byte, i) => (i === 128 ? byte ^ 1 : byte));
  return { ...coin, coin: { ...coin.coin, signature } };
}

/** What the other shop shows to whoever doubts it: needs nothing but the coin it was given and the bank's refusal. */
function isUsedElsewhere(crypto: Crypto, { coin, coinId }: MadeCoin, slipHash: Hex, used: UsedCoin): boolean {
  const own = spendDigestOf(crypto, coinId, slipHash, coinSetOf(crypto, [coinId]));
  const named = coinIdOf(crypto, coin) === used.coinId && used.digest !== own;
  return named && isDigestSigned(crypto, coin.publicKey, used.digest, used.statement);
}

function tellsOf({ at }: World, message: Uint8Array, { slip, slipHash }: Sale): boolean {
  const answer = toHex(at.desk.hear(message, NOW));
  return [slip.tid, slipHash, slip.merchant, slip.poHash, slip.buyer, slip.offerHash].some((each) =>
    answer.includes(each),
  );
}

/** As if the key's name did not bind the field. */
function keyIdWithout(field: "bank" | "unit", fixed: string) {
  const line = 'return H(crypto, "coin-key-id/1", encode(coinKeySchema, key));';
  return swap("coin", line, line.replace("key)", `{ ...key, ${field}: ${fixed} })`));
}

/** A coin as good as any, under a key that differs from this bank's in nothing but what is said. */
function foreign(crypto: Crypto, change: (key: CoinKey) => CoinKey): string {
  const world = worldOf(crypto);
  world.withdrawn("honest", [64n]);
  const blank = blankOf(crypto, change(world.key()), "foreign");
  const coin = unblinded(crypto, blank, (TEST_RSA[0] as TestRsa).sign(blank.output.blinded));
  return world.say(world.pays(world.sale("s", 64n), [coin]));
}
