/** Where a process can be killed, how a recorded run tells, and what a plan of kills is. */

export type TrusteeRole = "trustee-1" | "trustee-2" | "trustee-3";
export const TRUSTEES: readonly TrusteeRole[] = ["trustee-1", "trustee-2", "trustee-3"];
export type Role = "wallet" | "shop" | "bank" | "log" | "witness" | TrusteeRole;
/** Those of every market. */
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

/** Whoever is no process of a trial: the campaign itself, which makes purses and empties them. */
export const STRANGER = "a stranger";

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

/** Where a scenario begins to matter: a purchase at the wallet's first write, what is done with coins at once. */
export type Beginning = "first-write" | "start";

/** Whether this pass is one that the scenario may begin with. */
export function begins({ role, at }: Pass, from: Beginning): boolean {
  return from === "start" || (role === "wallet" && at === "before-commit");
}

/** Every place to be killed at in a recorded run. */
export function boundariesOf(passes: readonly Pass[], from: Beginning): readonly BoundaryKill[] {
  const ordered = [...passes].sort((a, b) => (a.atNs < b.atNs ? -1 : 1));
  const first = ordered.find((pass) => begins(pass, from));
  if (first === undefined) throw new Error("the recorded run has no beginning");
  const counts = new Map<string, number>();
  const found: BoundaryKill[] = [];
  for (const { atNs, role, life, at, what } of ordered) {
    if (at === KILLS || what.endsWith(STRANGER)) continue;
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

/** Whether somebody was about to kill so. */
export function tookPlace(kill: BoundaryKill, passes: readonly Pass[]): boolean {
  return passes.some(({ at, what }) => at === KILLS && what === nameOf(kill));
}

export function nameOf(kill: BoundaryKill): string {
  const life = kill.life === 0 ? "" : ` of life ${kill.life}`;
  return `${kill.victim} ${placeOf(kill)} #${kill.trigger.occurrence}${life}`;
}

/** The boundary without its occurrence, in words. */
export function placeOf({ victim, trigger: { role, at, what } }: BoundaryKill): string {
  return victim === role ? `${at} ${what}` : `message-left, arrived at ${role}`;
}

/** Of each boundary of a life its first occurrence, its last, and between them as many as make `most`, evenly apart. */
export function sampled(boundaries: readonly BoundaryKill[], most: number): readonly BoundaryKill[] {
  const groups = Map.groupBy(boundaries, (kill) => `${kill.victim} ${kill.life} ${placeOf(kill)}`);
  return [...groups.values()].flatMap((group) => {
    if (group.length <= most) return group;
    const at = (i: number) => Math.round((i * (group.length - 1)) / (most - 1));
    return Array.from({ length: most }, (_, i) => group[at(i)] as BoundaryKill);
  });
}

/** Each boundary once, at its last occurrence, which lies nearest to the receipt. */
export function everyPlace(boundaries: readonly BoundaryKill[]): readonly BoundaryKill[] {
  return [...new Map(boundaries.map((boundary) => [`${boundary.victim} ${placeOf(boundary)}`, boundary])).values()];
}
