/** Forgeries of withdrawals, refreshes and reissues, and of what one coin is made from (P§2D, P§7D "Bank"). */
import { type Hex, HOUR_MS, toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { type Coin, keyIdOf } from "@counterfoil/protocols/money";
import { blindCoins, type Place, unblindCoin } from "@counterfoil/protocols/purse";
import { grantTo, keyNamed } from "../../packages/protocols/src/money/bank.fixture.ts";
import {
  type Blank,
  type MadeCoin,
  mintBench,
  refreshing,
  reissuing,
  unblinded,
  withdrawing,
} from "../../packages/protocols/src/money/coins.fixture.ts";
import { hearWithMint } from "../../packages/protocols/src/money/mint.fixture.ts";
import { purseOf } from "../../packages/protocols/src/purse/market.fixture.ts";
import { never, swap } from "../refusals/scenario.ts";
import type { Forgery } from "./forgery.ts";
import { NOW, type World, worldOf } from "./world.ts";

const FRESH = 'const fresh = outputs.filter((output) => view.get("issued", output.id) === undefined);';
const USED = 'if (used.length > 0) return refuse(id, null, "coin-used", { used });';
const DONE =
  'if (rows.some((row) => row?.state === "REFRESHED" && row.by === id)) return { writes: [], outcome: done };';
const SPENT = 'if (used.length > 0) return { reason: "coin-used", used } as const;';

export const MINTING: readonly Forgery[] = [
  {
    name: "one value in two withdrawals, from two devices of one seed",
    held: "the same 3 coins, 100 debited",
    broken: "the same 3 coins, 200 debited",
    without: [swap("mint", FRESH, "const fresh = outputs;")],
    attempt(crypto) {
      const world = worldOf(crypto);
      const account = keyNamed(crypto, "ann").publicKey;
      grantTo(world.at, account, 1_000n);
      const devices = [NOW + HOUR_MS, NOW + 2 * HOUR_MS].map((notAfterMs) => {
        const purse = purseOf(world.at, "ann", NOW);
        purse.ask({ kind: "withdraw", bank: purse.bank, plan: [64n, 32n, 4n], notAfterMs }, NOW);
        purse.talk(NOW);
        return purse.coins().map(([id]) => id);
      });
      const [one, other] = devices as [Hex[], Hex[]];
      const same = one.length === 3 && one.every((id, i) => id === other[i]) ? "the same 3 coins" : "other coins";
      return `${same}, ${1_000n - world.balance(account)} debited`;
    },
  },
  {
    name: "a withdrawal that is copied and comes again after its end",
    held: "expired, 0 debited",
    broken: "issued, 64 debited",
    without: [never("mint", "if (now >= notAfterMs)", "now >= notAfterMs")],
    attempt(crypto) {
      const world = worldOf(crypto);
      const message = withdrawing(world.at, [world.blank("a")], { notAfterMs: NOW + 1 });
      const before = world.balance(world.at.payer.publicKey);
      const said = world.say(message, NOW + 1);
      return `${said}, ${before - world.balance(world.at.payer.publicKey)} debited`;
    },
  },
  {
    name: "a refresh whose answer was lost",
    held: "the same bytes",
    broken: "coin-used",
    without: [swap("mint", DONE, "")],
    attempt(crypto) {
      const world = worldOf(crypto);
      const message = refreshing(world.at, world.withdrawn("a", [64n]), [world.blank("b")]);
      const first = toHex(hearWithMint(world.at.config, world.at.desk, message, NOW));
      const again = toHex(hearWithMint(world.at.config, world.at.desk, message, NOW + 30 * HOUR_MS));
      return first === again ? "the same bytes" : world.say(message);
    },
  },
  {
    name: "a coin exchanged twice",
    held: "issued, coin-used, 64 out",
    broken: "issued, issued, 128 out, and the books do not add up",
    without: [never("mint", USED, "used.length > 0")],
    attempt(crypto) {
      const world = worldOf(crypto);
      const [one] = world.withdrawn("a", [64n, 64n]) as [MadeCoin];
      const said = ["b", "c"].map((name) => world.say(refreshing(world.at, [one], [world.blank(name)])));
      const live = world.rows("issued").length - world.rows("coin").length - 1;
      const books = world.faults().length === 0 ? "" : ", and the books do not add up";
      return `${said.join(", ")}, ${64 * live} out${books}`;
    },
  },
  {
    name: "paid with, then exchanged",
    held: "paid, coin-used",
    broken: "paid, issued",
    without: [never("mint", USED, "used.length > 0")],
    attempt(crypto) {
      const world = worldOf(crypto);
      const coins = world.withdrawn("a", [64n, 64n]).slice(1);
      const paid = world.say(world.pays(world.sale("s", 64n), coins));
      return `${paid}, ${world.say(refreshing(world.at, coins, [world.blank("b")]))}`;
    },
  },
  {
    name: "exchanged, then paid with",
    held: "issued, coin-used",
    broken: "issued, paid",
    without: [never("mint", SPENT, "used.length > 0")],
    attempt(crypto) {
      const world = worldOf(crypto);
      const coins = world.withdrawn("a", [64n, 64n]).slice(1);
      const said = world.say(refreshing(world.at, coins, [world.blank("b")]));
      return `${said}, ${world.say(world.pays(world.sale("s", 64n), coins))}`;
    },
  },
  {
    name: "a refresh whose deposit is sent elsewhere on its way",
    held: "wrong-spend, 0 to the thief",
    broken: "issued, 64 to the thief",
    without: [
      never(
        "mintAdmit",
        "if (!isDigestSigned(config.crypto, coin.publicKey, id, statement))",
        "!isDigestSigned(config.crypto, coin.publicKey, id, statement)",
      ),
    ],
    attempt(crypto) {
      const world = worldOf(crypto);
      const coins = world.withdrawn("a", [64n]);
      const thief = keyNamed(crypto, "thief");
      const deposit = { account: thief.publicKey, amountMinor: 64n };
      const said = world.say(refreshing(world.at, coins, [], { deposit, signer: thief }));
      return `${said}, ${world.balance(thief.publicKey)} to the thief`;
    },
  },
  {
    name: "more out of a refresh than went in",
    held: "wrong-total",
    broken: "issued",
    without: [
      never(
        "mintAdmit",
        "if (totalIn !== totalOf(named.value) + deposited)",
        "totalIn !== totalOf(named.value) + deposited",
      ),
      swap("accounts", 'assert(sum === 0n, "a transaction sums to zero");', ""),
    ],
    attempt(crypto) {
      const world = worldOf(crypto);
      return world.say(refreshing(world.at, world.withdrawn("a", [64n]), [world.blank("b", 512n)]));
    },
  },
  {
    name: "a reissue of what was never issued",
    held: "nothing, 0 debited",
    broken: "a coin, 0 debited",
    without: [
      swap(
        "mint",
        '(view.get("issued", output.id) === undefined ? null : output)',
        '(view.get("issued", output.id) === undefined ? output : output)',
      ),
    ],
    attempt(crypto) {
      const world = worldOf(crypto);
      const blank = world.blank("a");
      const before = world.balance(world.at.payer.publicKey);
      const answer = world.read(reissuing(world.at, [blank]));
      const [signature] = answer.kind === "reissued" ? answer.signatures : [];
      const made = signature instanceof Uint8Array && isCoin(world, blank, signature) ? "a coin" : "nothing";
      return `${made}, ${before - world.balance(world.at.payer.publicKey)} debited`;
    },
  },
  {
    name: "a restricted coin exchanged for money without the restriction",
    held: "certified-delivery-only",
    broken: "issued",
    without: [
      never(
        "mint",
        "if (restricted && (deposits || outputs.some(({ key }) => !key.certifiedOnly)))",
        "restricted && (deposits || outputs.some(({ key }) => !key.certifiedOnly))",
      ),
    ],
    attempt(crypto) {
      const world = worldOf(crypto, mintBench(crypto, [{ epoch: 0, from: NOW - HOUR_MS, certifiedOnly: true }]));
      const coins = world.withdrawn("a", [64n]);
      const deposit = { account: world.at.payer.publicKey, amountMinor: 64n };
      return world.say(refreshing(world.at, coins, [], { deposit }));
    },
  },
  {
    name: "two encodings under one blinding factor: a purse has one factor for each coin",
    held: "no two linked",
    broken: "linked",
    without: [swap("purseSecrets", 'KDF(crypto, secret, "factor"', 'KDF(crypto, seed, "factor"')],
    attempt(crypto) {
      const world = worldOf(crypto);
      const blinded = blindCoins(crypto, crypto.sha256(new Uint8Array(1)), placesOf(world)) ?? [];
      const values = blinded.map(({ output }) => output.blinded);
      const signatures = blinded.map((each) => {
        const coin = unblindCoin(crypto, each, world.at.mint.signerOf(each.output.keyId).sign(each.output.blinded));
        return (coin as Coin).signature;
      });
      return links(crypto, world.key().modulus, values, signatures) > 0 ? "linked" : "no two linked";
    },
  },
];

function isCoin({ crypto }: World, blank: Blank, signature: Uint8Array): boolean {
  try {
    return unblinded(crypto, blank, signature).coin.signature.length > 0;
  } catch {
    return false;
  }
}

/** All that differs in one thing only: the device, the stream, the place. */
function placesOf(world: World): readonly Place[] {
  const key = world.key();
  const keyId = keyIdOf(world.crypto, key);
  return [0, 1].flatMap((device) =>
    (["withdraw", "refresh"] as const).flatMap((stream) =>
      [0, 1].map((place): Place => ({ path: { device, stream, keyId, place }, key })),
    ),
  );
}

/**
 * What a bank can try with what it has seen: under one factor r, two blinded values EM·r^e are to each other as the two
 * encodings EM, and a signature shown later gives its encoding to anyone. @returns pairs of pairs that fit.
 */
function links(
  crypto: Crypto,
  modulus: Uint8Array,
  values: readonly Uint8Array[],
  signatures: readonly Uint8Array[],
): number {
  const n = integer(modulus);
  const blinded = values.map(integer);
  const encoded = signatures.map((signature) => integer(crypto.rsaPublic(modulus, signature)));
  let found = 0;
  for (const [a, one] of blinded.entries()) {
    for (const other of blinded.slice(a + 1)) {
      for (const [x, first] of encoded.entries()) {
        for (const [y, second] of encoded.entries())
          if (x !== y && (one * second) % n === (other * first) % n) found += 1;
      }
    }
  }
  return found;
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}
