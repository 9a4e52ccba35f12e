/** Log, mint, teller, buyer and merchant in every order, and that each planted fault is found. */
import { describe, expect, test } from "vitest";
import { explore } from "../explore/index.ts";
import { type Plan, tellerRow } from "./teller-parts.ts";
import { DEADLINE_TICK, tellerPlay } from "./teller-play.ts";

const LOCKTIME = DEADLINE_TICK + 2;

describe("log, mint, teller, buyer and merchant in every order", () => {
  const kept: readonly Plan[] = [
    { name: "the mint's clock behind", skew: -1, locktime: LOCKTIME },
    { name: "the mint's clock the same", skew: 0, locktime: LOCKTIME },
    { name: "the mint's clock ahead", skew: 1, locktime: LOCKTIME },
    { name: "a mint that keeps no witness", skew: 1, locktime: LOCKTIME, keepsNothing: true },
  ];
  for (const plan of kept) {
    test(plan.name, () => {
      const ends = new Set<string>();
      const play = tellerPlay(plan, ({ of }) => {
        ends.add(`${tellerRow(of("the teller"), "told_sale")?.phase} ${of("the mint")}`);
      });
      expect(explore(play)).toMatchObject({ found: [], isCut: false });
      expect(ends).toContain("PAID paid");
      expect(ends).toContain("RETURNED freed");
      if (!plan.keepsNothing) expect(ends).toContain("LAPSED lapsed");
    });
  }

  const same = { skew: 0, locktime: LOCKTIME };
  const plans: readonly (Plan & { readonly finds: string })[] = [
    { name: "goods let go on COMMITTED", ...same, releasesOnCommit: true, finds: "goods: goods without money" },
    {
      name: "a lock that ends with the deadline",
      ...{ skew: 1, locktime: DEADLINE_TICK },
      finds: "money: committed to no lock",
    },
    { name: "a hash of the merchant's own", ...same, merchantKnows: true, finds: "money: money without a commit" },
    { name: "a swap that was sent taken for done", ...same, hopes: true, finds: "goods: goods without money" },
    {
      name: "a swap sent before the log has decided",
      ...same,
      hurries: true,
      finds: "money: money without a commit",
    },
    {
      name: "the mint's word taken for other tokens'",
      ...same,
      confuses: true,
      finds: "money: locked what was spent",
    },
  ];
  for (const plan of plans) {
    test(`found out: ${plan.name}`, () => {
      expect(explore(tellerPlay(plan)).found.map(({ fault }) => fault)).toEqual([plan.finds]);
    });
  }
});
