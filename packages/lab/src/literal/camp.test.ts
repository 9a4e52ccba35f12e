/** P§3B-1 and P§3B-4: what the layer does as it is printed. That ours does not is shown beside our own exchange. */
import { describe, expect, test } from "vitest";
import { explore } from "../explore.ts";
import { happens, oneSided, START } from "./camp.ts";

describe("the layer as it is printed", () => {
  test("P§3B-1: fails open where one abort notice is lost", () => {
    const { faults } = explore(START, happens({ clocksApart: false, losesMessages: true }), oneSided);
    expect([...faults.keys()]).toEqual(["paid, and no goods"]);
    // S2 and then only time: nothing after it arrives, SA neither.
    expect(faults.get("paid, and no goods")).toEqual([
      "S2: the bank locks the token",
      "the log's clock passes the expiry",
      "the log gives up on it",
      "the bank's clock passes the expiry",
      "the bank has waited long enough for SA",
      "the bank credits the merchant",
    ]);
  });

  test("P§3B-4: fails where the bank's clock is ahead of the log's, though no message is lost", () => {
    const { faults } = explore(START, happens({ clocksApart: true, losesMessages: false }), oneSided);
    expect(faults.get("paid, and no goods")).toContain("the bank credits the merchant");
  });

  test("holds where nothing is lost and all clocks are one: the search can also find nothing", () => {
    const { faults, states } = explore(START, happens({ clocksApart: false, losesMessages: false }), oneSided);
    expect([...faults.keys()]).toEqual([]);
    expect(states).toBeGreaterThan(5);
  });
});
