/**
 * What a hostile review found around the moment of payment, each as a test: nobody is charged for goods that cannot be put
 * anywhere, damage on the buyer's disk accuses nobody, goods that do not open convict their seller, and a price is what was shown.
 */

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashFile, pieceLeaf, post, sign, treeRoot, ZERO_HASH } from "@counterfoil/crypto";
import { certificateSchema, goodsPointOf, makeEscrow } from "@counterfoil/protocols/contract";
import { encodeEvidence, ownerRequest } from "@counterfoil/protocols/exchange";
import {
  type BuyOptions,
  balance,
  buy,
  certificateOfListing,
  evidenceOfPayment,
  evidenceOfPurchase,
  finish,
  goodsPath,
  grant,
  judgedFileAt,
  newNonce,
  type OpenWallet,
  prepareListing,
  statement,
  verdictOn,
} from "@counterfoil/sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FUNDS_MINOR, type Market, openMarket, PRICE_MINOR } from "./refusals/market.ts";

let market: Market;

beforeEach(async () => {
  market = await openMarket();
});

afterEach(async () => {
  expect(market.bugs).toEqual([]);
  expect(await market.faults()).toEqual([]);
  await market.close();
});

const options = (changes: Partial<BuyOptions> = {}): BuyOptions => ({
  outPath: join(market.folder, "out", "goods.txt"),
  maxPriceMinor: null,
  bidMinor: null,
  credential: null,
  agree: async () => true,
  ...changes,
});

async function buyFrom(wallet: OpenWallet, pid: string, changes: Partial<BuyOptions> = {}) {
  return buy(market.visit, wallet, await market.visit.item(pid), options(changes), market.ports);
}

async function owned(wallet: OpenWallet): Promise<bigint> {
  const { crypto, clock } = market.ports;
  const { terms: bank, client } = market.visit.bank;
  return (await balance({ crypto, key: wallet.account, bank, client, clock })).balanceMinor;
}

test("goods that cannot be put in their place are not paid for", async () => {
  const wallet = await market.wallet(FUNDS_MINOR);
  const outPath = join(market.folder, "a-folder");
  mkdirSync(outPath);
  await expect(buyFrom(wallet, await market.list(), { outPath })).rejects.toMatchObject({ reason: "not-a-file" });
  expect(await owned(wallet)).toBe(FUNDS_MINOR);
});

test("when the place goes away after paying, it is said that they are paid, and another place will do", async () => {
  const wallet = await market.wallet(FUNDS_MINOR);
  const outPath = join(market.folder, "taken");
  const bought = await buyFrom(wallet, await market.list(), {
    outPath,
    onFetch: () => mkdirSync(outPath, { recursive: true }),
  });
  expect(bought.kind).toBe("undelivered");
  expect(await owned(wallet)).toBe(FUNDS_MINOR - PRICE_MINOR);
  const [known] = await wallet.purchases();
  if (known === undefined) throw new Error("the purchase is not in the wallet");
  const elsewhere = join(market.folder, "elsewhere.txt");
  expect((await finish(known, wallet, market.ports, { outPath: elsewhere })).kind).toBe("delivered");
  expect(existsSync(elsewhere)).toBe(true);
});

test.each(["damaged", "gone"])("goods %s on the buyer's disk are fetched again, and accuse nobody", async (how) => {
  const wallet = await market.wallet(FUNDS_MINOR);
  const pid = await market.list();
  const { fileHash } = await market.visit.item(pid);
  const path = wallet.goods.pathOf(fileHash);
  const bought = await buyFrom(wallet, pid);
  expect(bought.kind).toBe("delivered");
  if (how === "gone") rmSync(path);
  else writeFileSync(path, readFileSync(path).fill(0, 200, 201));
  const [known] = await wallet.purchases();
  if (known === undefined) throw new Error("the purchase is not in the wallet");
  const again = join(market.folder, "again.txt");
  expect((await finish(known, wallet, market.ports, { outPath: again })).kind).toBe("delivered");
  expect(readFileSync(again)).toEqual(readFileSync(options().outPath));
});

test("the certified file is opened for the judge", async () => {
  const wallet = await market.wallet(FUNDS_MINOR);
  const pid = await market.list();
  const { fileHash } = await market.visit.item(pid);
  await buyFrom(wallet, pid);
  const [known] = await wallet.purchases();
  if (known?.state?.phase !== "paid") throw new Error("it is not paid");
  const evidence = evidenceOfPurchase(market.crypto, wallet.seed, known);
  const file = wallet.goods.pathOf(fileHash);
  const { crypto } = market;
  expect((await verdictOn(crypto, encodeEvidence(evidence), judgedFileAt(crypto, file))).file).toBe("delivered-file");
});

test("whoever has paid proves that much, also where the key never came", async () => {
  const { crypto } = market;
  const wallet = await market.wallet(FUNDS_MINOR);
  await buyFrom(wallet, await market.list());
  const [known] = await wallet.purchases();
  if (known?.state?.phase !== "paid") throw new Error("it is not paid");
  const { purchase, receipt, logged } = known.state;
  const state = { phase: "forfeited", purchase, receipt, logged, mainSlip: null, answers: [] } as const;
  const forfeited = { ...known, state };
  expect(() => evidenceOfPurchase(crypto, wallet.seed, forfeited)).toThrow(/The key has not come/);
  const { findings, identity } = await verdictOn(crypto, encodeEvidence(evidenceOfPayment(forfeited)), null);
  expect(findings).toMatchObject({ kind: "payment", payment: { tid: known.tid } });
  expect(identity).toBeNull();
});

test("a seller of rubbish under a right key commitment is convicted, by the wallet and by the judge", async () => {
  const wallet = await market.wallet(FUNDS_MINOR);
  const { crypto, shop } = market;
  const shopFolder = join(market.folder, "shop");
  const path = join(market.folder, "promised.txt");
  writeFileSync(path, "what the title promises");
  const item = { path, title: "Rubbish", description: "", priceMinor: PRICE_MINOR, floorMinor: null, stock: null };
  const listing = await prepareListing(shopFolder, shop.config, { ...item, delivery: "sale" });
  const { escrow: _, ...promised } = certificateOfListing(listing);
  const rubbish = new Uint8Array(randomBytes(promised.fileBytes));
  const label = { ...promised, root: treeRoot(crypto, pieceLeaf(crypto, rubbish)) };
  const escrow = makeEscrow(crypto, label, goodsPointOf(crypto, shop.config.seed, listing.registration));
  const certificate = { ...label, escrow };
  const rubbishPath = goodsPath(join(shopFolder, "goods"), hashFile(crypto, certificate));
  writeFileSync(rubbishPath, rubbish);
  await shop.hosted.submit({
    kind: "list",
    listing: { ...listing, certificate: sign(crypto, shop.config.key, certificateSchema, certificate) },
  });
  expect(await buyFrom(wallet, certificate.pid)).toMatchObject({ kind: "faulty", fault: "not-age" });
  const [known] = await wallet.purchases();
  if (known === undefined) throw new Error("the purchase is not in the wallet");
  const verdict = await verdictOn(
    crypto,
    encodeEvidence(evidenceOfPurchase(market.crypto, wallet.seed, known)),
    judgedFileAt(crypto, rubbishPath),
  );
  expect(verdict).toMatchObject({ file: "certified-file-does-not-open", findings: { sale: { keyFits: true } } });
  expect(verdict.convicted).toMatchObject({ who: shop.key, role: "merchant", what: "certified-wrong-file" });
});

test("what was shown is the most that is paid unasked", async () => {
  const wallet = await market.wallet(FUNDS_MINOR);
  const pid = await market.list();
  const shown = await market.visit.item(pid);
  const cheaper = { ...shown, priceMinor: "1" };
  const buying = buy(market.visit, wallet, cheaper, options(), market.ports);
  await expect(buying).rejects.toMatchObject({ reason: "price-above-maximum" });
  await expect(buyFrom(wallet, pid, { bidMinor: 10n })).rejects.toMatchObject({ reason: "price-above-maximum" });
  const asked = await buy(market.visit, wallet, cheaper, options({ maxPriceMinor: PRICE_MINOR }), market.ports);
  expect([asked.kind, await owned(wallet)]).toEqual(["delivered", FUNDS_MINOR - PRICE_MINOR]);
});

test("a long statement is read a page at a time, and in one round of reading", async () => {
  const { crypto, clock } = market.ports;
  const key = await market.payer(1n);
  const { terms: bank, client } = market.visit.bank;
  const holder = { crypto, key, bank, client, clock };
  await Promise.all(Array.from({ length: 149 }, () => grant(holder, 1n, newNonce())));
  const lines = await statement(holder);
  expect(lines.map((line) => line.sequence)).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
});

test("an owner's message that is overheard and sent again changes nothing", async () => {
  const { crypto, shop, client } = market;
  const { key } = shop.config;
  const pid = await market.list();
  const message = (priceMinor: bigint) => {
    const envelope = {
      recipient: key.publicKey,
      session: newNonce(),
      previous: ZERO_HASH,
      notAfterMs: Date.now() + 60_000,
    };
    return post(crypto, key, ownerRequest, envelope, { kind: "price", pid, priceMinor, floorMinor: null });
  };
  const first = message(1n);
  await client.post(first);
  await client.post(message(10_000n));
  await client.post(first);
  expect((await market.visit.item(pid)).priceMinor).toBe("10000");
  market.advance(120_000);
  await expect(client.post(first)).rejects.toMatchObject({ reason: "expired" });
});
