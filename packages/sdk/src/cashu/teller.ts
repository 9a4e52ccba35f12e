/**
 * A teller as a program runs it: a folder, a key, a mint and the logs that it follows. It holds nobody's money; a folder that
 * is lost leaves every buyer its tokens at their lock's end, and every merchant unpaid.
 */
import { join } from "node:path";
import { decode, type Hex } from "@counterfoil/base";
import { type Crypto, KDF } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite, type WireRole } from "@counterfoil/host";
import type { Send, Store } from "@counterfoil/protocols";
import {
  type Errand,
  errandSchema,
  TELLER_TAGS,
  type TellerCommand,
  type TellerConfig,
  type TellerEffect,
  type TellerOutcome,
  type TellerTables,
  teller,
  tellerShapes,
} from "@counterfoil/protocols/teller";
import { makeFolder, seedIn } from "../folder.ts";
import { logClient } from "../log-client.ts";
import { closeLines, type LogLine, type LogLines, lineOf, linesTo, lineTo, type NamedLog } from "../log-lines.ts";
import type { Ports } from "../ports.ts";
import { admitted } from "../role.ts";
import type { CashuMint } from "./mint.ts";

export interface TellerOptions {
  /** Of slips. */
  readonly unit: string;
  readonly mint: CashuMint;
  readonly logs: readonly NamedLog[];
  /**
   * From a slip's deadline to the end of its tokens' lock: for a teller or a mint that is down when the log has decided. It
   * costs an honest buyer nothing, whose money comes back as soon as the log has aborted.
   */
  readonly marginMs: number;
  readonly longestMs: number;
}

export interface OpenTeller {
  readonly key: Hex;
  readonly role: WireRole;
  readonly hosted: Hosted<TellerCommand, TellerOutcome>;
  /** Resolves when all that its logs have published by now is decided here, and what it owed the mint was tried once. */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}

const NO_CONTEXT = new Uint8Array(0);

export function tellerConfig(crypto: Crypto, seed: Uint8Array, options: TellerOptions): TellerConfig {
  const { unit, mint, logs, marginMs, longestMs } = options;
  return {
    crypto,
    key: crypto.signingKey(KDF(crypto, seed, "teller signing key", NO_CONTEXT)),
    secret: KDF(crypto, seed, "teller preimages", NO_CONTEXT),
    unit,
    mint: mint.url,
    ecash: mint.ecash,
    logs: logs.map(({ descriptor }) => descriptor),
    marginMs,
    longestMs,
  };
}

export async function openTeller(folder: string, options: TellerOptions, ports: Ports): Promise<OpenTeller> {
  const { crypto } = ports;
  const config = tellerConfig(crypto, seedIn(makeFolder(folder)), options);
  const store = openSqlite(join(folder, "teller.db"), tellerShapes);
  let lines: LogLines<Line> = new Map();
  const errands = new Map<Hex, Promise<void>>();
  const hosted: Hosted<TellerCommand, TellerOutcome> = await hostAuthority<
    TellerTables,
    TellerCommand,
    TellerOutcome,
    TellerEffect
  >(teller(config), store, {
    name: "teller",
    clock: ports.clock,
    deliver: (send) => deliver(send),
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });

  /** An errand is under way when this returns, so that whoever has just locked finds it and waits for it. */
  async function deliver(send: Send): Promise<void> {
    if (send.to !== "mint") return lineOf(lines, send)?.carry(send);
    const errand = decode(errandSchema, send.bytes);
    if (!errand.ok) throw new Error("an errand of our own does not decode");
    await underWay(errands, errand.value, () => atMint(errand.value));
  }

  async function atMint(errand: Errand): Promise<void> {
    const word = await options.mint.run(errand);
    if (word === null) return; // its row asks again
    const { tid, slipHash, token, kind } = errand;
    await hosted.submit({ kind: "heard", errand: { tid, slipHash, token, kind }, word });
  }

  lines = linesTo(crypto, options.logs, (each) => tellerLine({ crypto, store, hosted, onBug: ports.onBug }, each));
  const catchUp = async () => {
    await Promise.all([...lines.values()].map((line) => line.catchUp()));
    await Promise.all([...errands.values()]);
  };
  return {
    key: config.key.publicKey,
    role: tellerDoor(options, hosted, lines, errands),
    hosted,
    catchUp,
    async close() {
      await closeLines(lines);
      await Promise.all([...errands.values()]);
      await hosted.stop();
      await store.close();
    },
  };
}

/** One errand of a slip at a time; who asks for the same one waits for it. */
function underWay(errands: Map<Hex, Promise<void>>, { slipHash }: Errand, work: () => Promise<void>): Promise<void> {
  const begun = (errands.get(slipHash) ?? Promise.resolve()).then(work).catch(() => {}); // its row sends it again
  errands.set(slipHash, begun);
  return begun.finally(() => {
    if (errands.get(slipHash) === begun) errands.delete(slipHash);
  });
}

/** Who locks waits for the mint, once, and for the log's newest head, by whose clock the deadline is. */
function tellerDoor(
  { mint }: TellerOptions,
  hosted: Hosted<TellerCommand, TellerOutcome>,
  lines: LogLines<Line>,
  errands: ReadonlyMap<Hex, Promise<void>>,
): WireRole {
  return {
    name: "teller",
    tags: TELLER_TAGS,
    async handle(message) {
      let command = admitted(hosted.admit(message));
      if (command.kind === "lock" && command.fault === "unknown-keyset") {
        await mint.refresh().catch(() => {});
        command = admitted(hosted.admit(message));
      }
      if (command.kind !== "lock") return (await hosted.submit(command)).answer;
      const { log } = command.contract.slip;
      const line = log === null ? undefined : lines.get(log);
      await line?.catchUp().catch(() => {});
      const first = await hosted.submit(command);
      if (first.outcome.kind !== "asked") return first.answer;
      await errands.get(first.outcome.slipHash);
      return (await hosted.submit(command)).answer;
    },
  };
}

interface Line extends Pick<LogLine, "catchUp" | "close"> {
  carry(send: Send): Promise<void>;
}

interface LinePorts {
  readonly crypto: Crypto;
  readonly store: Pick<Store, "read">;
  readonly hosted: Hosted<TellerCommand, TellerOutcome>;
  readonly onBug: (bug: unknown) => void;
}

function tellerLine({ crypto, store, hosted, onBug }: LinePorts, named: NamedLog): Line {
  const onForked = (what: string) => onBug(new Error(`${what}: the teller follows it no more`));
  const { client, catchUp, close } = lineTo({ crypto, store, hosted, onForked }, named);
  const log = logClient(crypto, named.descriptor, client);
  return {
    async carry({ bytes, about }) {
      const word = await log.post(bytes).catch(() => null); // its row sends it again
      if (word?.kind !== "posted" || about === undefined) return;
      if (word.posted.postings.some(({ kind }) => kind === "paid")) await hosted.submit({ kind: "in-log", tid: about });
    },
    catchUp,
    close,
  };
}
