/**
 * What messages give away, and what they prove: two questions about a protocol that no order of events answers by itself. Both
 * are asked in the worlds of a play, whose messages list what they tell and what they show.
 */
import { type Addressed, type Play, playOf, type Scene } from "../explore/index.ts";
import { closureOf } from "./ray-knowledge.ts";

/** A message of a literal play. */
export interface Line extends Addressed {
  /** As the paper's figure has it, and unlike that of any other message. */
  readonly name: string;
  /** Names that whoever hears it sees side by side, and so knows to belong together. */
  readonly tells?: readonly (readonly string[])[];
}

export const nameOf = ({ name }: Line): string => name;

/**
 * Whether some parties, by putting together all that was ever said to them, know that two names belong together. What is
 * blinded is another name than what comes of it, which is all that blinding is.
 */
export function tie(
  scene: Pick<Scene<Record<string, unknown>, Line>, "isSaid">,
  lines: readonly Line[],
  parties: readonly string[],
  [from, to]: readonly [from: string, to: string],
): boolean {
  const said = lines.filter((line) => scene.isSaid(line));
  const told = said.flatMap(({ to: hearer, tells = [] }) => tells.map((names) => ({ to: hearer, names })));
  return closureOf(told, parties, from).has(to);
}

/** One thing laid before a judge. */
export interface Exhibit {
  readonly what: "description" | "ciphertext" | "checksum" | "key" | "goods";
  /** Whose signature is on it; nobody's unless named. A judge believes a merchant about itself, and the trusted about anything. */
  readonly by?: "merchant" | "trusted";
  /** What it is of: the goods as described, or something else. A key that fits no goods is of something else too. */
  readonly of: "described" | "other";
}

export type Ruling = "for the customer" | "for the merchant" | "cannot tell";

/**
 * Certified delivery as S3 §4 argues it: signatures tie description, checksum and key to the merchant, the checksum ties them
 * to what the customer shows, and the judge opens it.
 */
export function ruling(exhibits: readonly Exhibit[]): Ruling {
  const signed = (what: Exhibit["what"]) => exhibits.find((each) => each.what === what && each.by !== undefined);
  const [description, checksum, key] = [signed("description"), signed("checksum"), signed("key")];
  const ciphertext = exhibits.find(({ what }) => what === "ciphertext");
  const goods = signed("goods");
  if (description === undefined) return "cannot tell";
  if (goods !== undefined) return goods.of === "other" ? "for the customer" : "for the merchant";
  if (checksum === undefined || key === undefined || ciphertext === undefined) return "cannot tell";
  // Whoever shows another ciphertext than the one that was sent is heard no further.
  if (ciphertext.of !== checksum.of) return "for the merchant";
  return ciphertext.of === "other" || key.of === "other" ? "for the customer" : "for the merchant";
}

type Disputed = {
  readonly merchant: "paid" | "has delivered";
  readonly customer: "waits" | "has the goods" | "has rubbish" | "lies";
  readonly judge: "idle" | { readonly isHonest: boolean; readonly ruling: Ruling };
};

export interface Dispute {
  readonly name: string;
  /** What opens the goods, as the customer gets it: the right one, and one of a lying merchant's choice. */
  readonly delivery: string;
  /** What the customer can lay before a judge, and what it makes of it where the customer lies. */
  readonly shown: (key: Exhibit["of"], ciphertext: Exhibit["of"]) => readonly Exhibit[];
  readonly asks: "certified" | "validated";
}

/** From the payment on: a merchant that may deliver what it likes, a customer who may say anything of it, and a judge. */
export function disputePlay({ name, delivery, shown, asks }: Dispute): Play {
  const right: Line = { to: "customer", name: delivery };
  const wrong: Line = { to: "customer", name: `${delivery}, which is not that of the goods described` };
  const claim: Line = { to: "judge", name: "what the customer was given" };
  const lie: Line = { to: "judge", name: "something else than what the customer was given" };
  return playOf<Disputed, Line>({
    name,
    nameOf,
    roles: {
      merchant: {
        start: "paid",
        moves: (state) =>
          state === "paid"
            ? [
                { what: "delivers what was described", next: "has delivered", says: [right] },
                { what: "delivers something else", next: "has delivered", says: [wrong] },
              ]
            : [],
      },
      customer: {
        start: "waits",
        hears: (state, line) =>
          state !== "waits"
            ? null
            : line.name === right.name
              ? { next: "has the goods" }
              : { next: "has rubbish", says: [claim] },
        moves: (state) =>
          state === "has the goods" ? [{ what: "claims to have got rubbish", next: "lies", says: [lie] }] : [],
      },
      judge: {
        start: "idle",
        hears(state, line) {
          if (state !== "idle") return null;
          const isHonest = line.name === claim.name;
          return {
            next: { isHonest, ruling: ruling(isHonest ? shown("other", "described") : shown("described", "other")) },
          };
        },
      },
    },
    fault(scene) {
      const judge = scene.of("judge");
      if (asks === "validated")
        return scene.of("customer") === "has rubbish" ? "validated: paid for other goods than were described" : null;
      if (judge === "idle" || judge.ruling === (judge.isHonest ? "for the customer" : "for the merchant")) return null;
      return `certified: the judge ${judge.ruling === "cannot tell" ? "cannot tell" : `finds ${judge.ruling}, and is wrong`}`;
    },
  });
}
