/** The one form of NUT-14 secret that the layer takes. */
import type { Hex } from "@counterfoil/base";

/**
 * Spent with the preimage of `hash` and a signature by any of `receivers`; from `locktimeSeconds` on, by the mint's clock, also
 * with a signature by `refund` alone. Signatures are over the whole swap.
 */
export interface HashLock {
  readonly hash: Hex;
  readonly receivers: readonly Hex[];
  readonly locktimeSeconds: number;
  readonly refund: Hex;
  /** As the secret has them: SIG_ALL demands the same in all inputs. */
  readonly tags: string;
}

const HEX_32 = /^[0-9a-f]{64}$/;
const POINT = /^0[23][0-9a-f]{64}$/;
const SECONDS = /^[1-9][0-9]{0,11}$/;

/**
 * @returns null for anything else, above all for what a mint might read otherwise than we do: another order of fields, a field
 * twice, a tag that we do not know.
 */
export function readHashLock(secret: string): HashLock | null {
  const body = bodyOf(secret);
  if (body === null || !HEX_32.test(body.data)) return null;
  const tags = new Map<string, readonly string[]>();
  for (const [name, ...values] of body.tags) {
    if (name === undefined || tags.has(name)) return null;
    tags.set(name, values);
  }
  const [locktime, receivers, refund, flag] = ["locktime", "pubkeys", "refund", "sigflag"].map((name) =>
    tags.get(name),
  );
  if (tags.size !== 4 || !locktime || !receivers || !refund || !flag) return null;
  if (locktime.length !== 1 || !SECONDS.test(locktime[0] as string)) return null;
  if (receivers.length < 1 || refund.length !== 1 || ![...receivers, ...refund].every((key) => POINT.test(key)))
    return null;
  if (flag.length !== 1 || flag[0] !== "SIG_ALL") return null;
  return {
    hash: body.data,
    receivers,
    locktimeSeconds: Number(locktime[0]),
    refund: refund[0] as string,
    tags: JSON.stringify(body.tags),
  };
}

interface Body {
  readonly nonce: string;
  readonly data: string;
  readonly tags: readonly (readonly string[])[];
}

function bodyOf(secret: string): Body | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(secret);
  } catch {
    return null;
  }
  if (!Array.isArray(parsed) || parsed.length !== 2 || parsed[0] !== "HTLC") return null;
  const { nonce, data, tags } = (parsed[1] ?? {}) as Partial<Body>;
  if (typeof nonce !== "string" || typeof data !== "string" || !Array.isArray(tags)) return null;
  if (!tags.every((tag) => Array.isArray(tag) && tag.every((each) => typeof each === "string" && each !== "")))
    return null;
  return JSON.stringify(["HTLC", { nonce, data, tags }]) === secret ? { nonce, data, tags } : null;
}
