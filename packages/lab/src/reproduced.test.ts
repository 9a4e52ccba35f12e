/**
 * The papers' rows of the table P§7C, as its last column says what a search of the literal protocol should find. Where a mark is
 * another than one would read there, a comment says why.
 */
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { replay } from "./explore/index.ts";
import { questionOf, studiesOf } from "./studies.ts";
import type { Mark, Property } from "./study.ts";
import { rowOf } from "./table.ts";

type Marks = Readonly<Partial<Record<Property, Mark>>>;

const FOUND: Readonly<Record<string, Marks>> = {
  // Anonymous, and "lost on failure": asked where messages are lost.
  "digicash-offline": { money: "N", goods: "N", certified: "N", anonymous: "N" },
  "first-virtual": { money: "Y", goods: "N" },
  // That the merchant may charge the card again is asked as `consistent`.
  ssl: { money: "c", goods: "N", consistent: "N" },
  set: { money: "c", goods: "N", consistent: "Y" },
  // Over reliable links; "unknown, then charged" is asked as `timely`. Its pseudonym is one to the merchant alone.
  "netbill-1995": { money: "Y", goods: "Y", certified: "Y", validated: "N", anonymous: "N", timely: "N" },
  "ray-basic": { money: "Y", goods: "N", validated: "N", anonymous: "N" },
  // Money: S1 discounts the loss of a coin as irrational, and P§7C says not to.
  "ray-anonymous": { money: "N", goods: "N", validated: "N", anonymous: "N" },
  camp: { money: "Y", goods: "N", certified: "Y", validated: "N", anonymous: "Y" },
};

const studies = studiesOf(await portableCrypto());

describe("the papers' rows of the table", () => {
  for (const [id, marks] of Object.entries(FOUND)) {
    test(id, () => {
      const study = studies.find((each) => each.id === id);
      if (study === undefined) throw new Error(`there is no study ${id}`);
      const row = rowOf(
        study,
        study.questions.map((question) => ({ question: question.name, answered: question.ask() })),
      );
      expect(row.isCut).toBe(false);
      for (const { property, found, refutedBy, way, fault } of row.verdicts) {
        expect(found, `${id}, ${property}`).toBe(marks[property] ?? "–");
        // What refutes can be gone again by whoever reads it.
        const play = refutedBy === null ? undefined : questionOf(studies, id, refutedBy)?.play;
        if (play !== undefined) expect(replay(play(), way)?.fault, `${id}, ${property}`).toBe(fault);
      }
    });
  }
});
