/** Whether the inputs of a swap may be spent: the well-known secrets of NUT-10, in the two kinds of NUT-11 and NUT-14. */
import { sha256, signedBy } from "./curve.ts";

export interface Input {
  readonly amount: bigint;
  readonly id: string;
  readonly secret: string;
  readonly C: string;
  readonly witness: string | null;
}

export interface Output {
  readonly amount: bigint;
  readonly id: string;
  readonly B_: string;
}

interface Condition {
  readonly kind: "P2PK" | "HTLC";
  readonly data: string;
  readonly tags: ReadonlyMap<string, readonly string[]>;
  /** What SIG_ALL demands to be the same in all inputs. */
  readonly same: string;
}

interface Witness {
  readonly preimage: string | null;
  readonly signatures: readonly string[];
}

/** @returns what is wrong, or null. */
export function conditionFault(
  inputs: readonly Input[],
  outputs: readonly Output[],
  nowSeconds: number,
): string | null {
  const conditions = inputs.map(({ secret }) => conditionOf(secret));
  if (conditions.some((each) => each === "malformed")) return "a malformed spending condition";
  const own = conditions as readonly (Condition | null)[];
  const flags = own.map((each) => each?.tags.get("sigflag")?.[0] ?? "SIG_INPUTS");
  if (flags.some((flag) => flag !== "SIG_ALL" && flag !== "SIG_INPUTS")) return "an unknown signature flag";
  if (flags.includes("SIG_ALL")) {
    const [first] = own;
    if (first == null || own.some((each) => each?.same !== first.same)) return "SIG_ALL with different inputs";
    const all = messageOfAll(inputs, outputs);
    return isUnlocked(first, witnessOf(inputs[0] as Input), all, nowSeconds) ? null : "not unlocked";
  }
  const locked = inputs.some((input, i) => {
    const condition = own[i] ?? null;
    return condition !== null && !isUnlocked(condition, witnessOf(input), input.secret, nowSeconds);
  });
  return locked ? "not unlocked" : null;
}

/** NUT-11, "Aggregation for swap". */
export function messageOfAll(inputs: readonly Input[], outputs: readonly Output[]): string {
  const spent = inputs.map(({ secret, C }) => secret + C).join("");
  return spent + outputs.map(({ amount, B_ }) => `${amount}${B_}`).join("");
}

/** The receiver's way is always open; the sender's as well once the lock has expired. */
function isUnlocked(condition: Condition, witness: Witness, message: string, nowSeconds: number): boolean {
  const { kind, data, tags } = condition;
  const receivers = [...(kind === "P2PK" ? [data] : []), ...(tags.get("pubkeys") ?? [])];
  const opened = kind === "P2PK" || (witness.preimage !== null && opensHash(witness.preimage, data));
  if (opened && (receivers.length === 0 || enough(receivers, count(tags, "n_sigs"), witness, message))) return true;
  const locktime = tags.get("locktime")?.[0];
  if (locktime === undefined || !/^\d+$/.test(locktime) || nowSeconds <= Number(locktime)) return false;
  const refund = tags.get("refund");
  return refund === undefined || enough(refund, count(tags, "n_sigs_refund"), witness, message);
}

function opensHash(preimage: string, hash: string): boolean {
  return /^[0-9a-f]{64}$/.test(preimage) && sha256(Buffer.from(preimage, "hex")).toString("hex") === hash;
}

/** Keys are counted, not signatures: one key can make many of those. */
function enough(keys: readonly string[], least: number, { signatures }: Witness, message: string): boolean {
  return keys.filter((key) => signatures.some((each) => signedBy(key, message, each))).length >= least;
}

function count(tags: Condition["tags"], name: string): number {
  return Number(tags.get(name)?.[0] ?? "1");
}

const TAGS = ["sigflag", "pubkeys", "n_sigs", "locktime", "refund", "n_sigs_refund"];

/** Null for a secret that is no well-known one: whoever has that may spend it. */
function conditionOf(secret: string): Condition | "malformed" | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(secret);
  } catch {
    return null;
  }
  if (!Array.isArray(parsed) || parsed.length !== 2) return null;
  const [kind, body] = parsed;
  if (kind !== "P2PK" && kind !== "HTLC") return null;
  if (typeof body?.nonce !== "string" || typeof body.data !== "string") return "malformed";
  const tags = new Map<string, readonly string[]>();
  for (const tag of body.tags ?? []) {
    if (!Array.isArray(tag) || tag.some((each) => typeof each !== "string" || each === "")) return "malformed";
    const [name, ...values] = tag as [string, ...string[]];
    if (TAGS.includes(name) && tags.has(name)) return "malformed";
    tags.set(name, values);
  }
  for (const name of ["pubkeys", "refund"]) {
    const keys = (tags.get(name) ?? []).map((key) => key.slice(2));
    if (new Set(keys).size < keys.length) return "malformed";
  }
  for (const name of ["n_sigs", "n_sigs_refund"]) {
    if (tags.has(name) && !(Number(tags.get(name)?.[0]) >= 1)) return "malformed";
  }
  return { kind, data: body.data, tags, same: JSON.stringify([kind, body.data, body.tags]) };
}

function witnessOf({ witness }: Input): Witness {
  try {
    const parsed = JSON.parse(witness ?? "{}");
    const signatures = Array.isArray(parsed.signatures) ? parsed.signatures : [];
    return { preimage: typeof parsed.preimage === "string" ? parsed.preimage : null, signatures };
  } catch {
    return { preimage: null, signatures: [] };
  }
}
