/** Forgeries of what a purse is told: keys for one holder alone, coins that are none, refusals that prove nothing (P§2D). */
import { encode, type Hex, HOUR_MS } from "@counterfoil/base";
import { type Crypto, sign, ZERO_HASH } from "@counterfoil/crypto";
import {
  type BankReason,
  bankAnswer,
  type CoinKey,
  type CoinKeys,
  coinKeysSchema,
  depositedSchema,
  refusalSchema,
  type UsedCoin,
} from "@counterfoil/protocols/money";
import { contradict, readKeys } from "@counterfoil/protocols/purse";
import { keyNamed } from "../../packages/protocols/src/money/bank.fixture.ts";
import { purseOf, richPurseOf, type TestPurse } from "../../packages/protocols/src/purse/market.fixture.ts";
import type { Edit } from "../refusals/scenario.ts";
import { never, swap } from "../refusals/scenario.ts";
import type { Forgery } from "./forgery.ts";
import { NOW, type World, worldOf } from "./world.ts";

type Bend = (list: CoinKeys, hash: Hex) => Partial<CoinKeys>;

const FORGET = swap("purseKeys", 'if (clash(crypto, known, learned)) return refused("contradicts-known");', "");

function keyForOne(what: string, bend: Bend, without: readonly Edit[] = [FORGET]): Forgery {
  return {
    name: `a key for one holder: ${what}`,
    held: "contradicts-known, and the proof is kept",
    broken: "done",
    without,
    attempt(crypto) {
      const { said, kept } = learning(worldOf(crypto), bend);
      return kept ? `${said}, and the proof is kept` : said;
    },
  };
}

/** A purse that believes a list hears another. */
function learning(world: World, bend: Bend): { said: string; kept: boolean } {
  const { at, crypto } = world;
  const purse = purseOf(at, "ann", NOW);
  const known = readKeys(crypto, at.mint.list());
  const next = { ...known.list, sequence: known.list.sequence + 1, previous: known.hash, issuedMs: NOW };
  const list = sign(crypto, at.config.key, coinKeysSchema, { ...next, ...bend(known.list, known.hash) });
  const said = purse.ask({ kind: "keys", bank: purse.bank, unit: known.list.unit, url: "", list }, NOW);
  const fault = purse.desk.view.get("key_fault", `${purse.bank}/${known.hash}`);
  return { said, kept: fault !== undefined && contradict(crypto, purse.bank, fault.one, fault.other) };
}

function withFirst(list: CoinKeys, change: (key: CoinKey) => Partial<CoinKey>): readonly CoinKey[] {
  return list.keys.map((key, i) => (i === 0 ? { ...key, ...change(key) } : key));
}

const BENT_MODULI: readonly (readonly [string, (modulus: Uint8Array) => Uint8Array])[] = [
  ["of a bit less", (modulus) => modulus.map((byte, i) => (i === 0 ? byte & 0x7f : byte))],
  ["that is even", (modulus) => modulus.map((byte, i) => (i === 255 ? byte & 0xfe : byte))],
  ["of 2400 bits", () => new Uint8Array(300).fill(0xff)],
];

export const DECEIVING: readonly Forgery[] = [
  keyForOne("two lists of one number", (list) => ({ sequence: list.sequence, previous: list.previous })),
  keyForOne("a changed key", (list) => ({
    keys: withFirst(list, (key) => ({ refreshUntilMs: key.refreshUntilMs + HOUR_MS })),
  })),
  keyForOne("a list out of the chain", () => ({ previous: ZERO_HASH })),
  keyForOne("a key taken back", (list) => ({ keys: list.keys.slice(1) })),
  ...BENT_MODULI.map(
    ([what, bend]): Forgery => ({
      name: `a modulus ${what}`,
      held: "wrong-key",
      broken: "done",
      without: [swap("purseKeys", "isCoinModulus(key.modulus) && power", "power")],
      attempt(crypto) {
        const world = worldOf(crypto);
        const { list } = readKeys(crypto, world.at.mint.list());
        const key = keyNamed(crypto, "another bank");
        const bank = key.publicKey;
        const keys = withFirst(list, ({ modulus }) => ({ modulus: bend(modulus) })).map((each) => ({ ...each, bank }));
        const bent = sign(crypto, key, coinKeysSchema, { ...list, bank, keys });
        const purse = purseOf(world.at, "ann", NOW);
        return purse.ask({ kind: "keys", bank, unit: list.unit, url: "", list: bent }, NOW);
      },
    }),
  ),
  {
    name: "epochs of a second, one for each holder",
    held: "wrong-key",
    broken: "done",
    without: [never("purseKeys", "if (!areFarApart(list, shortestEpochMs))", "!areFarApart(list, shortestEpochMs)")],
    attempt(crypto) {
      const bend: Bend = (list) => {
        const [key] = list.keys as [CoinKey];
        const own = { ...key, epoch: 77, withdrawFromMs: key.withdrawFromMs + 1_000 };
        return { keys: [...list.keys, own] };
      };
      return learning(worldOf(crypto), bend).said;
    },
  },
  {
    name: "a refusal that nobody signed",
    held: "asked, 0 lost",
    broken: "refused, 1 lost",
    without: [
      swap(
        "purseHearing",
        "if (!opened.ok || opened.value.value.about !== id) return null;",
        "if (!opened.ok) return null;",
      ),
      swap(
        "purseHearing",
        "open(crypto, refusalSchema, answer.refusal, () => row.bank)",
        "read(refusalSchema, answer.refusal)",
      ),
      swap(
        "purseHearing",
        'import { type Crypto, open } from "@counterfoil/crypto";',
        'import { type Crypto, open, read } from "@counterfoil/crypto";',
      ),
    ],
    attempt(crypto) {
      const { world, purse, id } = exchanging(crypto);
      const ended = world.key().refreshUntilMs;
      purse.ask(
        { kind: "heard", id, answer: refusal(world, id, "coin-expired", [], keyNamed(crypto, "thief")) },
        ended,
      );
      return told(purse, id);
    },
  },
  {
    name: "a bank that says a coin was used and cannot show it",
    held: "asked, 0 lost",
    broken: "refused, 1 lost",
    without: [swap("purseHearing", "&& isDigestSigned(crypto, coin.public_key, digest, statement);", ";")],
    attempt(crypto) {
      const { world, purse, id, coinId } = exchanging(crypto);
      const claimed = { coinId, digest: "5a".repeat(32), statement: new Uint8Array(64) };
      purse.ask({ kind: "heard", id, answer: refusal(world, id, "coin-used", [claimed]) }, NOW);
      return told(purse, id);
    },
  },
  {
    name: "a bank that says a living coin is over",
    held: "asked, 0 lost",
    broken: "refused, 1 lost",
    without: [swap("purseHearing", "return key === undefined || now >= key.refreshUntilMs;", "return true;")],
    attempt(crypto) {
      const { world, purse, id } = exchanging(crypto);
      purse.ask({ kind: "heard", id, answer: refusal(world, id, "coin-expired") }, NOW);
      return told(purse, id);
    },
  },
  {
    name: "signatures that are none",
    held: "asked, 0 available",
    broken: "done, 64 available",
    without: [
      swap("blind", "return verifyBlind(crypto, modulus, message, signature) ? signature : null;", "return signature;"),
    ],
    attempt(crypto) {
      const { purse, id } = exchanging(crypto);
      const signatures = [crypto.sha256(new Uint8Array(1))].map((each) => {
        const padded = new Uint8Array(256);
        padded.set(each, 100);
        return padded;
      });
      const answer = encode(bankAnswer, { kind: "issued", request: id, signatures, deposited: null });
      purse.ask({ kind: "heard", id, answer }, NOW);
      const { phase } = purse.desk.view.get("errand", id) ?? {};
      return `${phase}, ${purse.desk.view.get("purse", purse.bank)?.available} available`;
    },
  },
  {
    name: "a deposit of less than was given",
    held: "asked, 0 lost",
    broken: "done, 0 lost",
    without: [swap("purseHearing", "&& amountMinor === asked.amountMinor;", ";")],
    attempt(crypto) {
      const { world, purse, id } = exchanging(crypto, true);
      const body = { bank: purse.bank, request: id, account: purse.config.account.publicKey, amountMinor: 1n };
      const deposited = sign(crypto, world.at.config.key, depositedSchema, body);
      const answer = encode(bankAnswer, { kind: "issued", request: id, signatures: [], deposited });
      purse.ask({ kind: "heard", id, answer }, NOW);
      return told(purse, id);
    },
  },
];

/** A purse that has asked for one coin's exchange, or deposit, and has no answer. */
function exchanging(crypto: Crypto, deposits = false): { world: World; purse: TestPurse; id: Hex; coinId: Hex } {
  const world = worldOf(crypto);
  const purse = richPurseOf(world.at, "ann", NOW, 1_000n);
  purse.ask({ kind: "withdraw", bank: purse.bank, plan: [64n], notAfterMs: NOW + HOUR_MS }, NOW);
  purse.talk(NOW);
  const [[coinId]] = purse.coins() as [readonly [Hex, unknown]];
  const deposit = deposits ? { account: purse.config.account.publicKey, amountMinor: 64n } : null;
  const plan = deposits ? [] : [64n];
  purse.ask({ kind: "refresh", bank: purse.bank, coinIds: [coinId], plan, deposit }, NOW);
  const [send] = purse.desk.takeSends();
  return { world, purse, id: send?.about as Hex, coinId };
}

function refusal(
  world: World,
  about: Hex,
  reason: BankReason,
  used: readonly UsedCoin[] = [],
  by = world.at.config.key,
) {
  const body = { bank: world.at.config.key.publicKey, about, slipHash: null, reason };
  return encode(bankAnswer, {
    kind: "refused",
    refusal: sign(world.crypto, by, refusalSchema, body),
    paid: null,
    used,
    lock: null,
  });
}

function told(purse: TestPurse, id: Hex): string {
  return `${purse.desk.view.get("errand", id)?.phase}, ${purse.coins("lost").length + purse.coins("spent").length} lost`;
}
