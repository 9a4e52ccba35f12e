/** How the lab's words are written for people. */
import type { Mark, Property } from "@counterfoil/lab";

/** A state as a play spells it: a word, or its members with what each is. */
export function stateInWords(spelt: string): string {
  try {
    return valueInWords(JSON.parse(spelt));
  } catch {
    return spelt;
  }
}

function valueInWords(value: unknown): string {
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(valueInWords).join(", ");
  const members = Object.entries(value);
  return members.length === 0 ? "nothing" : members.map(memberInWords).join("; ");
}

function memberInWords([name, value]: readonly [string, unknown]): string {
  const words = name.replace(/([a-z])([A-Z])/g, (_, end, begin) => `${end} ${begin.toLowerCase()}`);
  const said = valueInWords(value);
  return name === "phase" || name === "asks" ? said : `${words}: ${said}`;
}

/** Without the property, which whoever reads it sees beside it. */
export function faultInWords(fault: string): string {
  return fault.replace(/^[a-z]+: /, "");
}

export function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}

export function propertyOf(fault: string): string {
  return fault.split(":")[0] ?? "";
}

export const MARKS: Readonly<Record<Mark, { readonly word: string; readonly color: string }>> = {
  Y: { word: "holds", color: "green" },
  N: { word: "fails", color: "red" },
  c: { word: "as cards", color: "blue" },
  "–": { word: "–", color: "gray" },
};

/** What each column asks, in a sentence. */
export const ASKS: Readonly<Record<Property, string>> = {
  money: "nothing is made, lost or paid twice on the way from one to the other",
  goods: "the customer has the goods if and only if the merchant is paid",
  certified: "what was delivered can be shown to a judge",
  validated: "nobody pays before it is sure that the goods are those described",
  anonymous: "nobody learns who bought what",
  timely: "everybody comes to an end without the other's help",
  consistent: "no two records of one sale contradict each other",
};

/** A message's name says who sent it where the play needs that; a diagram shows it already. */
export function labelOf(name: string, from: string | null): string {
  return from === null ? name : name.replace(` from ${from}`, "");
}
