/** The server under measurement: the market of `counterfoil start` (bank and shop in one process), told what to do over IPC. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeCrypto, serve } from "@counterfoil/host";
import {
  marketApp,
  newNonce,
  openBank,
  openShop,
  openTill,
  prepareListing,
  prepareMetered,
  SANDBOX_BANK,
} from "@counterfoil/sdk";
import pino from "pino";
import { measureFloor } from "./floor.ts";

const GOODS_BYTES = 1_000;
/** What is sold by the piece: short records at a tenth of a cent. */
const PIECE_BYTES = 200;
const PIECES = 4_096;
const PIECE_MILLI = 100n;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-bench-market-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const own = { crypto: await nodeCrypto(), clock: Date.now, onBug: console.error, onFatal: console.error };
  const bank = await openBank(join(folder, "bank"), SANDBOX_BANK, own);
  const identity = { name: "Bench", bank: bank.key, unit: bank.unit };
  const shop = await openShop(join(folder, "shop"), identity, (message) => bank.role.handle(message), own);
  const path = join(folder, "goods.bin");
  writeFileSync(path, randomBytes(GOODS_BYTES));
  const meteredPath = join(folder, "metered.bin");
  writeFileSync(meteredPath, randomBytes(PIECE_BYTES * PIECES));
  const item = {
    path,
    title: "Bench goods",
    description: "",
    priceMinor: 1n,
    delivery: "sale",
    floorMinor: null,
    stock: null,
  } as const;
  await shop.hosted.submit({ kind: "list", listing: await prepareListing(join(folder, "shop"), shop.config, item) });
  const till = await openTill(join(folder, "shop"), shop.config, (message) => bank.role.handle(message), own);
  const small = { path: meteredPath, title: "Bench pieces", priceMilli: PIECE_MILLI, by: { bytes: PIECE_BYTES } };
  const pieces = await prepareMetered(join(folder, "shop"), till.config, small);
  await till.hosted.submit({ kind: "owner", request: { kind: "meter", metered: pieces } });
  const answers = { ...pieces, registration: newNonce(), slug: "answers", title: "Bench answers", pieces: null };
  const { outcome } = await till.hosted.submit({ kind: "owner", request: { kind: "meter", metered: answers } });
  if (outcome.kind === "done") till.answerWith(outcome.about, async (question) => question);
  const served = await serve({
    host: "127.0.0.1",
    port: 0,
    roles: [bank.role, shop.role, till.role],
    app: marketApp({ bank: { url: null, descriptor: bank.descriptor }, shop, till }),
    goods: shop.goods,
    log: pino({ level: "warn" }),
  });
  process.on("message", async (question: string) => {
    if (question === "usage")
      process.send?.({
        cpu: process.cpuUsage(),
        rss: process.memoryUsage.rss(),
        peakKb: process.resourceUsage().maxRSS,
      });
    if (question === "floor") process.send?.(await measureFloor(own.crypto, folder));
    if (question === "stop") {
      await served.close();
      await till.close();
      await shop.close();
      await bank.close();
      process.exit(0);
    }
  });
  process.send?.({ url: served.url, folder });
}

await main();
