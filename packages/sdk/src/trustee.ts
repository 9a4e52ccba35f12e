/** A trustee as a program runs it: a folder, a key and a store of its own, and what it says of itself to anyone. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { decode, type Hex, type Instant } from "@counterfoil/base";
import { type Crypto, KDF } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite, openSqliteReadOnly, type WireRole } from "@counterfoil/host";
import type { Store } from "@counterfoil/protocols";
import {
  groupSchema,
  type HeldGroup,
  TRUSTEE_TAGS,
  type TrusteeCommand,
  type TrusteeConfig,
  type TrusteeGroup,
  type TrusteeOutcome,
  type TrusteeTables,
  trustee,
  trusteeShapes,
} from "@counterfoil/protocols/trustees";
import { makeFolder, seedIn } from "./folder.ts";
import type { Ports } from "./ports.ts";
import { admitted } from "./role.ts";
import { allRows } from "./rows.ts";

export interface OpenTrustee {
  readonly key: Hex;
  readonly config: TrusteeConfig;
  readonly role: WireRole;
  readonly hosted: Hosted<TrusteeCommand, TrusteeOutcome>;
  /** Disputes since it was opened, repeats and refused ones among them. Not kept: what is refused writes nothing. */
  readonly asked: () => { readonly disputes: number; readonly refused: number };
  groups(): Promise<readonly OwnGroup[]>;
  close(): Promise<void>;
}

/** A group that this trustee is in. */
export interface OwnGroup {
  readonly id: Hex;
  readonly group: TrusteeGroup;
  /** With the signatures of all; null until somebody has brought them. */
  readonly signed: Uint8Array | null;
  /** Whether its share is still there. */
  readonly answers: boolean;
  readonly answered: number;
}

export interface TrusteeOptions {
  /** Whether it takes part in new ceremonies. */
  readonly takesPart: boolean;
}

/** What a ceremony is dealt from; as long as the hash it is expanded with needs it to be. */
const SECRET_BYTES = 32;
const NO_CONTEXT = new Uint8Array(0);

export function trusteeFolder(dataFolder: string, number: number): string {
  return join(dataFolder, `trustee-${number}`);
}

/** Of the seed comes the signing key alone: what a ceremony deals from is drawn for it and dies with it. */
export function trusteeConfig(crypto: Crypto, seed: Uint8Array, options: TrusteeOptions): TrusteeConfig {
  return { crypto, key: crypto.signingKey(KDF(crypto, seed, "trustee signing key", NO_CONTEXT)), ...options };
}

export async function openTrustee(
  folder: string,
  ports: Ports,
  options: TrusteeOptions = { takesPart: true },
): Promise<OpenTrustee> {
  const config = trusteeConfig(ports.crypto, seedIn(makeFolder(folder)), options);
  const store = openSqlite(pathIn(folder), trusteeShapes, { forgets: true });
  const hosted = await hostAuthority<TrusteeTables, TrusteeCommand, TrusteeOutcome>(trustee(config), store, {
    name: "trustee",
    clock: ports.clock,
    deliver: () => {},
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });
  const counts = { disputes: 0, refused: 0 };
  return {
    key: config.key.publicKey,
    config,
    role: trusteeDoor(hosted, counts),
    hosted,
    asked: () => ({ ...counts }),
    groups: () => groupsIn(store),
    async close() {
      await hosted.stop();
      await store.close();
    },
  };
}

/** Draws what the authority may not: the secret of each ceremony that begins. A repeat finds the first one in its row. */
function trusteeDoor(
  hosted: Hosted<TrusteeCommand, TrusteeOutcome>,
  counts: { disputes: number; refused: number },
): WireRole {
  return {
    name: "trustee",
    tags: TRUSTEE_TAGS,
    async handle(message) {
      const command = admitted(hosted.admit(message));
      const secret = () => new Uint8Array(randomBytes(SECRET_BYTES));
      const { outcome, answer } = await hosted.submit(
        command.kind === "begin" ? { ...command, secret: secret() } : command,
      );
      if (command.kind === "ask") counts.disputes += 1;
      if (outcome.kind === "refused") counts.refused += 1;
      return answer;
    },
  };
}

export interface TrusteeReport {
  readonly groups: readonly OwnGroup[];
  readonly cases: readonly AnsweredCase[];
  /** Ceremonies that have begun and not ended. */
  readonly ceremonies: number;
  /** Ceremonies in which somebody has told others something else. */
  readonly contradicted: number;
}

/** One answer, and nothing of who asked: a trustee is not told. */
export interface AnsweredCase {
  readonly tid: Hex;
  readonly group: Hex;
  readonly answeredMs: Instant;
}

/** Reads a trustee's file, also while it runs. */
export async function readTrustee(folder: string): Promise<TrusteeReport> {
  const store = openSqliteReadOnly(pathIn(folder), trusteeShapes);
  try {
    const groups = await groupsIn(store);
    const cases = await allRows<TrusteeTables["answered_case"]>(store, "answered_case");
    const ceremonies = await allRows<TrusteeTables["ceremony"]>(store, "ceremony");
    return {
      groups,
      cases: cases
        .map(([tid, row]) => ({ tid, group: row.group_id, answeredMs: row.answered_ms }))
        .sort((a, b) => a.answeredMs - b.answeredMs),
      ceremonies: ceremonies.filter(([, { secret }]) => secret !== null).length,
      contradicted: ceremonies.filter(([, { other }]) => other !== null).length,
    };
  } finally {
    await store.close();
  }
}

async function groupsIn(store: Pick<Store, "page">): Promise<readonly OwnGroup[]> {
  const rows = await allRows<HeldGroup>(store, "held_group");
  return rows.map(([id, row]) => {
    const group = decode(groupSchema, row.descriptor);
    if (!group.ok) throw new Error("a group's row does not decode");
    return { id, group: group.value, signed: row.signed, answers: row.share !== null, answered: row.answered };
  });
}

function pathIn(folder: string): string {
  return join(folder, "trustee.db");
}
