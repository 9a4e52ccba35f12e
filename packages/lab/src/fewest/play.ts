/** One protocol of the vocabulary as a play: what is lost, crashes, and who asks B, or the trustees, when nobody answers. */
import { type Play, playOf, type Role } from "../explore/index.ts";
import {
  type AbstractLetter,
  bit,
  canDecide,
  closed,
  has,
  type Items,
  type Party,
  startOf,
  type Terms,
} from "./items.ts";

/** `at`: how many of its own messages, sent or heard, are done, in the protocol's order. */
interface Side {
  readonly items: Items;
  readonly at: number;
  /** Its own end, once it follows the protocol no longer or is through with it. */
  readonly end: "" | "paid" | "unpaid";
}

interface Bank {
  readonly items: Items;
  readonly at: number;
  readonly row: "" | "PAID" | "ABORTED";
}

type Word =
  | { readonly to: Party; readonly step: number }
  | { readonly to: "B" | "T"; readonly asks: "C" | "M" }
  | { readonly to: "C" | "M"; readonly says: "PAID" | "ABORTED"; readonly key: boolean }
  | { readonly to: "C"; readonly opened: true };

type States = { C: Side; M: Side; B: Bank; T: null };

export function playFor(terms: Terms, letters: readonly AbstractLetter[]): Play {
  const mine = (party: Party) =>
    letters.flatMap(({ from, to }, step) => (from === party || to === party ? [{ step, isSent: from === party }] : []));
  /** What of the protocol a party that has done so much says next: all of its own up to what it must hear first. */
  const saysFrom = (party: Party, at: number): { readonly at: number; readonly says: readonly Word[] } => {
    const own = mine(party);
    const says: Word[] = [];
    let next = at;
    for (; own[next]?.isSent === true; next++) {
      const { step } = own[next] as (typeof own)[number];
      says.push({ to: (letters[step] as AbstractLetter).to, step });
    }
    return { at: next, says };
  };
  const isNext = (party: Party, at: number, step: number) => mine(party)[at]?.step === step;

  const side = (who: "C" | "M"): Role<Side, Word> => {
    const first = saysFrom(who, 0);
    return {
      start: { items: startOf(terms, who), at: first.at, end: "" },
      owes: ({ at, end }) => (end === "" ? spoken(who, at) : []),
      hears(state, word) {
        if ("step" in word) {
          if (state.end !== "" || !isNext(who, state.at, word.step)) return null;
          const items = closed(terms, who, state.items | (letters[word.step] as AbstractLetter).items);
          const { at, says } = saysFrom(who, state.at + 1);
          return { next: { items, at, end: ended(who, items) }, says };
        }
        if ("opened" in word) {
          const items = state.items | bit("key");
          return state.end === "" ? { next: { ...state, items, end: ended(who, items) } } : null;
        }
        if (!("says" in word) || state.end !== "") return null;
        if (word.says === "ABORTED") return { next: { ...state, end: "unpaid" } };
        const items = state.items | bit("receipt") | (word.key ? bit("key") : 0);
        return { next: { ...state, items, end: ended(who, items) } };
      },
      moves(state) {
        if (state.end !== "") return [];
        // Whoever has bound itself to nothing just goes; whoever may be paid for, or have to pay, asks.
        const isBound = who === "M" ? has(state.items, "order") || state.at > 0 : true;
        if (!isBound) return [{ what: `${who} goes`, next: { ...state, end: "unpaid" } }];
        const asks: Word[] = [{ to: "B", asks: who }];
        if (who === "C" && terms.trustees && has(state.items, "receipt")) asks.push({ to: "T", asks: "C" });
        return [{ what: `${who} asks`, next: state, says: asks }];
      },
    };
  };
  /** All that a party in this state has ever said of the protocol. */
  function spoken(party: Party, at: number): readonly Word[] {
    return mine(party)
      .slice(0, at)
      .flatMap(({ step, isSent }) => (isSent ? [{ to: (letters[step] as AbstractLetter).to, step }] : []));
  }
  function ended(who: "C" | "M", items: Items): Side["end"] {
    return has(items, "receipt") && (who === "M" || has(items, "key")) ? "paid" : "";
  }

  const bank: Role<Bank, Word> = {
    start: { items: 0, at: saysFrom("B", 0).at, row: "" },
    owes: ({ at, row }) => (row === "ABORTED" ? [] : spoken("B", at)),
    hears(state, word) {
      if ("step" in word) {
        if (state.row === "ABORTED" || !isNext("B", state.at, word.step)) return null;
        const items = closed(terms, "B", state.items | (letters[word.step] as AbstractLetter).items);
        const row = state.row === "" && canDecide(terms, items) ? "PAID" : state.row;
        const { at, says } = saysFrom("B", state.at + 1);
        return { next: { items: row === "PAID" ? items | bit("receipt") : items, at, row }, says };
      }
      if (!("asks" in word)) return null;
      const row = state.row === "" ? "ABORTED" : state.row;
      return {
        next: { ...state, row },
        says: [{ to: word.asks, says: row, key: row === "PAID" && has(state.items, "key") }],
      };
    },
  };
  const trustees: Role<null, Word> = {
    start: null,
    hears: (_state, word) => ("asks" in word ? { next: null, says: [{ to: "C", opened: true }] } : null),
  };

  return playOf<States, Word>({
    name: letters.map(({ name }) => name).join("; "),
    roles: { C: side("C"), M: side("M"), B: bank, T: trustees },
    nameOf: (word) => ("step" in word ? (letters[word.step] as AbstractLetter).name : JSON.stringify(word)),
    fault(scene) {
      const [c, m, b] = [scene.of("C"), scene.of("M"), scene.of("B")];
      if (has(c.items, "key") && b.row !== "PAID") return "goods: C has the key, and nobody has paid";
      if (c.end === "unpaid" && b.row === "PAID") return "consistent: C believes that it has not paid, and it has";
      if (m.end === "unpaid" && b.row === "PAID" && m.at > 0)
        return "consistent: M believes that it is not paid, and it is";
      return null;
    },
    endings: [
      { name: "C, with bank and trustees", roles: ["C", "B", "T"], isOver: (scene) => scene.of("C").end !== "" },
      { name: "M, with the bank", roles: ["M", "B"], isOver: (scene) => scene.of("M").end !== "" },
    ],
  });
}
