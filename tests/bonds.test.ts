/**
 * What a wronged buyer can do, as a person does it: prove it, have it judged, have the price back from the bond; and what is
 * kept of a shop that signs two slips.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode, encode, type Hex } from "@counterfoil/base";
import { goodsKeys, H, keyCommitment, open, read, sign, tagOf } from "@counterfoil/crypto";
import type { WireRole } from "@counterfoil/host";
import { struckSchema } from "@counterfoil/protocols/certifying";
import { certificateSchema, goodsPointOf, makeEscrow, slipSchema } from "@counterfoil/protocols/contract";
import { convict, encodeAccusation, merchantAnswer, paymentOf } from "@counterfoil/protocols/exchange";
import { settleRequest } from "@counterfoil/protocols/money";
import { accuse, buy, openCertifier, openWallet, prepareListing, readAccusations, visit } from "@counterfoil/sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { benchOf, caseOf } from "../packages/protocols/src/exchange/judging.fixture.ts";
import { counterfoil } from "./command-line.ts";
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

/** A command of the buyer's, whose folder is its own, or of whoever runs the market. */
function run(words: readonly string[], data = join(market.folder, "buyer")) {
  const environment = { COUNTERFOIL_URL: market.visit.url, COUNTERFOIL_DATA: data };
  return counterfoil([...words, "--json"], { environment });
}

/** Goods whose certificate commits to another key than they are encrypted under: no buyer can see that before it pays. */
async function listRubbish(): Promise<Hex> {
  const { crypto, shop } = market;
  const path = join(market.folder, "promised.txt");
  writeFileSync(path, "what the title promises");
  const item = { path, title: "Rubbish", description: "", priceMinor: PRICE_MINOR, floorMinor: null, stock: null };
  const listing = await prepareListing(join(market.folder, "shop"), shop.config, { ...item, delivery: "sale" });
  const own = read(certificateSchema, listing.certificate);
  if (!own.ok) throw new Error(own.reason);
  const { certifier, escrow: _, ...label } = own.value.value;
  const another = goodsKeys(
    crypto,
    goodsPointOf(crypto, shop.config.seed, H(crypto, "another")).point,
    label.contentHash,
  );
  const wrong = { ...label, keyCommitment: keyCommitment(crypto, another) };
  const escrow = makeEscrow(crypto, wrong, goodsPointOf(crypto, shop.config.seed, listing.registration));
  const certificate = { ...wrong, certifier, escrow };
  const signed = sign(crypto, shop.config.key, certificateSchema, certificate);
  await shop.hosted.submit({ kind: "list", listing: { ...listing, certificate: signed } });
  return certificate.pid;
}

async function bought(pid: Hex): Promise<string> {
  await run(["wallet", "create"]);
  await run(["sandbox", "grant", "10.00"]);
  const ran = await run(["buy", pid, "--yes", "--out", join(market.folder, "goods.txt")]);
  expect(ran.json()).toMatchObject({ reason: "wrong-key" });
  const [purchase] = (await run(["wallet", "history"])).json().purchases as { tid: string }[];
  return (purchase as { tid: string }).tid;
}

test("a buyer of goods under a wrong certificate proves it, and has the price back from the bond", async () => {
  const tid = await bought(await listRubbish());
  const proof = join(market.folder, "proof.evidence");
  expect((await run(["evidence", tid, "--out", proof])).status).toBe(0);
  const verdict = await run(["verify", proof]);
  expect(verdict.status).toBe(1);
  const convicted = { who: market.shop.key, role: "merchant", what: "certified-another-key", tid };
  expect(verdict.json()).toMatchObject({ status: "refused", kind: "sale", keyFits: false, convicted });
  expect((await run(["claim", tid, "--evidence", proof])).json()).toMatchObject({ reason: "no-bond" });

  const put = await run(["bond", "put", "4.00", "--days", "30", "--grant"], market.folder);
  expect(put.json()).toMatchObject({ status: "done", account: market.shop.key, leftMinor: "400" });
  const again = await run(["bond", "put", "4.00", "--days", "30", "--grant"], market.folder);
  expect(again.json()).toEqual(put.json());
  const lower = await run(["bond", "put", "3.00", "--days", "30"], market.folder);
  expect(lower.json()).toMatchObject({ reason: "already-decided", detail: expect.stringContaining("only be raised") });
  const claim = await run(["claim", tid, "--evidence", proof]);
  expect(claim.json()).toMatchObject({ status: "done", paidMinor: "250", dueMinor: "250", owner: market.shop.key });
  expect((await run(["claim", tid, "--evidence", proof])).json()).toEqual(claim.json());
  expect((await run(["wallet", "balance"])).json()).toMatchObject({ balanceMinor: "1000" });
  expect((await run(["bond", "show", "--of", market.shop.key])).json()).toMatchObject({ leftMinor: "150" });
  const { sheets } = (await run(["bank", "balance-sheet"], market.folder)).json() as { sheets: object[] };
  expect(sheets[0]).toMatchObject({ bondsMinor: "150" });
});

test("evidence of an honest sale convicts nobody and claims nothing", async () => {
  await run(["wallet", "create"]);
  await run(["sandbox", "grant", "10.00"]);
  const out = join(market.folder, "goods.txt");
  const { tid } = (await run(["buy", await market.list(), "--yes", "--out", out])).json() as { tid: string };
  const proof = join(market.folder, "proof.evidence");
  await run(["evidence", tid, "--out", proof]);
  const verdict = await run(["verify", proof, out]);
  expect([verdict.status, verdict.json()]).toMatchObject([
    0,
    { convicted: null, file: "delivered-goods", keyFits: true },
  ]);
  await run(["bond", "put", "4.00", "--days", "30", "--grant"], market.folder);
  expect((await run(["claim", tid, "--evidence", proof])).json()).toMatchObject({ reason: "convicts-nobody" });
  expect((await run(["evidence", tid, "--against", "bank", "--out", `${proof}.2`])).json()).toMatchObject({
    reason: "no-accusation",
  });
});

test("a bank that was shown two slips of one sale has what convicts the merchant", async () => {
  const { crypto, shop, bank } = market;
  const wallet = await market.wallet(FUNDS_MINOR);
  const options = { outPath: join(market.folder, "out.txt"), maxPriceMinor: null, bidMinor: null, credential: null };
  const item = await market.visit.item(await market.list());
  await buy(market.visit, wallet, item, { ...options, agree: async () => true }, market.ports);
  const [known] = await wallet.purchases();
  if (known?.state?.phase !== "paid") throw new Error("not bought");
  const own = paymentOf(known.state.purchase);
  const slip = open(crypto, slipSchema, own.slip, ({ merchant }) => merchant);
  if (!slip.ok) throw new Error(slip.reason);
  const second = sign(crypto, shop.config.key, slipSchema, { ...slip.value.value, offerHash: "ab".repeat(32) });
  await bank.role.handle(encode(settleRequest, { slip: second, pay: own.pay, funding: own.funding, opening: null }));
  const proof = join(market.folder, "two.evidence");
  expect((await run(["bank", "evidence", known.tid.slice(0, 12), "--out", proof], market.folder)).status).toBe(0);
  const verdict = await run(["verify", proof]);
  const convicted = { who: shop.key, role: "merchant", what: "two-slips", tid: known.tid };
  expect([verdict.status, verdict.json()]).toMatchObject([1, { kind: "accusation", convicted }]);
});

test("a shop that signs another slip whenever it is asked is found out before anything is paid, and the wallet keeps both", async () => {
  const { crypto, shop, bank } = market;
  let asked = 0;
  const lying: WireRole = {
    ...shop.role,
    async handle(message) {
      const answer = await shop.role.handle(message);
      const said = tagOf(message) === "order/1" ? decode(merchantAnswer, answer) : null;
      if (!said?.ok || said.value.kind !== "offer") return answer;
      const slip = open(crypto, slipSchema, said.value.slip, ({ merchant }) => merchant);
      if (!slip.ok) throw new Error(slip.reason);
      asked += 1;
      const other = sign(crypto, shop.config.key, slipSchema, {
        ...slip.value.value,
        offerHash: H(crypto, "lie", asked),
      });
      return encode(merchantAnswer, { ...said.value, slip: other });
    },
  };
  const served = await market.listen([bank.role, lying], market.page);
  const there = await visit(market.ports, served.url, bank.key);
  const folder = join(market.folder, "buyer", "wallet");
  mkdirSync(folder, { recursive: true });
  const wallet = await openWallet(folder, market.ports);
  await market.fund(wallet.account, FUNDS_MINOR);
  const options = { outPath: join(market.folder, "out.txt"), maxPriceMinor: null, bidMinor: null, credential: null };
  const item = await there.item(await market.list());
  const buying = buy(there, wallet, item, { ...options, agree: async () => true }, market.ports);
  await expect(buying).rejects.toMatchObject({ reason: "two-slips" });
  there.close();
  await wallet.close();
  const [known] = await readAccusations(folder);
  const tid = known?.tid ?? "";
  const proof = join(market.folder, "lie.evidence");
  expect((await run(["evidence", tid, "--against", "merchant", "--out", proof])).status).toBe(0);
  const convicted = { who: shop.key, role: "merchant", what: "two-slips", tid };
  expect(convict(crypto, new Uint8Array(readFileSync(proof)))).toEqual({ ok: true, value: convicted });
});

test("whoever holds what convicts a shop has it struck from the certifier's catalogue, and nobody else's shop", async () => {
  const { crypto, ports } = market;
  const options = { name: "Certifier", groups: [], program: null, review: false };
  const certifier = await openCertifier(join(market.folder, "certifier"), options, ports);
  const at = benchOf(crypto);
  const one = caseOf(at, "one");
  const second = sign(crypto, at.merchant, slipSchema, { ...one.slip, offerHash: "ab".repeat(32) });
  const certificate = sign(crypto, certifier.config.key, certificateSchema, {
    ...one.certificate,
    certifier: certifier.key,
  });
  const door = { post: (message: Uint8Array) => certifier.role.handle(message) };
  const struck = async () => {
    const page = open(crypto, struckSchema, await certifier.struck(null), (said) => said.certifier);
    if (!page.ok) throw new Error(page.reason);
    return page.value.value.strikes.map(({ merchant }) => merchant);
  };
  const accusing = (slip: Uint8Array) => encodeAccusation({ kind: "two-slips", first: one.slipSigned, second: slip });
  await expect(accuse(door, accusing(one.slipSigned), certificate)).rejects.toThrow();
  expect(await struck()).toEqual([]);
  for (let times = 0; times < 2; times++) {
    expect(await accuse(door, accusing(second), certificate)).toBe(at.merchant.publicKey);
    expect(await struck()).toEqual([at.merchant.publicKey]);
  }
  await certifier.close();
});
