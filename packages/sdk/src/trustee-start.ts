/** Several trustees in one process: a market to try things in, not a protection, since whoever has the machine has all keys. */
import { assert, DAY_MS, type Hex, type Instant } from "@counterfoil/base";
import type { WireRole } from "@counterfoil/host";
import { standingGroup } from "@counterfoil/protocols/trustees";
import type { Ports } from "./ports.ts";
import { type OpenTrustee, openTrustee, trusteeFolder } from "./trustee.ts";
import { conveneGroup, type TrusteeDoor } from "./trustee-convene.ts";

export interface StartedTrustees {
  readonly trustees: readonly OpenTrustee[];
  /** In the order of the trustees' numbers. Each takes the same messages, so each needs a server of its own. */
  readonly roles: readonly WireRole[];
  readonly keys: readonly Hex[];
  /** `SignedGroup`, encoded, and its id. */
  readonly group: Uint8Array;
  readonly groupId: Hex;
  close(): Promise<void>;
}

const SELL_MS = 365 * DAY_MS;
const START_CLAIM_MS = 30 * DAY_MS;
/** A group about to end sells nothing for long: goods are certified under a new one before. */
const RENEW_BEFORE_MS = 30 * DAY_MS;

/**
 * Opens trustees 1 to `count`, each in `trustee-<n>` with a seed and a store of its own, and runs their ceremony where no
 * group of exactly these stands yet. The caller holds the folders' locks.
 */
export async function startTrustees(
  dataFolder: string,
  count: number,
  threshold: number,
  own: Ports,
): Promise<StartedTrustees> {
  const trustees: OpenTrustee[] = [];
  const close = async () => {
    for (const each of [...trustees].reverse()) await each.close();
  };
  try {
    for (let number = 1; number <= count; number++) {
      trustees.push(await openTrustee(trusteeFolder(dataFolder, number), own));
    }
    const keys = trustees.map(({ key }) => key);
    const { signed, id } = (await standing(trustees, threshold, own)) ?? (await make(trustees, threshold, own));
    return { trustees, roles: trustees.map(({ role }) => role), keys, group: signed, groupId: id, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Made {
  readonly signed: Uint8Array;
  readonly id: Hex;
  readonly sellUntilMs: Instant;
}

/** The group of exactly these trustees that sells longest; what one of them knows, all have signed. */
async function standing(trustees: readonly OpenTrustee[], threshold: number, own: Ports): Promise<Made | null> {
  const keys = trustees.map(({ key }) => key);
  const found: Made[] = [];
  for (const trustee of trustees) {
    for (const { id, signed } of await trustee.groups()) {
      const group = signed === null ? null : (standingGroup(own.crypto, signed)?.group ?? null);
      if (signed === null || group === null || group.threshold !== threshold) continue;
      const same = group.trustees.length === keys.length && group.trustees.every(({ key }, at) => key === keys[at]);
      if (same) found.push({ signed, id, sellUntilMs: group.sellUntilMs });
    }
  }
  const [best] = found.sort((a, b) => b.sellUntilMs - a.sellUntilMs);
  return best !== undefined && best.sellUntilMs > own.clock() + RENEW_BEFORE_MS ? best : null;
}

async function make(trustees: readonly OpenTrustee[], threshold: number, own: Ports): Promise<Made> {
  const doors = trustees.map(({ key, role }, at): TrusteeDoor => {
    return { key, name: `trustee ${at + 1}`, post: (message) => role.handle(message) };
  });
  const sellUntilMs = own.clock() + SELL_MS;
  const terms = { threshold, sellUntilMs, claimWindowMs: START_CLAIM_MS };
  const { signed, id, leftOut } = await conveneGroup(own, doors, terms);
  assert(leftOut.length === 0, "trustees of this very process take part");
  return { signed, id, sellUntilMs };
}
