/** The table of P§7C for the papers' protocols, reproduced, and a planted fault for each search that finds nothing. */
import { describe, expect, test } from "vitest";
import { explore, type Play, replay } from "../explore/index.ts";
import { rowOf, type TableRow } from "../table.ts";
import { cardPlay } from "./cards.ts";
import { type Cash, digicashPlay } from "./digicash.ts";
import { firstVirtualPlay } from "./first-virtual.ts";
import { micromintPlay, millicentPlay } from "./micro.ts";
import { netbillDispute, netbillPlay } from "./netbill.ts";
import { STUDIES } from "./papers.ts";
import { disputePlay, ruling } from "./ties.ts";

const ROWS = new Map(
  STUDIES.map((study) => {
    const asked = study.questions.map((question) => ({ question: question.name, answered: question.ask() }));
    return [study.id, { row: rowOf(study, asked), asked }] as const;
  }),
);

/** Money, goods, certified, validated, anonymous, timely, consistent: claimed, then found. */
const marksOf = ({ verdicts }: TableRow): string => verdicts.map(({ claimed, found }) => claimed + found).join(" ");

function wayOf(study: string, question: string): readonly string[] {
  const { answered } = ROWS.get(study)?.asked.find((each) => each.question === question) ?? {};
  return answered?.answers[0]?.found?.way ?? [];
}

const heldIn = (study: string): readonly string[] =>
  (ROWS.get(study)?.asked ?? [])
    .filter(({ answered }) => answered.answers.every(({ isHeld }) => isHeld))
    .map(({ question }) => question);

describe("the table", () => {
  test.each([
    ["digicash-offline", "NN NN NN –– YN –– ––"],
    ["digicash-online", "–Y –N –N –– –N –– ––"],
    ["first-virtual", "YY NN –– –– –– –– ––"],
    ["ssl", "cc –N –– –– –– –– –N"],
    ["set", "cc –N –– –– –– –– –Y"],
    ["netbill-1995", "YY YY YY NN NN –N ––"],
    ["camp", "YY YN YY NN YY –– ––"],
    ["micromint", "NN –– –– –– –– –– ––"],
    ["millicent", "YN –– –– –– –– –– ––"],
  ])("%s: %s", (id, marks) => {
    const { row } = ROWS.get(id) as { row: TableRow };
    expect(marksOf(row)).toBe(marks);
    expect(row.isCut).toBe(false);
  });

  test("has every study here, each with questions of different names", () => {
    expect(STUDIES.map(({ id }) => id)).toEqual([...ROWS.keys()]);
    for (const { questions } of STUDIES) expect(new Set(questions.map(({ name }) => name)).size).toBe(questions.length);
  });
});

describe("what the explorer finds of each", () => {
  test("can be gone again, event by event, to the same fault", () => {
    const found = STUDIES.flatMap(({ id, questions }) =>
      questions.flatMap(({ name, play }) => {
        const { answered } = ROWS.get(id)?.asked.find(({ question }) => question === name) ?? {};
        return (answered?.answers ?? []).flatMap((answer) =>
          answer.found === null ? [] : [{ ...answer.found, play }],
        );
      }),
    );
    expect(found).toHaveLength(25);
    for (const { fault, way, play } of found) expect(replay((play as () => Play)(), way)?.fault).toBe(fault);
  });

  test("Camp's layer: all but goods and the key's validity hold, goods too once the log decides", () => {
    expect(heldIn("camp")).toEqual(["token", "corrected", "dispute", "who-bought"]);
  });

  test("DigiCash off-line: a coin that is lost with its message is stuck", () => {
    expect(wayOf("digicash-offline", "stuck")).toEqual([
      "customer spends the coin",
      "the wait shows 1",
      "customer keeps silent",
    ]);
  });

  test("DigiCash off-line: a coin that is returned after it arrived is spent twice", () => {
    expect(wayOf("digicash-offline", "double-spend")).toEqual([
      "customer spends the coin",
      "merchant hears c: the coin, made out to M",
      "the wait shows 1",
      "customer returns the coin",
      "bank hears the coin, returned by C",
    ]);
  });

  test("DigiCash off-line with refund and arbitration, as Heintze et al. found it", () => {
    const held = heldIn("digicash-offline");
    expect(held).toEqual(["conservation", "customers-cash", "who-bought"]);
    expect(wayOf("digicash-offline", "merchants-cash")).toHaveLength(5);
    expect(wayOf("digicash-offline", "returned-coin")).toHaveLength(5);
  });

  test("First Virtual: goods without pay", () => {
    expect(wayOf("first-virtual", "veto")).toEqual([
      "merchant hears 1: VirtualPIN, item",
      "customer hears 2: the goods",
      "first virtual hears 3: VirtualPIN, price, item",
      "customer hears 4: do you confirm?",
      "first virtual hears 5: no",
    ]);
  });

  test("SSL and SET: pay without goods", () => {
    for (const id of ["ssl", "set"]) {
      expect(wayOf(id, "lost-goods")).toEqual([
        "merchant hears 1: the order and what pays it",
        "card network hears 2: charge it",
        "the wait shows 1",
      ]);
    }
  });

  test("SSL: the merchant charges the card again; SET's cannot", () => {
    expect(wayOf("ssl", "charged-again").at(-1)).toBe("card network hears 2: charge it, under another reference");
    expect(heldIn("set")).toEqual(["ledger", "charged-again"]);
  });

  test("NetBill: unknown, then charged", () => {
    expect(wayOf("netbill-1995", "unknown-then-charged")).toEqual([
      "customer signs the order",
      "merchant hears 5: [EPO]C",
      "customer has waited long enough, and asks",
      "customer hears Q: unknown",
      "merchant endorses the order",
      "bank hears 6: [[EPO]C, MAcct, K]M",
    ]);
  });

  test("NetBill: a post-dated order is charged after the time that the customer reckoned with", () => {
    const way = wayOf("netbill-1995", "post-dated");
    expect(way.indexOf("the clock shows 1")).toBeLessThan(way.indexOf("bank hears 6: [[EPO]C, MAcct, K]M"));
    expect(way).toContain("customer hears Q: unknown");
  });

  test("NetBill: all holds where links to N are reliable, and its end where N heeds the customer's time-out", () => {
    expect(heldIn("netbill-1995")).toEqual([
      "ledger",
      "delivery",
      "end",
      "time-out",
      "dispute",
      "who-bought-by-merchant",
    ]);
  });

  test("MicroMint: the second vendor learns at the end of the day", () => {
    expect(wayOf("micromint", "double-spending").at(-1)).toContain("paid already");
  });

  test("MilliCent: the change is lost with the reply", () => {
    expect(wayOf("millicent", "lost-change")).toEqual([
      "user spends scrip",
      "vendor hears 1: scrip worth 2, a request at 1",
      "user hears 2: that scrip is spent",
    ]);
  });
});

describe("each search that finds nothing finds a planted fault", () => {
  const cash: Cash = { isOnline: false, afterwards: "lies", asks: "conservation" };
  const planted: readonly (readonly [what: string, play: Play, fault: string])[] = [
    ["a bank that forgets coins", digicashPlay({ ...cash, isForgetful: true }), "money"],
    ["a bank that forgets coins, on line", digicashPlay({ ...cash, isOnline: true, isForgetful: true }), "money"],
    [
      "a merchant on line that is paid by a forgetful bank",
      digicashPlay({ ...cash, isOnline: true, asks: "both hands", isForgetful: true }),
      "money",
    ],
    [
      "a customer who cannot return a coin",
      digicashPlay({ ...cash, afterwards: "keeps silent", asks: "customer's cash" }),
      "timely",
    ],
    [
      "coins that are not blinded",
      digicashPlay({ ...cash, afterwards: "keeps silent", asks: "anonymous", isUnblinded: true }),
      "anonymous",
    ],
    ["First Virtual's torn ledger", firstVirtualPlay({ isHonest: true, asks: "money", isTorn: true }), "money"],
    ["SSL's torn ledger", cardPlay({ by: "SSL", asks: "money", isMerchantHonest: true, isTorn: true }), "money"],
    ["SET's torn ledger", cardPlay({ by: "SET", asks: "money", isMerchantHonest: true, isTorn: true }), "money"],
    [
      "NetBill's torn ledger",
      netbillPlay({ links: "lossy", merchant: "honest", asks: "money", isTorn: true }),
      "money",
    ],
    [
      "an N that keeps no K",
      netbillPlay({ links: "reliable", merchant: "honest", asks: "goods", isTorn: true }),
      "goods",
    ],
    ["NetBill over lossy links", netbillPlay({ links: "lossy", merchant: "honest", asks: "goods" }), "goods"],
    ["NetBill's receipt without N's archive", netbillDispute("certified", "receipt alone"), "certified"],
    ["a forgetful broker", micromintPlay({ asks: "conservation", isForgetful: true }), "money"],
    ["a forgetful vendor", millicentPlay({ repeats: "answers again", isForgetful: true }), "money"],
  ];
  test.each(planted)("%s", (_, play, property) => {
    expect(explore(play).found.map(({ fault }) => fault.split(":")[0])).toEqual([property]);
  });
});

describe("the judge", () => {
  const goods = { what: "goods", by: "merchant" } as const;
  const description = { what: "description", by: "merchant", of: "described" } as const;

  test("believes signed goods without opening anything", () => {
    expect(ruling([description, { ...goods, of: "other" }])).toBe("for the customer");
    expect(ruling([description, { ...goods, of: "described" }])).toBe("for the merchant");
  });

  test("is found out where it believes what nobody signed", () => {
    // The customer's bare word on what it got: the liar's is as good.
    const shown = () => [description, { ...goods, of: "other" } as const];
    const { found } = explore(disputePlay({ name: "bare words", delivery: "goods", shown, asks: "certified" }));
    expect(found[0]?.fault).toBe("certified: the judge finds for the customer, and is wrong");
  });
});
