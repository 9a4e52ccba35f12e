/** What can happen in the world of the purse model, drawn at random. */
import { HOUR_MS, MINUTE_MS } from "@counterfoil/base";
import fc from "fast-check";

export const DAY_MS = 24 * HOUR_MS;
/** The first two are one holder's: one seed, one account, one device number. The third has a fast clock. */
export const HOLDERS = ["ann", "ann's other", "bob"] as const;
/** By price and end; most are too far ahead at first. */
export const SALES = [
  { price: 5n, endsMs: 2 * HOUR_MS },
  { price: 64n, endsMs: 20 * HOUR_MS },
  { price: 33n, endsMs: 30 * HOUR_MS },
  { price: 7n, endsMs: 30 * HOUR_MS },
  { price: 12n, endsMs: 3 * DAY_MS + 20 * HOUR_MS },
  { price: 3n, endsMs: 3 * DAY_MS + 22 * HOUR_MS },
] as const;
export const BUNDLES = [[64n], [1n, 2n, 4n], [32n, 16n, 8n, 8n], [1n, 1n], [128n, 128n]] as const;

/** What becomes of messages on their way: all goes well, the answer is lost, the question is, both come twice, a copy stays. */
export const FATES = ["well", "well", "well", "no-answer", "no-question", "twice", "copied"] as const;
export type Fate = (typeof FATES)[number];
/** What a refresh is for. */
export const AIMS = ["same", "merge", "split", "deposit", "half", "wrong"] as const;

export type Step =
  | { readonly kind: "withdraw"; readonly by: number; readonly bundle: number }
  | { readonly kind: "target"; readonly by: number; readonly minor: bigint }
  | { readonly kind: "refresh"; readonly by: number; readonly pick: number; readonly aim: (typeof AIMS)[number] }
  | { readonly kind: "talk"; readonly by: number; readonly fate: Fate }
  | { readonly kind: "copy"; readonly at: number }
  | { readonly kind: "wake"; readonly by: number }
  | { readonly kind: "learn"; readonly by: number }
  | { readonly kind: "restart"; readonly by: number }
  | { readonly kind: "buy"; readonly by: number; readonly sale: number }
  | { readonly kind: "settle"; readonly at: number }
  | { readonly kind: "conclude"; readonly at: number }
  | { readonly kind: "debit"; readonly by: number; readonly sale: number }
  | { readonly kind: "abort"; readonly at: number }
  | {
      readonly kind: "hand";
      readonly from: number;
      readonly to: number;
      readonly pick: number;
      readonly arrives: boolean;
    }
  | { readonly kind: "reissue"; readonly by: number; readonly at: number }
  | { readonly kind: "advance"; readonly ms: number }
  /** To shortly before the next day's keys open, or shortly after the oldest coin of all has ended. */
  | { readonly kind: "jump"; readonly to: "eve" | "end" };

/** What has happened before: two holders have coins of today; of two days; it is the evening before new keys; one was early. */
export const BEGINNINGS: readonly (readonly Step[])[] = (() => {
  const filled = (holder: number, bundle: number): readonly Step[] => [
    { kind: "learn", by: holder },
    { kind: "withdraw", by: holder, bundle },
    { kind: "talk", by: holder, fate: "well" },
  ];
  const today = [...filled(0, 2), ...filled(2, 0)];
  const later: readonly Step[] = [{ kind: "advance", ms: 3 * DAY_MS }, ...filled(0, 1), ...filled(2, 3)];
  const eve: Step = { kind: "jump", to: "eve" };
  const early: readonly Step[] = [
    { kind: "withdraw", by: 2, bundle: 1 },
    { kind: "refresh", by: 2, pick: 15, aim: "split" },
    { kind: "talk", by: 2, fate: "copied" },
    { kind: "advance", ms: 5 * MINUTE_MS },
  ];
  return [today, [...today, ...later], [...today, eve], [...today, eve, ...early]];
})();

const by = fc.nat(HOLDERS.length - 1);
const sale = fc.nat(SALES.length - 1);
const at = fc.nat(5);
const pick = fc.integer({ min: 1, max: 15 });
const of = <K extends Step["kind"], P extends object>(kind: K, parts: { [N in keyof P]: fc.Arbitrary<P[N]> }) =>
  fc.record({ kind: fc.constant(kind), ...parts } as never) as fc.Arbitrary<never>;

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: of("withdraw", { by, bundle: fc.nat(BUNDLES.length - 1) }) },
  { weight: 1, arbitrary: of("target", { by, minor: fc.constantFrom(0n, 60n, 100n) }) },
  { weight: 5, arbitrary: of("refresh", { by, pick, aim: fc.constantFrom(...AIMS) }) },
  { weight: 8, arbitrary: of("talk", { by, fate: fc.constantFrom(...FATES) }) },
  { weight: 4, arbitrary: of("copy", { at }) },
  { weight: 4, arbitrary: of("wake", { by }) },
  { weight: 2, arbitrary: of("learn", { by }) },
  { weight: 1, arbitrary: of("restart", { by }) },
  { weight: 5, arbitrary: of("buy", { by, sale }) },
  { weight: 5, arbitrary: of("settle", { at }) },
  { weight: 3, arbitrary: of("conclude", { at }) },
  { weight: 1, arbitrary: of("debit", { by, sale }) },
  { weight: 2, arbitrary: of("abort", { at }) },
  { weight: 2, arbitrary: of("hand", { from: by, to: by, pick, arrives: fc.boolean() }) },
  { weight: 1, arbitrary: of("reissue", { by, at }) },
  { weight: 1, arbitrary: of("jump", { to: fc.constantFrom("eve", "eve", "end") }) },
  {
    weight: 4,
    arbitrary: of("advance", {
      ms: fc.constantFrom(
        1,
        5 * MINUTE_MS,
        20 * MINUTE_MS,
        20 * MINUTE_MS,
        HOUR_MS,
        HOUR_MS,
        7 * HOUR_MS,
        DAY_MS,
        3 * DAY_MS,
        7 * DAY_MS,
      ),
    }),
  },
);
