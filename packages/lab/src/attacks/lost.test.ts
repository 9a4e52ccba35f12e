/** A loss found by search in a deposit that is not repeatable, and none in one that is; and which attacks there are. */
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { playOf } from "../explore/index.ts";
import { type Question, type Study, searched } from "../study.ts";
import { played } from "./attack.fixture.ts";
import { attacksOf } from "./index.ts";
import { lostAbortAttack, lostYesAttack } from "./lost.ts";

interface Said {
  readonly to: "bank" | "merchant";
  readonly name: "deposit" | "yes" | "no";
}

const DEPOSIT: Said = { to: "bank", name: "deposit" };
const YES: Said = { to: "merchant", name: "yes" };
const NO: Said = { to: "merchant", name: "no" };

/** Two messages of S1 §8: the merchant deposits until it hears, and the bank looks the coin up in its list of the spent. */
function deposit(isRepeatable: boolean) {
  return playOf<{ bank: "unspent" | "spent"; merchant: "deposits" | "delivers" | "aborts" }, Said>({
    name: "a deposit",
    roles: {
      bank: {
        start: "unspent",
        hears: (state) => ({ next: "spent", says: [state === "unspent" || isRepeatable ? YES : NO] }),
      },
      merchant: {
        start: "deposits",
        hears: (state, { name }) => (state === "deposits" ? { next: name === "yes" ? "delivers" : "aborts" } : null),
      },
    },
    said: [DEPOSIT],
    nameOf: ({ name }) => name,
    fault: (scene) =>
      scene.of("bank") === "spent" && scene.of("merchant") === "aborts" ? "goods: paid, and refused" : null,
  });
}

function asked(name: string, isRepeatable: boolean, limit?: number): Question {
  const of = {
    name,
    about: ["goods"],
    bound: "one deposit",
    trusted: "all",
    play: () => deposit(isRepeatable),
  } as const;
  return searched({ ...of, ...(limit && { limit }) });
}

const [fragile, sound] = [asked("lost-yes", false), asked("lost-yes", true)];

describe("a loss", () => {
  test("is told event by event where there is one, and there is none where the bank answers a repeat alike", () => {
    const { lines, outcome } = played(lostYesAttack({ literal: fragile, ours: sound }));
    expect(outcome).toEqual({ literal: "succeeded", ours: "refused" });
    expect(lines.filter(({ of }) => of === "literal").map(({ says }) => says)).toEqual([
      ...["searched", "believed to follow the protocol", "worlds", "the shortest way to a loss, of 2 events"],
      // That the bank hears the deposit again, and says no, changes nothing of it, and so is no event of its own.
      ...["1. bank hears deposit", "2. merchant hears no", "goods: paid, and refused"],
    ]);
    expect(lines.at(-1)).toEqual({ of: "ours", says: "no way to a loss" });
  });

  test("is found in ours too, where ours has it", () => {
    for (const attack of [lostYesAttack, lostAbortAttack]) {
      expect(played(attack({ literal: fragile, ours: fragile })).outcome).toEqual({
        literal: "succeeded",
        ours: "succeeded",
      });
    }
  });

  test("that a cut search has not found is not denied", () => {
    const cut = asked("lost-yes", true, 2);
    expect(() => played(lostYesAttack({ literal: fragile, ours: cut }))).toThrow("cut");
  });

  test("is of money or goods: what else a search found is none", () => {
    const found = { fault: "timely: nobody comes to an end", way: ["nothing"] };
    const other: Question = {
      ...sound,
      ask: () => ({ ...sound.ask(), answers: [{ property: "timely", isHeld: false, found }] }),
    };
    expect(played(lostYesAttack({ literal: fragile, ours: other })).outcome.ours).toBe("refused");
  });
});

describe("the attacks", async () => {
  const crypto = await portableCrypto();
  const study = (id: string, questions: readonly Question[]): Study => {
    return { id, title: id, source: "", claimed: {}, questions };
  };
  const always = ["crt", "hastad", "dictionary", "coin-product", "oracle", "reregister", "weak-fiat-shamir"];

  test("that are searches are there where their studies are", () => {
    const literal = study("ray-anonymous", [asked("other", true), fragile]);
    const ours = study("optimistic-coins", [{ ...fragile, about: ["money"] }, asked("another", true)]);
    const ids = (studies: readonly Study[]) => attacksOf(crypto, studies).map(({ id }) => id);
    expect(ids([])).toEqual(always);
    expect(ids([literal])).toEqual(always);
    const all = ids([literal, ours, study("camp", [fragile]), study("logged-coins", [sound])]);
    expect([...all].sort()).toEqual([...always, "lost-yes", "lost-abort"].sort());
  });

  test("ask the question of their name, or else the study's first about goods", () => {
    const literal = study("ray-anonymous", [asked("other", true), fragile]);
    const ours = study("optimistic-coins", [{ ...asked("first", false), about: ["money"] }, asked("another", true)]);
    const lostYes = attacksOf(crypto, [literal, ours]).find(({ id }) => id === "lost-yes");
    expect(lostYes && played(lostYes).outcome).toEqual({ literal: "succeeded", ours: "refused" });
  });
});
