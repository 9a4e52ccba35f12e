/** What a wallet does not take for coins, nor for its bank's keys. */

import { join } from "node:path";
import { encode } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import { bankAnswer, COIN_KEYS_TAG, type CoinKeys, coinKeysSchema } from "@counterfoil/protocols/money";
import { readKeys, readToken, type Token, writeToken } from "@counterfoil/protocols/purse";
import {
  bankConfig,
  type CashDesk,
  cashDesk,
  cashReport,
  learnKeys,
  Refusal,
  readSeed,
  receiveCash,
  sendCash,
  withdrawCash,
} from "@counterfoil/sdk";
import { ACCEPTED } from "../deal.ts";
import type { Market } from "../market.ts";
import { OPTIONS } from "../minted.ts";
import { never, type Scenario, swap } from "../scenario.ts";

export const PURSES: readonly Scenario[] = [
  {
    name: "purse/token-that-is-damaged",
    reason: "not-a-token",
    without: [
      swap(
        "token",
        "plain.startsWith(MARK) ? fromBase64Url(plain.slice(MARK.length)) : null",
        "fromBase64Url(plain.slice(MARK.length))",
      ),
    ],
    prepare: (market) => receiving(market, (written) => written.replace("cfcoins1", "cfcoin1s")),
  },
  {
    name: "purse/coin-that-is-damaged",
    reason: "wrong-coin-signature",
    // The purse looks first, and the bank looks again.
    without: [
      never(
        "token",
        "if (!verifyBlind(crypto, key.modulus, coinMessageOf(crypto, coin), signature))\n",
        "!verifyBlind(crypto, key.modulus, coinMessageOf(crypto, coin), signature)",
      ),
      never(
        "mintAdmit",
        "if (!verifyBlind(crypto, key.modulus, coinMessageOf(crypto, coin), coin.signature)) {",
        "!verifyBlind(crypto, key.modulus, coinMessageOf(crypto, coin), coin.signature)",
      ),
    ],
    prepare: (market) =>
      receiving(
        market,
        bending((token) => ({ ...token, coins: token.coins.map(bent) })),
      ),
  },
  {
    name: "purse/token-of-another-bank",
    reason: "another-bank",
    // The desk looks first, and the purse looks again.
    without: [
      never("cash", "  if (token.bank !== bank) {", "token.bank !== bank"),
      swap(
        "token",
        "if (token.bank !== keys.bank || token.unit !== keys.unit) return",
        "if (token.unit !== keys.unit) return",
      ),
    ],
    prepare: (market) =>
      receiving(
        market,
        bending((token) => ({ ...token, bank: "11".repeat(32) })),
      ),
  },
  {
    name: "purse/list-with-another-key",
    reason: "contradicts-known",
    without: [
      never(
        "purseKeys",
        'if (clash(crypto, known, learned)) return refused("contradicts-known");',
        "clash(crypto, known, learned)",
      ),
    ],
    async prepare(market) {
      const desk = await deskOf(market);
      const purse = await learnKeys(desk);
      const served = await market.listen([listing(changed(market, purse.keys))], market.page);
      return unlessChanged(desk, () => learnKeys({ ...desk, url: served.url }));
    },
  },
];

/** Somebody else's coins, handed over, and what becomes of them on their way. */
async function receiving(market: Market, onItsWay: (written: string) => string): Promise<() => Promise<string>> {
  const [ann, bob] = [await deskOf(market), await deskOf(market)];
  await withdrawCash(ann, 100n);
  await learnKeys(bob);
  const [handed] = await sendCash(ann, 64n, 1);
  const token = onItsWay((handed as { token: string }).token);
  return unlessChanged(bob, () => receiveCash(bob, token));
}

async function deskOf(market: Market): Promise<CashDesk> {
  return cashDesk(await market.wallet(500n), market.visit, market.ports);
}

/** The reason of a refusal that has left the purse as it was. */
async function unlessChanged(desk: CashDesk, action: () => Promise<unknown>): Promise<() => Promise<string>> {
  const standing = async () => {
    const { standing: sums, unknownMinor } = await cashReport(desk.wallet, desk.bank);
    const keys = (await desk.wallet.purse(desk.bank))?.keys ?? new Uint8Array(0);
    return JSON.stringify([sums, unknownMinor, Buffer.from(keys).toString("hex")], (_, each) =>
      typeof each === "bigint" ? `${each}` : each,
    );
  };
  const before = await standing();
  return async () => {
    try {
      await action();
      return ACCEPTED;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return (await standing()) === before ? error.reason : `${error.reason}, and the purse is another`;
    }
  };
}

function bending(change: (token: Token) => Token): (written: string) => string {
  return (written) => {
    const token = readToken(written);
    if (!token.ok) throw new Error(token.reason);
    return writeToken(change(token.value));
  };
}

function bent<C extends { readonly signature: Uint8Array }>(coin: C): C {
  return { ...coin, signature: coin.signature.map((byte, i) => (i === 128 ? byte ^ 1 : byte)) };
}

/** The same list, by the bank's own hand, with a key that only this wallet is shown. */
function changed({ crypto, folder }: Market, known: Uint8Array): Uint8Array {
  const { list } = readKeys(crypto, known);
  const { key } = bankConfig(crypto, readSeed(join(folder, "bank")) as Uint8Array, OPTIONS);
  const [first, ...rest] = list.keys;
  const own = { ...first, refreshUntilMs: (first?.refreshUntilMs ?? 0) + 1 } as CoinKeys["keys"][number];
  return sign(crypto, key, coinKeysSchema, { ...list, keys: [own, ...rest] });
}

function listing(list: Uint8Array) {
  return { name: "list", tags: [COIN_KEYS_TAG], handle: async () => encode(bankAnswer, { kind: "coin-keys", list }) };
}
