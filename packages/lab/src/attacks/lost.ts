/**
 * A sale that goes wrong for want of one message, found by search: R7 of P§2B, where the bank's "yes" is lost and the same
 * deposit then meets "no"; and P§3B 1, where the log's abort is lost and the bank pays. Nobody attacks but the network. Each
 * is asked of the protocol as printed and of ours, with the same faults about it.
 */
import type { Answered, Question } from "../study.ts";
import { type Attack, attackOf, type Half, type Line, tellerOf } from "./attack.ts";

/** The same question, asked of the protocol as printed and of ours. */
export interface Lost {
  readonly literal: Question;
  readonly ours: Question;
}

export function lostYesAttack(of: Lost): Attack {
  const named = { id: "lost-yes", title: "paid and refused, by one lost word of the bank", source: "S1 §8; P§2B R7" };
  return lostAttack(named, of);
}

export function lostAbortAttack(of: Lost): Attack {
  const named = { id: "lost-abort", title: "paid without goods, by one lost word of the log", source: "S2 §4; P§3B 1" };
  return lostAttack(named, of);
}

function lostAttack(named: Pick<Attack, "id" | "title" | "source">, of: Lost): Attack {
  return attackOf(
    named,
    () => searchedFor("literal", of.literal),
    () => searchedFor("ours", of.ours),
  );
}

/** A search that was cut has refuted nothing: what it did not see may be the very loss. */
function* searchedFor(of: Line["of"], question: Question): Half {
  const tells = tellerOf(of);
  yield tells("searched", question.bound);
  yield tells("believed to follow the protocol", question.trusted);
  const answered = question.ask();
  yield tells("worlds", answered.states);
  const found = shortestIn(answered);
  if (found === null) {
    if (answered.isCut) throw new Error("the search was cut, and so says nothing");
    yield tells("no way to a loss");
    return "refused";
  }
  yield tells(`the shortest way to a loss, of ${found.way.length} events`);
  for (const [i, event] of found.way.entries()) yield tells(`${i + 1}. ${event}`);
  yield tells(found.fault);
  return "succeeded";
}

/** Money or goods that somebody is out of; a search may have found other things wrong besides. */
function shortestIn({ answers }: Answered) {
  const losses = answers.filter(({ property }) => property === "money" || property === "goods");
  const ways = losses.flatMap(({ isHeld, found }) => (isHeld || found === null ? [] : [found]));
  return ways.sort((a, b) => a.way.length - b.way.length)[0] ?? null;
}
