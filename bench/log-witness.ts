/** One witness in a process of its own, as `counterfoil log witness` runs it. Arguments: the log's origin and key. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeCrypto, serve } from "@counterfoil/host";
import { openWitness } from "@counterfoil/sdk";
import pino from "pino";
import { tellParent } from "./server.ts";

const [name = "", key = ""] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "counterfoil-bench-witness-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const own = { crypto: await nodeCrypto(), clock: Date.now, onBug: console.error, onFatal: console.error };
const witness = await openWitness(folder, { name: null, logs: [{ name, key }] }, own);
const served = await serve({ host: "127.0.0.1", port: 0, roles: [], app: witness.app, log: pino({ level: "warn" }) });
tellParent(
  { url: served.url, folder },
  async () => ({}),
  async () => {
    await served.close();
    await witness.close();
  },
);
