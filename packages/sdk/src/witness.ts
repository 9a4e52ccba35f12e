/** A witness as a program runs it: a key, a store of its own, and one door for the logs that it watches. */
import { join } from "node:path";
import { type Hex, toHex } from "@counterfoil/base";
import { KDF } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite, openSqliteReadOnly, problemOf } from "@counterfoil/host";
import {
  ADD_CHECKPOINT_LIMIT_BYTES,
  type AddCheckpoint,
  type NoteKey,
  type WitnessOutcome,
  type WitnessReason,
  type WitnessTables,
  witness,
  witnessShapes,
  witnessStatus,
} from "@counterfoil/protocols/log";
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { makeFolder, seedIn } from "./folder.ts";
import type { Ports } from "./ports.ts";
import { jsonAnswer, PROBLEM_HEADERS } from "./route-answers.ts";
import { allRows } from "./rows.ts";

export interface WitnessOptions {
  /** Its key's name in its cosignatures; made of the key where it is null. */
  readonly name: string | null;
  /** Whose heads it cosigns. */
  readonly logs: readonly NoteKey[];
}

export interface OpenWitness {
  readonly name: string;
  readonly key: Hex;
  readonly hosted: Hosted<AddCheckpoint, WitnessOutcome>;
  /** `POST /add-checkpoint`, and who this is. */
  readonly app: OpenAPIHono;
  close(): Promise<void>;
}

/** The digits of its key that tell it from others of the same operator. */
const NAME_DIGITS = 8;
const NO_CONTEXT = new Uint8Array(0);

export async function openWitness(folder: string, options: WitnessOptions, ports: Ports): Promise<OpenWitness> {
  const { crypto } = ports;
  const key = crypto.signingKey(KDF(crypto, seedIn(makeFolder(folder)), "witness signing key", NO_CONTEXT));
  const name = options.name ?? `counterfoil-witness-${key.publicKey.slice(0, NAME_DIGITS)}`;
  const store = openSqlite(pathIn(folder), witnessShapes);
  const authority = witness({ crypto, key, name, logs: options.logs });
  const hosted = await hostAuthority<WitnessTables, AddCheckpoint, WitnessOutcome>(authority, store, {
    name: "witness",
    clock: ports.clock,
    deliver: () => {},
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });
  return {
    name,
    key: key.publicKey,
    hosted,
    app: witnessApp({ name, key: key.publicKey }, options.logs, hosted, () => seenIn(store)),
    async close() {
      await hosted.stop();
      await store.close();
    },
  };
}

/** The newest head that a witness has cosigned of a log. */
export interface SeenLog {
  readonly origin: string;
  readonly size: number;
  readonly note: Uint8Array;
  /** Whether the log has signed two heads of one size: they lie in the witness's store, and convict it. */
  readonly forked: boolean;
}

/** Reads a witness's file, also while it runs. */
export async function readWitness(folder: string): Promise<readonly SeenLog[]> {
  const store = openSqliteReadOnly(pathIn(folder), witnessShapes);
  return seenIn(store).finally(() => store.close());
}

async function seenIn(store: Parameters<typeof allRows>[0]): Promise<readonly SeenLog[]> {
  const forks = new Set(
    (await allRows<WitnessTables["witness_fork"]>(store, "witness_fork")).map(([origin]) => origin),
  );
  const logs = await allRows<WitnessTables["witness_log"]>(store, "witness_log");
  return logs.map(([origin, { size, note }]) => ({ origin, size, note, forked: forks.has(origin) }));
}

const whole = z.number().int().nonnegative();

export const witnessJson = z
  .object({
    name: z.string().describe("Its key's name in its cosignatures"),
    key: z.string().regex(/^[0-9a-f]{64}$/),
    logs: z.array(
      z.object({
        origin: z.string(),
        key: z.string().regex(/^[0-9a-f]{64}$/),
        size: whole.nullable().describe("Of the newest tree that it has cosigned; null for none yet"),
        note: z.string().nullable().describe("That head, hex"),
        forked: z.boolean().describe("Whether the log has signed two heads of one size"),
      }),
    ),
  })
  .meta({ id: "Witness" });
export type WitnessJson = z.infer<typeof witnessJson>;

const witnessRoute = createRoute({
  method: "get",
  path: "/v1/witness",
  summary: "Who this witness is and which logs it watches",
  responses: { 200: jsonAnswer("The witness", witnessJson) },
});

/** C2SP tlog-witness fixes statuses and media types. */
function witnessApp(
  self: NoteKey,
  logs: readonly NoteKey[],
  hosted: Hosted<AddCheckpoint, WitnessOutcome>,
  seen: () => Promise<readonly SeenLog[]>,
): OpenAPIHono {
  const app = new OpenAPIHono();
  app.notFound((c) => c.json(problemOf("unknown-route"), 404, PROBLEM_HEADERS));
  app.post(
    "/add-checkpoint",
    bodyLimit({ maxSize: ADD_CHECKPOINT_LIMIT_BYTES, onError: (c) => c.text("too large\n", 413) }),
    async (c) => {
      const command = hosted.admit(new Uint8Array(await c.req.arrayBuffer()));
      if (!command.ok) return refusal(command.reason as WitnessReason);
      const { outcome, answer } = await hosted.submit(command.value);
      if (outcome.kind === "refused") return refusal(outcome.reason);
      const type = outcome.kind === "conflict" ? "text/x.tlog.size" : PLAIN;
      const headers = { "content-type": type };
      return new Response(answer as Uint8Array<ArrayBuffer>, { status: witnessStatus(outcome), headers });
    },
  );
  app.openapi(witnessRoute, async (c) => {
    const known = new Map((await seen()).map((each) => [each.origin, each]));
    const shown = logs.map(({ name: origin, key }) => {
      const { size = null, note = null, forked = false } = known.get(origin) ?? {};
      return { origin, key, size, note: note && toHex(note), forked };
    });
    return c.json({ ...self, logs: shown });
  });
  app.doc31("/v1/openapi.json", { openapi: "3.1.0", info: { title: "Counterfoil witness", version: "1" } });
  return app;
}

const PLAIN = "text/plain; charset=utf-8";

function refusal(reason: WitnessReason): Response {
  const status = witnessStatus({ kind: "refused", reason });
  return new Response(`${reason}\n`, { status, headers: { "content-type": PLAIN } });
}

function pathIn(folder: string): string {
  return join(folder, "witness.db");
}
