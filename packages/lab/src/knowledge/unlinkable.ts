/**
 * Whether anybody can tell which of two customers made which of two purchases of one price (P§7A *Anonymity*): the same is
 * played twice, with the customers exchanged, and what each coalition has seen must be the same but for fresh names. Over the
 * very wallet with its purse, shop, bank, log and trustees.
 *
 * It rests on channels that name nobody, on equal prices and denominations, and on times that tell nothing: each happens at
 * the same time in both worlds. Purses here are filled before, and not again.
 */
import { raw } from "@counterfoil/crypto";
import type { Order } from "@counterfoil/protocols/contract";
import { symbolicCrypto } from "../terms/index.ts";
import { buyerIn, type Leak, type Pays } from "./buyer.ts";
import { SCHEDULES, type Schedule } from "./schedules.ts";
import { MEMBERS, type Member, townOf } from "./town.ts";
import { type View, viewsIn } from "./view.ts";

/** All that may work together: fifteen, where each of four is in or not. */
export const COALITIONS: readonly (readonly Member[])[] = Array.from({ length: 2 ** MEMBERS.length - 1 }, (_, i) =>
  MEMBERS.filter((_, place) => (((i + 1) >> place) & 1) === 1),
);

export interface Comparison {
  readonly schedule: string;
  readonly coalition: readonly Member[];
  /** The first line that the one view has and the other has not, by what it is of; null where there is none. */
  readonly difference: string | null;
}

export interface Compared {
  readonly comparisons: readonly Comparison[];
  /** How many views were compared. */
  readonly views: number;
  /** How long they are as they are compared. */
  readonly bytes: number;
}

export interface Sold {
  readonly mode: Order["mode"];
  readonly pays: Pays;
}

/** @param leak what is planted in both customers. */
export function compare(
  { mode, pays }: Sold,
  {
    leak = null,
    schedules = SCHEDULES,
  }: { readonly leak?: Leak | null; readonly schedules?: readonly Schedule[] } = {},
): Compared {
  const comparisons: Comparison[] = [];
  let [views, bytes] = [0, 0];
  for (const schedule of schedules) {
    if (schedule.pays !== undefined && schedule.pays !== pays) continue;
    if (schedule.modes !== undefined && !schedule.modes.includes(mode)) continue;
    const salts = Array.from({ length: schedule.orders ?? 1 }, (_, salt) => salt);
    const worlds = [false, true].map((swapped) =>
      salts.map((salt) => viewsOf(schedule, { mode, pays }, leak, swapped, salt)),
    );
    COALITIONS.forEach((coalition, place) => {
      const [ones, others] = worlds.map((world) => world.map((each) => each[place] as View)) as [View[], View[]];
      views += ones.length + others.length;
      for (const view of [...ones, ...others]) for (const line of view) bytes += line.length;
      comparisons.push({ schedule: schedule.name, coalition, difference: differenceOf(ones, others) });
    });
  }
  return { comparisons, views, bytes };
}

/** What each coalition has seen of one world. */
function viewsOf(schedule: Schedule, { mode, pays }: Sold, leak: Leak | null, swapped: boolean, salt: number): View[] {
  const symbolic = symbolicCrypto(salt);
  const town = townOf(symbolic, mode, schedule.priceMinor);
  const [ann, ben] = [buyerIn(town, pays, leak), buyerIn(town, pays, leak)];
  const [first, second] = swapped ? [ben, ann] : [ann, ben];
  schedule.play({ ann, ben, first, second, pays });
  const seen = town.overheard.map(({ to, said, answer, by }) => ({ title: `to ${to}`, parts: [said, answer], by }));
  const secrets = Object.values(town.secrets).flat();
  const viewOf = viewsIn(symbolic, secrets, seen);
  // Everybody knows both customers by their accounts, and has all that is published.
  const accounts = [ann, ben].map(({ account }) => raw(account.publicKey));
  return COALITIONS.map((coalition) =>
    viewOf({
      knows: [...accounts, ...town.published, ...coalition.flatMap((member) => town.secrets[member])],
      seen: seen.filter(({ by }) => by.some((member) => coalition.includes(member))),
    }),
  );
}

/** Under some order of names the one must look as the other does under some, and the other way round. */
function differenceOf(ones: readonly View[], others: readonly View[]): string | null {
  return missing(ones, others) ?? missing(others, ones);
}

function missing(views: readonly View[], among: readonly View[]): string | null {
  const known = new Set(among.map((view) => view.join("\n")));
  const alone = views.find((view) => !known.has(view.join("\n")));
  if (alone === undefined) return null;
  const other = among[0] as View;
  const at = alone.findIndex((line, i) => line !== other[i]);
  return `line ${at + 1} of ${alone.length}: ${(alone[at] ?? "").slice(0, SHOWN_LETTERS)}`;
}

/** Of a line that differs: what it is of, and not all that is in it. */
const SHOWN_LETTERS = 120;
