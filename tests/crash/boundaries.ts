/** Where a process can be killed, how a recorded run tells, and what a plan of kills is. */

export type Role = "wallet" | "shop" | "bank";
export const ROLES: readonly Role[] = ["wallet", "shop", "bank"];

/** One boundary as the process that passed it told of it. */
export interface Pass {
  /** The machine's monotonic clock, one for all processes. */
  readonly atNs: bigint;
  readonly role: Role;
  /** Which incarnation of the role it was, counted within the trial. */
  readonly life: number;
  readonly at: string;
  readonly what: string;
}

/** Not a boundary: the last line of a process that is about to kill, itself or another; `what` is the kill's name. */
export const KILLS = "kills";

/** The k-th time that this process passes this boundary. */
export interface Trigger {
  readonly role: Role;
  readonly at: string;
  readonly what: string;
  readonly occurrence: number;
}

/** Whom to kill when somebody passes a boundary: itself, or another whose message has just arrived there. */
export interface BoundaryKill {
  readonly victim: Role;
  readonly trigger: Trigger;
  /** Which incarnation of the trigger's role acts: 0 is the purchase's own, 1 the one after a first restart or `resume`. */
  readonly life: number;
}

/** What a process reads at each boundary. */
export interface Plan {
  readonly name: string;
  readonly life: number;
  readonly kills: readonly BoundaryKill[];
}

/** Every place to be killed at in a recorded run, from the wallet's first write on. */
export function boundariesOf(passes: readonly Pass[]): readonly BoundaryKill[] {
  const ordered = [...passes].sort((a, b) => (a.atNs < b.atNs ? -1 : 1));
  const first = ordered.find(({ role, at }) => role === "wallet" && at === "before-commit");
  if (first === undefined) throw new Error("the recorded run has no first write");
  const counts = new Map<string, number>();
  const found: BoundaryKill[] = [];
  for (const { atNs, role, life, at, what } of ordered) {
    if (at === KILLS) continue;
    const place = `${role} ${life} ${at} ${what}`;
    const occurrence = (counts.get(place) ?? 0) + 1;
    counts.set(place, occurrence);
    if (atNs < first.atNs) continue;
    const trigger = { role, at, what, occurrence };
    found.push({ victim: role, trigger, life });
    // A message's arrival is when its sender is past sending it: the host's own "after-send" only says it was handed over.
    if (at === "message-arrived") found.push({ victim: what.slice("from ".length) as Role, trigger, life });
  }
  return found;
}

/** What every one of several recorded runs passed: how often a retry comes is a matter of time. */
export function common(runs: readonly (readonly BoundaryKill[])[]): readonly BoundaryKill[] {
  const [first = [], ...others] = runs;
  const names = others.map((run) => new Set(run.map(nameOf)));
  return first.filter((boundary) => names.every((known) => known.has(nameOf(boundary))));
}

export function nameOf(kill: BoundaryKill): string {
  const life = kill.life === 0 ? "" : ` of life ${kill.life}`;
  return `${kill.victim} ${placeOf(kill)} #${kill.trigger.occurrence}${life}`;
}

/** The boundary without its occurrence, in words. */
export function placeOf({ victim, trigger: { role, at, what } }: BoundaryKill): string {
  return victim === role ? `${at} ${what}` : `message-left, arrived at ${role}`;
}

/** Each boundary once, at its last occurrence, which lies nearest to the receipt. */
export function everyPlace(boundaries: readonly BoundaryKill[]): readonly BoundaryKill[] {
  return [...new Map(boundaries.map((boundary) => [`${boundary.victim} ${placeOf(boundary)}`, boundary])).values()];
}
