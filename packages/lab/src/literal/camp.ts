/**
 * Camp's atomicity layer as it is printed (S2 §4; messages as P§3A numbers them), to be looked at and not to be used. One
 * sale, honest parties, a network that may lose anything, and a clock at each party that may run ahead of the others'.
 *
 *     S2  C → B  my token, the expiry, for M at this price          S4  M → L  the key, before the expiry
 *     S3  B → M  promised                                           S5  L      publishes S4: committed
 *     S6  M → C  the key                                            SA  L → B  failed: the expiry has passed
 *     Q   C ↔ L  what became of it?
 *
 * The bank credits the merchant unless it has heard SA by a while after the expiry. So silence decides, and not the log.
 */
import type { Step } from "../explore.ts";

export type Said = "S2" | "S3" | "S4" | "S5" | "S6" | "SA";

export interface Layer {
  /** Everything ever said, in the order of the alphabet. */
  readonly net: readonly Said[];
  readonly customer: "paid" | "has-goods";
  readonly bank: "idle" | "locked" | "credited" | "freed";
  readonly merchant: "idle" | "promised" | "released";
  readonly log: "open" | "committed" | "aborted";
  /** What each clock shows, in steps: 0 before the expiry, 1 past it, 2 past the bank's wait for SA. */
  readonly logClock: 0 | 1;
  readonly bankClock: 0 | 1 | 2;
}

export interface Printed {
  /** Whether the bank's clock may show a later time than the log's: the paper has no word on clocks. */
  readonly clocksApart: boolean;
  /** Whether the network may lose what it carries; without it, SA comes before the bank has waited long enough for it. */
  readonly losesMessages: boolean;
}

/** The customer has sent its token: the point of no return. */
export const START: Layer = {
  net: ["S2"],
  customer: "paid",
  bank: "idle",
  merchant: "idle",
  log: "open",
  logClock: 0,
  bankClock: 0,
};

/** All that can happen next. */
export function happens(printed: Printed): (world: Layer) => readonly Step<Layer>[] {
  return (world) => [...world.net.flatMap((said) => hear(world, said)), ...query(world), ...ticks(world, printed)];
}

function hear(world: Layer, said: Said): Step<Layer>[] {
  switch (said) {
    case "S2":
      return world.bank === "idle" && world.bankClock === 0
        ? [step(world, "S2: the bank locks the token", { bank: "locked" }, "S3")]
        : [];
    case "S3":
      return world.merchant === "idle"
        ? [step(world, "S3: the merchant hears the promise", { merchant: "promised" }, "S4")]
        : [];
    case "S4":
      return world.log === "open" && world.logClock === 0
        ? [step(world, "S4: the log publishes the key", { log: "committed" }, "S5")]
        : [];
    case "S5":
      return world.merchant === "promised"
        ? [step(world, "S5: the merchant sees the commit", { merchant: "released" }, "S6")]
        : [];
    case "S6":
      return world.customer === "paid" ? [step(world, "S6: the customer has the key", { customer: "has-goods" })] : [];
    case "SA":
      return world.bank === "locked" ? [step(world, "SA: the bank frees the token", { bank: "freed" })] : [];
  }
}

/** The customer asks the log, which gives the key once it is published. */
function query(world: Layer): Step<Layer>[] {
  if (world.customer === "has-goods" || world.log !== "committed") return [];
  return [step(world, "Q: the log gives the customer the key", { customer: "has-goods" })];
}

function ticks(world: Layer, { clocksApart, losesMessages }: Printed): Step<Layer>[] {
  const { logClock, bankClock, log, bank } = world;
  const steps: Step<Layer>[] = [];
  if (logClock === 0) steps.push(step(world, "the log's clock passes the expiry", { logClock: 1 }));
  if (logClock === 1 && log === "open") steps.push(step(world, "the log gives up on it", { log: "aborted" }, "SA"));
  if (bankClock === 0 && (clocksApart || logClock === 1))
    steps.push(step(world, "the bank's clock passes the expiry", { bankClock: 1 }));
  const comesInTime = log === "open" || (!losesMessages && bank === "locked");
  if (bankClock === 1 && (clocksApart || !comesInTime))
    steps.push(step(world, "the bank has waited long enough for SA", { bankClock: 2 }));
  if (bankClock === 2 && bank === "locked")
    steps.push(step(world, "the bank credits the merchant", { bank: "credited" }));
  return steps;
}

function step(world: Layer, what: string, change: Partial<Layer>, ...says: readonly Said[]): Step<Layer> {
  const net = [...new Set([...world.net, ...says])].sort();
  return { what, to: { ...world, ...change, net } };
}

/**
 * Goods atomicity (P§7A): what is final and one-sided. The customer can still get the goods while a commit stands or may
 * come; the bank's word is final once given.
 */
export function oneSided(world: Layer): string | null {
  const over = world.log === "aborted" || (world.log === "open" && world.logClock === 1);
  if (world.bank === "credited" && world.customer === "paid" && over) return "paid, and no goods";
  if (world.bank === "freed" && world.log === "committed") return "goods, and not paid";
  return null;
}
