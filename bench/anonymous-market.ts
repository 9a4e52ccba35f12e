/**
 * The server of the anonymous purchases: bank, mint and shop in one process, as `counterfoil start` composes them, with goods
 * that a certifier has encrypted to three trustees. Nobody disputes here, so the trustees' shares are not kept.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS, encode, type Hex, toHex } from "@counterfoil/base";
import { type Crypto, H, open, raw, scalarFrom, sign } from "@counterfoil/crypto";
import { nodeCrypto, serve } from "@counterfoil/host";
import { certifierDescriptorSchema } from "@counterfoil/protocols/certifying";
import type { Listing } from "@counterfoil/protocols/exchange";
import { groupIdOf, membershipSchema, signedGroupSchema, type TrusteeGroup } from "@counterfoil/protocols/trustees";
import {
  certificationBy,
  certifierHere,
  certifyGoods,
  endorse,
  makeFolder,
  marketApp,
  type OpenShop,
  openBank,
  openCertifier,
  openShop,
  type Ports,
  prepareListing,
  SANDBOX_BANK,
} from "@counterfoil/sdk";
import pino from "pino";
import { measureAnonymousFloor } from "./anonymous-floor.ts";
import { tellParent } from "./server.ts";

const GOODS_BYTES = 1_000;
/** 128 + 64 + 32 + 16 + 8 + 2: six coins. */
const PRICE_MINOR = 250n;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-bench-anonymous-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const own = { crypto: await nodeCrypto(), clock: Date.now, onBug: console.error, onFatal: console.error };
  const group = groupOf(own.crypto, Date.now());
  const certifier = await certifierOf(join(folder, "certifier"), group, own);
  const bankFolder = makeFolder(join(folder, "bank"));
  endorse(bankFolder, { certifiers: [certifier.key], groups: [groupIdOf(own.crypto, group)] });
  const bank = await openBank(bankFolder, SANDBOX_BANK, own);
  const identity = { name: "Bench", bank: bank.key, unit: bank.unit };
  const shop = await openShop(join(folder, "shop"), identity, (message) => bank.role.handle(message), own);
  const listing = await certified(folder, shop, certifier, own);
  const { outcome } = await shop.hosted.submit({ kind: "list", listing });
  if (outcome.kind !== "done") throw new Error(`the listing was ${outcome.kind}`);
  await certifier.close();
  const served = await serve({
    host: "127.0.0.1",
    port: 0,
    roles: [bank.role, shop.role],
    app: marketApp({
      bank: { url: null, descriptor: bank.descriptor },
      shop,
      trustees: [{ group: signedGroup(own.crypto, group), urls: [] }],
    }),
    goods: shop.goods,
    log: pino({ level: "warn" }),
  });
  tellParent(
    { url: served.url, folder },
    () => measureAnonymousFloor(own.crypto, folder),
    async () => {
      await served.close();
      await shop.close();
      await bank.close();
    },
  );
}

const TRUSTEES = [1, 2, 3];

function keyOf(crypto: Crypto, index: number) {
  return crypto.signingKey(raw(H(crypto, "bench trustee", index)));
}

function groupOf(crypto: Crypto, now: number): TrusteeGroup {
  const point = (name: string): Hex => toHex(crypto.group.base(scalarFrom(crypto, raw(H(crypto, "bench")), name)));
  const sellUntilMs = now + 30 * DAY_MS;
  return {
    ceremony: H(crypto, "bench ceremony"),
    threshold: 2,
    key: point("y"),
    trustees: TRUSTEES.map((index) => ({ index, key: keyOf(crypto, index).publicKey, share: point(`y ${index}`) })),
    sellUntilMs,
    answerUntilMs: sellUntilMs + 30 * DAY_MS,
    claimWindowMs: 7 * DAY_MS,
  };
}

function signedGroup(crypto: Crypto, group: TrusteeGroup): Uint8Array {
  const memberships = TRUSTEES.map((index) => {
    const key = keyOf(crypto, index);
    return sign(crypto, key, membershipSchema, { trustee: key.publicKey, group: groupIdOf(crypto, group) });
  });
  return encode(signedGroupSchema, { group, memberships });
}

function certifierOf(folder: string, group: TrusteeGroup, own: Ports) {
  const { key: groupKey, sellUntilMs } = group;
  const served = { group: groupIdOf(own.crypto, group), groupKey, sellUntilMs };
  return openCertifier(folder, { name: "Bench", groups: [served], program: null, review: false }, own);
}

/** The whole way of a shop that has its goods certified, in one process. */
async function certified(
  folder: string,
  shop: OpenShop,
  certifier: Awaited<ReturnType<typeof certifierOf>>,
  { crypto, clock }: Ports,
): Promise<Listing> {
  const path = join(folder, "goods.bin");
  writeFileSync(path, randomBytes(GOODS_BYTES));
  const terms = open(crypto, certifierDescriptorSchema, certifier.descriptor, (it) => it.certifier);
  if (!terms.ok) throw new Error(terms.reason);
  const described = { title: "Bench goods", description: "" };
  const item = {
    ...described,
    path,
    priceMinor: PRICE_MINOR,
    delivery: "sale",
    floorMinor: null,
    stock: null,
  } as const;
  const shelf = { folder: join(folder, "shop"), config: shop.config, clock };
  const by = certificationBy(crypto, terms.value.value, clock());
  const draft = await prepareListing(shelf.folder, shop.config, item, undefined, by);
  const answer = await certifyGoods(shelf, terms.value.value, draft, certifierHere(certifier));
  if (answer.kind !== "certified") throw new Error(`the goods were ${answer.kind}`);
  return answer.listing;
}

await main();
