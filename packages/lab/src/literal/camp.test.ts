/** P§3B-1 and P§3B-4: what the layer does as it is printed. That ours does not is shown beside our own exchange. */
import { describe, expect, test } from "vitest";
import { explore } from "../explore/index.ts";
import { campDispute, campMoneyPlay, campPlay, contract } from "./camp.ts";

const UNPAID_FOR = "goods: the merchant is paid, and never that the customer has the goods";
const PRINTED = "unless it hears of an abort";

describe("the layer as it is printed", () => {
  test("P§3B-1: fails open where one abort notice is lost", () => {
    const { found } = explore(campPlay({ settles: PRINTED, blames: "the network" }), { isThorough: true });
    // S2 and then only time: nothing after it arrives, SA neither.
    expect(found).toEqual([
      {
        fault: UNPAID_FOR,
        way: [
          "bank hears S2([t, exp, M, L, price, TID, Q]q)",
          "the log's clock shows 1",
          "log gives up on it",
          "the bank's clock shows 1",
          "the bank's clock shows 2",
          "bank credits the merchant, having heard of no abort",
        ],
      },
    ]);
  });

  test("P§3B-4: fails where the bank's clock is ahead of the log's, though no message is lost", () => {
    const { found } = explore(campPlay({ settles: PRINTED, blames: "the clocks" }));
    expect(found.map(({ fault }) => fault)).toEqual([UNPAID_FOR]);
    const way = found[0]?.way ?? [];
    expect(way.indexOf("bank credits the merchant, having heard of no abort")).toBeLessThan(
      way.indexOf("the log's clock shows 1"),
    );
  });

  test.each(["the network", "the clocks"] as const)("holds where the bank settles on the log's entry: %s", (blames) => {
    const { found, worlds } = explore(campPlay({ settles: "on the log's entry", blames }));
    expect(found).toEqual([]);
    expect(worlds).toBeGreaterThan(50);
  });
});

describe("what is asked of it besides", () => {
  test("its token adds up, and a bank that credits a token it has freed is found out", () => {
    expect(explore(campMoneyPlay()).found).toEqual([]);
    expect(explore(campMoneyPlay(true)).found[0]?.fault).toContain("money:");
  });

  test("a judge can tell by contract and entry, and cannot without the checksum", () => {
    expect(explore(campDispute("certified")).found).toEqual([]);
    const without = campDispute("certified", (...of) => contract(...of).filter(({ what }) => what !== "checksum"));
    expect(explore(without).found[0]?.fault).toBe("certified: the judge cannot tell");
  });

  test("nobody can tie the customer's name to the sale, but where the token is not blinded", () => {
    const asked = { settles: PRINTED, blames: "the network", asks: "anonymous" } as const;
    expect(explore(campPlay(asked)).found).toEqual([]);
    expect(explore(campPlay({ ...asked, isUnblinded: true })).found[0]?.fault).toContain("anonymous:");
  });
});
