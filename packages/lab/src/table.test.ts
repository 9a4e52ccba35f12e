/** The table says what was answered and nothing else, and a way that was found can be gone again. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { certifiedDelivery, fairExchange, goodsAtomic, moneyAtomic } from "./atomicity.ts";
import { playOf, replay } from "./explore/index.ts";
import { type Study, searched } from "./study.ts";
import { rowOf, type TableRow, tableInMarkdown, tableInText } from "./table.ts";

interface Word {
  readonly to: "buyer" | "seller";
  readonly is: "money" | "goods";
}

/** A buyer pays, and a seller delivers; whoever is paid first need do nothing more. */
function bareSale(isSellerHonest: boolean) {
  const honest = new Set(["customer", ...(isSellerHonest ? ["merchant"] : [])]);
  return playOf<{ buyer: string; seller: string }, Word>({
    name: "a bare sale",
    roles: {
      buyer: {
        start: "waits",
        moves: (state) =>
          state === "waits" ? [{ what: "pays", next: "paid", says: [{ to: "seller", is: "money" }] }] : [],
        hears: (_, { is }) => (is === "goods" ? { next: "has" } : null),
        owes: (state) => (state === "paid" ? [{ to: "seller", is: "money" }] : []),
      },
      seller: {
        start: "waits",
        hears(state, { is }) {
          if (state !== "waits" || is !== "money") return null;
          return isSellerHonest ? { next: "credited", says: [{ to: "buyer", is: "goods" }] } : { next: "gone" };
        },
        owes: (state) => (state === "credited" ? [{ to: "buyer", is: "goods" }] : []),
      },
    },
    nameOf: ({ is }) => is,
    fault: ({ of }) =>
      goodsAtomic<typeof of>(honest, {
        isDebited: () => of("buyer") !== "waits",
        isCredited: () => of("seller") !== "waits",
        isOver: () => of("seller") === "gone",
        hasGoods: () => of("buyer") === "has",
        areGoodsLost: () => of("seller") === "gone",
      })(of),
  });
}

const study = (isSellerHonest: boolean): Study => ({
  id: "bare",
  title: "A bare sale",
  source: "shipped",
  claimed: { goods: "Y", anonymous: "N" },
  questions: [
    searched({
      name: "all",
      about: ["goods"],
      bound: "one sale",
      trusted: "nobody",
      play: () => bareSale(isSellerHonest),
    }),
  ],
});
const row = (isSellerHonest: boolean) => {
  const of = study(isSellerHonest);
  return rowOf(
    of,
    of.questions.map((question) => ({ question: question.name, answered: question.ask() })),
  );
};
const goodsIn = (of: ReturnType<typeof row>) => of.verdicts.find(({ property }) => property === "goods");

describe("the table", () => {
  test("holds, is refuted, or was not asked", () => {
    expect(goodsIn(row(true))).toMatchObject({ claimed: "Y", found: "Y", refutedBy: null });
    expect(goodsIn(row(false))).toMatchObject({ claimed: "Y", found: "N", refutedBy: "all" });
    expect(row(true).verdicts.find(({ property }) => property === "anonymous")).toMatchObject({
      claimed: "N",
      found: "–",
    });
  });

  test("in text and as a page, the refutation included", () => {
    expect(tableInText([row(false)])).toContain("A bare sale");
    const page = tableInMarkdown([row(false)]);
    expect(page).toContain("[N](#bare-all)");
    expect(page).toContain("1. buyer pays\n2. seller hears money");
  });

  test("a way that was found is gone again; another one is not", () => {
    const { way = [], fault } = goodsIn(row(false)) ?? {};
    expect(replay(bareSale(false), way)?.fault).toBe(fault);
    expect(replay(bareSale(true), way)?.fault).toBeNull();
    expect(replay(bareSale(true), ["seller hears goods"])).toBeNull();
  });
});

/** Every combination of so many facts. */
const worlds = (count: number) =>
  Array.from({ length: 2 ** count }, (_, bits) => Array.from({ length: count }, (__, i) => ((bits >> i) & 1) === 1));
type Facts = readonly boolean[];
const both = new Set(["customer", "merchant", "bank"]);

describe("one schema of atomicity", () => {
  const paying = { isDebited: (w: Facts) => !!w[0], isCredited: (w: Facts) => !!w[1], isOver: (w: Facts) => !!w[2] };
  const delivering = { ...paying, hasGoods: (w: Facts) => !!w[3], areGoodsLost: (w: Facts) => !!w[2] && !w[3] };

  test("money: once it is over, both or neither", () => {
    for (const world of worlds(3)) {
      const isBroken = world[2] === true && world[0] !== world[1];
      expect(moneyAtomic(both, paying)(world) !== null, `${world}`).toBe(isBroken);
    }
  });

  test("goods: once it is over, paid and delivered or neither", () => {
    for (const world of worlds(4)) {
      const isBroken = world[2] === true && world[1] !== world[3];
      expect(goodsAtomic(both, delivering)(world) !== null, `${world}`).toBe(isBroken);
    }
  });

  test("certified: besides, whoever has the goods can prove them", () => {
    const facts = { ...delivering, canCustomerProve: (w: Facts) => !!w[4], canMerchantProve: null };
    for (const world of worlds(5)) {
      const isProofMissing = world[3] === true && world[4] !== true;
      const isProofOfNothing = world[4] === true && world[2] === true && (!world[1] || !world[3]);
      const isBroken = goodsAtomic(both, delivering)(world) !== null || isProofMissing || isProofOfNothing;
      expect(certifiedDelivery(both, facts)(world) !== null, `${world}`).toBe(isBroken);
    }
  });

  test("a fair exchange of any two items, and what a liar loses counts for nothing", () => {
    const facts = {
      hasFirst: (w: Facts) => !!w[0],
      hasSecond: (w: Facts) => !!w[1],
      isFirstLost: (w: Facts) => !w[0],
      isSecondLost: (w: Facts) => !w[1],
    };
    for (const world of worlds(2)) {
      const two = fairExchange(new Set(["first", "second"]), facts)(world);
      expect(two !== null).toBe(world[0] !== world[1]);
      expect(fairExchange(new Set(["first"]), facts)(world) !== null).toBe(!world[0] && world[1] === true);
    }
  });
});

test("the rows that the pages show and the printed table are of one run", () => {
  const read = (name: string) => readFileSync(new URL(`../../../docs/lab/${name}`, import.meta.url), "utf8");
  const rows = JSON.parse(read("table.json")) as readonly TableRow[];
  const printed = read("table.md");
  expect(printed.slice(printed.indexOf("| Protocol | Source"))).toBe(tableInMarkdown(rows));
  expect(rows).toHaveLength(16);
});
