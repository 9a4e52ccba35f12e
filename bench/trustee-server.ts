/** One trustee in a process of its own, as `counterfoil trustee serve` runs it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeCrypto, serve } from "@counterfoil/host";
import { openTrustee, trusteeApp } from "@counterfoil/sdk";
import pino from "pino";
import { tellParent } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), "counterfoil-bench-trustee-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const trustee = await openTrustee(folder, {
  crypto: await nodeCrypto(),
  clock: Date.now,
  onBug: console.error,
  onFatal: console.error,
});
const log = pino({ level: "warn" });
const served = await serve({ host: "127.0.0.1", port: 0, roles: [trustee.role], app: trusteeApp(trustee), log });
tellParent(
  { url: served.url, folder },
  async () => ({}),
  async () => {
    await served.close();
    await trustee.close();
  },
);
