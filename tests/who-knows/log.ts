/** A log and its witness: the shipped roles, each on a server of its own, and all that they are told. */
import { join } from "node:path";
import { decode, encode, type Hex } from "@counterfoil/base";
import { open, raw, tagOf } from "@counterfoil/crypto";
import { serve, type WireRole, wireClient } from "@counterfoil/host";
import type { Document } from "@counterfoil/lab";
import {
  entrySchema,
  leafSchema,
  logSchema,
  logShapes,
  paidPosting,
  readLogged,
  recKeyOf,
  witnessShapes,
} from "@counterfoil/protocols/log";
import {
  entriesOf,
  logApp,
  logClient,
  logKeyIn,
  type NamedLog,
  openLog,
  openWitness,
  type Ports,
  usualOrigin,
} from "@counterfoil/sdk";
import pino from "pino";
import type { Recorder } from "./recording.ts";

export interface OverheardLog {
  readonly id: Hex;
  readonly named: NamedLog;
  /**
   * What anyone may read in it, and whoever follows it does: each entry by itself, and the head. A leaf is signed, and names of
   * banks are public, so whoever reads it tries them: beside each leaf is the one of these that it is by.
   */
  published(banks: readonly Hex[]): Promise<readonly Document[]>;
  /** Whether a head that anyone may fetch has an entry of this kind about this sale. */
  says(kind: string, bank: Hex, tid: Hex): Promise<boolean>;
  look(): Promise<void>;
  close(): Promise<void>;
}

export async function openOverheardLog(folder: string, ports: Ports, recorder: Recorder): Promise<OverheardLog> {
  const { crypto } = ports;
  const closing: (() => Promise<void> | void)[] = [];
  const logFolder = join(folder, "log");
  const { publicKey } = logKeyIn(crypto, logFolder);
  const origin = usualOrigin(publicKey);
  const witness = await openWitness(
    join(folder, "witness"),
    { name: null, logs: [{ name: origin, key: publicKey }] },
    ports,
  );
  closing.push(() => witness.close());
  const witnessUrl = await listen([], { fetch: heads });
  const { name, key } = witness;
  const log = await openLog(logFolder, { origin, witnesses: [{ name, key, url: witnessUrl }] }, ports);
  closing.push(() => log.close());
  const url = await listen([{ ...log.role, handle }], logApp(log));
  recorder.meet(url, "log", publicKey);
  const reader = logClient(crypto, log.descriptor, wireClient(url));
  closing.push(
    () => log.release(),
    () => reader.close(),
  );

  async function listen(
    roles: readonly WireRole[],
    app: { fetch(request: Request): Response | Promise<Response> },
  ): Promise<string> {
    const silent = pino({ level: "silent" });
    const served = await serve({ host: "127.0.0.1", port: 0, roles, app, log: silent });
    closing.push(() => served.close());
    return served.url;
  }

  async function heads(request: Request): Promise<Response> {
    const asked = await request.clone().text();
    const answer = await witness.app.fetch(request);
    recorder.between("log", "witness", key, "add-checkpoint", [asked, await answer.clone().text()]);
    return answer;
  }

  /** What a wallet says is overheard where it leaves; postings are the bank's and the shop's. */
  async function handle(message: Uint8Array): Promise<Uint8Array> {
    const answer = await log.role.handle(message);
    const tag = tagOf(message) ?? "?";
    const posting = decode(paidPosting, message);
    if (posting.ok && posting.value.leaves.length > 1) {
      for (const leaf of posting.value.leaves) {
        recorder.between("bank", "log", publicKey, tag, [encode(paidPosting, { ...posting.value, leaves: [leaf] })]);
      }
    } else if (tag !== "log-query/1") recorder.between(SAID_BY[tag] ?? "?", "log", publicKey, tag, [message, answer]);
    return answer;
  }

  async function entries(): Promise<readonly Uint8Array[]> {
    const head = await reader.head();
    return head === null || head.size === 0 ? [] : entriesOf(reader, 0, head.size, head.size);
  }

  function signerOf(bytes: Uint8Array, banks: readonly Hex[]): readonly Uint8Array[] {
    const entry = decode(entrySchema, bytes);
    if (!entry.ok || entry.value.kind !== "paid") return [];
    const { leaf } = entry.value;
    return banks.filter((bank) => open(crypto, leafSchema, leaf, () => bank).ok).map(raw);
  }

  return {
    id: log.id,
    named: { descriptor: log.descriptor, url },
    async published(banks) {
      const head = log.heads.head();
      const page = (what: string, ...parts: Document["parts"]) => ({ name: `the log's ${what}`, parts, channel: null });
      const descriptor = encode(logSchema, log.descriptor);
      const all = (await entries()).map((entry, at) => page(`entry ${at}`, entry, ...signerOf(entry, banks)));
      return [page("descriptor", descriptor), ...(head === null ? [] : [page("head", head.note)]), ...all];
    },
    async says(kind, bank, tid) {
      const proofs = await reader.query(recKeyOf(crypto, bank, tid));
      return proofs.some((proof) => readLogged(crypto, log.id, proof)?.entry.kind === kind);
    },
    async look() {
      await recorder.look("log", join(logFolder, "log.db"), logShapes);
      await recorder.look("witness", join(folder, "witness", "witness.db"), witnessShapes);
    },
    async close() {
      for (const close of closing.reverse()) await close();
    },
  };
}

/** OPEN is the bank's too, which has all that stands in it. */
const SAID_BY: Readonly<Record<string, string>> = {
  "log-open/1": "shop",
  "log-commit/1": "shop",
  "log-opened/1": "shop",
  "log-abort/1": "bank",
  "log-paid/1": "bank",
};
