/** Goods from static hosts that nobody need trust: plain servers of files, good, bad, dying, with ranges and without. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "@counterfoil/base";
import { hashFile, PIECE_BYTES } from "@counterfoil/crypto";
import { nodeCrypto, type WireClient, wireClient } from "@counterfoil/host";
import type { Certificate } from "@counterfoil/protocols/contract";
import { type MerchantAnswer, merchantAnswer } from "@counterfoil/protocols/exchange";
import {
  certificateOfListing,
  exportGoods,
  fetchGoods,
  goodsFolder,
  goodsPath,
  goodsRoomIn,
  isMirrorUrl,
  marketApp,
  type OpenShop,
  openShop,
  ownerMessage,
  prepareListing,
} from "@counterfoil/sdk";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { closeHosts, host, nobody } from "./mirrors/host.ts";

const folder = mkdtempSync(join(tmpdir(), "counterfoil-mirrors-"));
const PIECES = 6;
const CONTENT = Buffer.alloc((PIECES - 1) * PIECE_BYTES, "goods that lie on many hosts ");
let shop: OpenShop;
let certificate: Certificate;
let fileHash: string;
const layout = join(folder, "static");
const clients: WireClient[] = [];

beforeAll(async () => {
  const crypto = await nodeCrypto();
  const fail = (error: unknown) => {
    throw error;
  };
  const identity = { name: "A shop", bank: "aa".repeat(32), unit: "XTS" };
  const ports = { crypto, clock: Date.now, onBug: fail, onFatal: fail };
  const shopFolder = join(folder, "shop");
  shop = await openShop(shopFolder, identity, () => Promise.reject(new Error("there is no bank")), ports);
  const path = join(folder, "goods.txt");
  writeFileSync(path, CONTENT);
  const shown = { path, title: "Goods", description: "", delivery: "sale" as const };
  const item = { ...shown, priceMinor: 250n, floorMinor: null, stock: null };
  const listing = await prepareListing(shopFolder, shop.config, item);
  expect((await shop.hosted.submit({ kind: "list", listing })).outcome.kind).toBe("done");
  certificate = certificateOfListing(listing);
  fileHash = hashFile(crypto, certificate);
  await exportGoods(goodsFolder(shopFolder), [fileHash], layout);
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  closeHosts();
});
afterAll(async () => {
  await shop.close();
  rmSync(folder, { recursive: true, force: true });
});

let places = 0;
async function fetchFrom(shopUrl: string, mirrors: readonly string[], place = join(folder, `goods${places++}`)) {
  mkdirSync(place, { recursive: true });
  const open = (url: string) => {
    const client = wireClient(url);
    clients.push(client);
    return client;
  };
  const progress: number[] = [];
  const seen = (bytes: number) => progress.push(bytes);
  await fetchGoods(open(shopUrl), goodsRoomIn(place), fileHash, certificate, seen, { urls: mirrors, open });
  expect(readFileSync(goodsPath(place, fileHash)).equals(readFileSync(join(layout, `${fileHash}.age`)))).toBe(true);
  return progress;
}

describe("the shop is away", () => {
  test("a static host has the goods, with ranges", async () => {
    const mirror = await host(layout);
    await fetchFrom(await nobody(), [mirror.url]);
    expect(mirror.asked[0]).toContain(".pieces");
    expect(mirror.asked[1]).toBe(`.age bytes=0-${certificate.fileBytes - 1}`);
  });

  test("and without ranges", async () => {
    const mirror = await host(layout, { ranges: false });
    await fetchFrom(await nobody(), [mirror.url]);
    expect(mirror.sent()).toBe(certificate.fileBytes);
  });

  test("a host that dies half way is gone on from by the next, which sends only the rest", async () => {
    const dying = await host(layout, { diesAfter: 2.5 * PIECE_BYTES });
    const other = await host(layout);
    await fetchFrom(await nobody(), [dying.url, other.url]);
    expect(dying.sent()).toBe(2.5 * PIECE_BYTES);
    expect(other.asked.at(-1)).toBe(`.age bytes=${2 * PIECE_BYTES}-${certificate.fileBytes - 1}`);
    expect(other.sent()).toBe(certificate.fileBytes - 2 * PIECE_BYTES);
  });

  test("a later attempt goes on from what an earlier one has, at another host without ranges too", async () => {
    const place = join(folder, `goods${places++}`);
    const dying = await host(layout, { diesAfter: 3 * PIECE_BYTES });
    await expect(fetchFrom(await nobody(), [dying.url], place)).rejects.toThrow("ECONNREFUSED");
    const other = await host(layout, { ranges: false });
    const progress = await fetchFrom(await nobody(), [other.url], place);
    expect(progress.slice(0, 3)).toEqual([1, 2, 3].map((pieces) => pieces * PIECE_BYTES));
    expect(progress).toHaveLength(PIECES);
  });

  test("a bad host is found out piece by piece, and what was right of it counts", async () => {
    const flip = (bytes: Buffer, from: number) => {
      const at = 2 * PIECE_BYTES + 5 - from;
      if (at >= 0 && at < bytes.length) bytes[at] = (bytes[at] as number) ^ 1;
      return bytes;
    };
    const bad = await host(layout, { spoil: flip });
    const good = await host(layout);
    await fetchFrom(await nobody(), [bad.url, good.url]);
    expect(good.asked.at(-1)).toBe(`.age bytes=${2 * PIECE_BYTES}-${3 * PIECE_BYTES - 1}`);
    expect(good.sent()).toBe(PIECE_BYTES);
  });

  test("where no host has the goods, it is the shop that was not reached", async () => {
    const rubbish = await host(layout, { spoil: (bytes) => bytes.fill(7) });
    await expect(fetchFrom(await nobody(), [rubbish.url, await nobody()])).rejects.toThrow("ECONNREFUSED");
    const place = join(folder, `goods${places - 1}`);
    expect(statSync(goodsPath(place, fileHash)).size, "not one piece was kept").toBe(0);
  });
});

describe("which hosts", () => {
  test("the shop's items name those that its owner has told it", async () => {
    const told = async (url: string, used: boolean): Promise<MerchantAnswer["kind"]> => {
      const answer = decode(
        merchantAnswer,
        await shop.role.handle(ownerMessage(shop.config, { kind: "mirror", url, used }, Date.now())),
      );
      if (!answer.ok) throw new Error(answer.reason);
      return answer.value.kind;
    };
    const named = async () => {
      const app = marketApp({ bank: null, shop });
      const { items } = (await (await app.request("/v1/items")).json()) as { items: { mirrors: string[] }[] };
      return items[0]?.mirrors;
    };
    expect(await named()).toEqual([]);
    expect(await told("https://one.example/goods", true)).toBe("done");
    expect(await told("https://two.example", true)).toBe("done");
    expect(await told("https://one.example/goods", true)).toBe("done");
    expect(await named()).toEqual(["https://two.example", "https://one.example/goods"]);
    await told("https://two.example", false);
    expect(await named()).toEqual(["https://one.example/goods"]);
    for (let more = 0; more < 7; more++) expect(await told(`https://more${more}.example`, true)).toBe("done");
    expect(await told("https://one-too-many.example", true)).toBe("declined");
    expect(await named()).toHaveLength(8);
  });

  test("addresses that are none, or hold a login or a query, are not asked", async () => {
    for (const url of [
      "ftp://a.example",
      "https://",
      "https://u:p@a.example",
      "https://a.example/?q",
      "file:///etc",
      "a",
    ]) {
      expect(isMirrorUrl(url), url).toBe(false);
    }
    expect(isMirrorUrl("https://a.example/goods")).toBe(true);
    const asked: string[] = [];
    const open = (url: string) => {
      asked.push(url);
      return wireClient(url);
    };
    const place = join(folder, `goods${places++}`);
    mkdirSync(place);
    const client = wireClient(await nobody());
    clients.push(client);
    const mirrors = { urls: ["file:///etc", "https://u:p@a.example"], open };
    await expect(fetchGoods(client, goodsRoomIn(place), fileHash, certificate, undefined, mirrors)).rejects.toThrow();
    expect(asked).toEqual([]);
  });
});
