/** A purse against the bank it has its coins from: withdraw, pay, refresh, deposit, and every answer lost once. */
import { encodeItems, type Hex, HOUR_MS, MINUTE_MS } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { desk } from "../desk.fixture.ts";
import type { Authority, Send } from "../index.ts";
import { bench, grantTo, keyNamed, NOW, PRICE, saleOf, settling, UNIT, word } from "../money/bank.fixture.ts";
import { coinSetOf, type Funding, signDigest, spendDigestOf } from "../money/index.ts";
import { hearWithMint, testMint } from "../money/mint.fixture.ts";
import { signingKeyOf } from "./errands.ts";
import { bundleOf, choose } from "./plan.ts";
import { decidePurse, purseDue } from "./purse.ts";
import type { CoinRow, PurseCommand, PurseConfig, PurseOutcome, PurseTables } from "./rows.ts";

const crypto = await portableCrypto();

function market(epochs = [{ epoch: 0, from: NOW - HOUR_MS }]) {
  const bankKey = keyNamed(crypto, "bank");
  const mint = testMint(crypto, bankKey, UNIT, epochs);
  const at = bench(crypto, { mint });
  const account = keyNamed(crypto, "payer");
  grantTo(at, account.publicKey, 5_000n);
  const config: PurseConfig = {
    crypto,
    seed: crypto.sha256(encodeItems(["seed"])),
    account,
    spreadMs: 10 * MINUTE_MS,
    refillMs: HOUR_MS,
    shortestEpochMs: HOUR_MS,
  };
  const authority: Authority<PurseTables, PurseCommand, PurseOutcome, Send> = {
    admit: () => ({ ok: false, reason: "malformed" }),
    decide: (command, view, now) => decidePurse(config, command, view, now),
    answer: () => new Uint8Array(0),
    send: (send) => send,
    due: purseDue,
  };
  const purse = desk(authority);
  const bank = bankKey.publicKey;
  purse.decide({ kind: "keys", bank, unit: UNIT, url: "", list: mint.list(), restoring: false }, NOW);
  const talk = (now = NOW) => {
    for (const send of purse.takeSends()) {
      const answer = hearWithMint({ ...at.config, mint }, at.desk, send.bytes, now);
      purse.decide({ kind: "heard", id: send.about as Hex, answer }, now);
    }
  };
  const coins = () =>
    [...purse.rows]
      .filter(([place]) => place.startsWith("coin/"))
      .map(([place, row]) => ({ id: place.slice(5), row: row as unknown as CoinRow }));
  return { at, mint, config, purse, bank, talk, coins, account };
}

function coinFunding({ config, coins }: ReturnType<typeof market>, ids: readonly Hex[], slipHash: Hex): Funding {
  const set = coinSetOf(crypto, ids);
  return {
    kind: "coins",
    coins: ids.map((id) => {
      const { row } = coins().find((each) => each.id === id) as { row: CoinRow };
      const statement = signDigest(
        crypto,
        signingKeyOf(crypto, config.seed, row),
        spendDigestOf(crypto, id, slipHash, set),
      );
      const coin = { keyId: row.key_id, publicKey: row.public_key, prefix: row.prefix, signature: row.signature };
      return { coin, statement };
    }),
  };
}

describe("a purse", () => {
  test("withdraws, pays exactly, and the bank's books follow", () => {
    const here = market();
    here.purse.decide(
      { kind: "withdraw", bank: here.bank, plan: bundleOf(1000n, 512n), notAfterMs: NOW + HOUR_MS },
      NOW,
    );
    here.talk();
    expect(here.coins().reduce((sum, { row }) => sum + row.amount, 0n)).toBe(1000n);
    expect(here.purse.view.get("purse", here.bank)).toMatchObject({ available: 1000n, pending: 0n });
    const held = here.coins().map(({ id, row }) => ({ id, amountMinor: row.amount, epoch: row.epoch }));
    const choice = choose(held, PRICE, 512n);
    expect(choice.kind).toBe("exact");
    if (choice.kind !== "exact") return;
    const sale = saleOf(here.at, "first");
    const funding = coinFunding(
      here,
      choice.coins.map(({ id }) => id),
      sale.slipHash,
    );
    const message = settling(sale, funding);
    expect(word(here.at, here.at.desk.hear(message, NOW))).toBe("paid");
    expect(here.at.desk.view.get("account", "coins/0")?.balance).toBe(750n);
    expect(here.at.desk.view.get("account", here.at.merchant.publicKey)?.balance).toBe(PRICE);
  });

  test("refreshes a coin, and deposits", () => {
    const here = market();
    here.purse.decide({ kind: "withdraw", bank: here.bank, plan: [512n], notAfterMs: NOW + HOUR_MS }, NOW);
    here.talk();
    const [coin] = here.coins();
    here.purse.decide(
      { kind: "refresh", bank: here.bank, coinIds: [coin?.id as Hex], plan: [256n, 256n], deposit: null },
      NOW,
    );
    here.talk();
    const fresh = here.coins().filter(({ row }) => row.state === "available");
    expect(fresh.map(({ row }) => row.amount)).toEqual([256n, 256n]);
    const ids = fresh.map(({ id }) => id);
    const deposit = { account: here.account.publicKey, amountMinor: 512n };
    here.purse.decide({ kind: "refresh", bank: here.bank, coinIds: ids, plan: [], deposit }, NOW);
    here.talk();
    expect(here.coins().every(({ row }) => row.state === "exchanged")).toBe(true);
    expect(here.at.desk.view.get("account", here.account.publicKey)?.balance).toBe(5_000n);
  });
});
