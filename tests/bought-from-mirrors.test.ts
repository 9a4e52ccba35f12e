/** A purchase whose goods the shop no longer has: a static host does, before the payment and after it. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buy, exportGoods, finish, ownerMessage } from "@counterfoil/sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeHosts, type Host, host } from "./mirrors/host.ts";
import { FUNDS_MINOR, type Market, openMarket } from "./refusals/market.ts";

let market: Market;
let mirror: Host;
let pid: string;

/** The goods are exported, the mirror is named, and the shop's own files are gone. */
beforeEach(async () => {
  market = await openMarket();
  const { shop, folder, ports } = market;
  pid = await market.list({ content: "what is sold" });
  const { fileHash } = await market.visit.item(pid);
  await exportGoods(join(folder, "shop", "goods"), [fileHash], join(folder, "static"));
  mirror = await host(join(folder, "static"));
  await shop.role.handle(ownerMessage(shop.config, { kind: "mirror", url: mirror.url, used: true }, ports.clock()));
  for (const name of readdirSync(join(folder, "shop", "goods"))) rmSync(join(folder, "shop", "goods", name));
});
afterEach(async () => {
  closeHosts();
  expect(market.bugs).toEqual([]);
  await market.close();
});

test("they are fetched from the host, and again where the buyer's copy is lost", async () => {
  const wallet = await market.wallet(FUNDS_MINOR);
  const outPath = join(market.folder, "bought.txt");
  const item = await market.visit.item(pid);
  const plain = { bidMinor: null, maxPriceMinor: null, credential: null };
  const options = { ...plain, outPath, agree: async () => true };
  const bought = await buy(market.visit, wallet, item, options, market.ports);
  expect(bought.kind).toBe("delivered");
  expect(readFileSync(outPath, "utf8")).toBe("what is sold");
  expect(mirror.asked).toHaveLength(1);

  rmSync(wallet.goods.pathOf(item.fileHash));
  const [known] = await wallet.purchases();
  if (known === undefined) throw new Error("the purchase is not in the wallet");
  const again = join(market.folder, "again.txt");
  expect((await finish(known, wallet, market.ports, { outPath: again })).kind).toBe("delivered");
  expect(readFileSync(again, "utf8")).toBe("what is sold");
  expect(mirror.asked).toHaveLength(2);
});
