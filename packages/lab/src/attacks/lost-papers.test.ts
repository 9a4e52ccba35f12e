/** The two losses on the protocols themselves: S1 §8 and S2 §4 as printed, and ours as shipped, and with the paper's own fault. */
import { portableCrypto } from "@counterfoil/crypto";
import { loggedSale } from "@counterfoil/protocols/players";
import { describe, expect, test } from "vitest";
import { PLANTED, type Planted } from "../shipped/logged-planted.ts";
import { loggedPlay } from "../shipped/logged-play.ts";
import { remembering } from "../shipped/remembering.ts";
import { questionOf, studiesOf } from "../studies.ts";
import { type Question, searched } from "../study.ts";
import { played } from "./attack.fixture.ts";
import { lostAbortAttack, lostYesAttack } from "./lost.ts";

const crypto = remembering(await portableCrypto());

function printed(study: string, question: string): Question {
  const asked = questionOf(studiesOf(crypto), study, question);
  if (asked === null) throw new Error(`${study} is not asked ${question}`);
  return asked;
}

/** One logged sale of ours, all clocks one. Each play has a sale of its own, as it moves the sale's desks. */
function logged(rulesOf: Planted["rulesOf"] = () => ({})): Question {
  const play = () => {
    const sale = loggedSale(crypto, { pays: "hold" });
    return loggedPlay([sale], { isOneClock: true, ...rulesOf(sale) });
  };
  return searched({ name: "logged", about: ["money", "goods"], bound: "one sale", trusted: "bank, shop, log", play });
}

describe("lost-abort", () => {
  const literal = printed("camp", "lost-abort");

  test("has Camp's bank pay for goods that never come, and ours never", () => {
    const { lines, outcome } = played(lostAbortAttack({ literal, ours: logged() }));
    expect(outcome).toEqual({ literal: "succeeded", ours: "refused" });
    expect(lines.find(({ says }) => says.startsWith("goods:"))?.of).toBe("literal");
  });

  test("has ours pay too, where it pays in absence of an abort", () => {
    const fault = PLANTED.find(({ name }) => name === "a bank that pays in absence of an abort");
    const ours = logged(fault?.rulesOf);
    const { lines, outcome } = played(lostAbortAttack({ literal, ours }));
    expect(outcome).toEqual({ literal: "succeeded", ours: "succeeded" });
    expect(lines.at(-1)?.says).toBe(fault?.finds);
  });
});

test("lost-yes: the printed bank says no to the coin that it has credited, and the customer has neither goods nor coin", () => {
  const { lines, outcome } = played(lostYesAttack({ literal: printed("ray-anonymous", "lost-yes"), ours: logged() }));
  expect(outcome).toEqual({ literal: "succeeded", ours: "refused" });
  const way = lines.filter(({ of, says }) => of === "literal" && /^\d+\. /.test(says)).map(({ says }) => says);
  // P§7C's shortest, as it is told there: deposit, credit, a lost yes, deposit again, no, Abort, and the coin is refused.
  const told = ["hears message 7:", "hears message 7 again", "message 8: no", "Abort", "the coin is refused"];
  const places = told.map((words) => way.findIndex((event) => event.includes(words)));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});
