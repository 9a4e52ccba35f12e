/**
 * What the players of one play say to each other, each message numbered once. Nothing is believed for the way it came by: a
 * liar may say anything in anybody's name, and what does not prove itself is the hearer's own to refuse.
 */
import { toHex } from "@counterfoil/base";
import { interner, type Message } from "../explore/index.ts";

export interface Said {
  /** The players by their names. A reply goes to whom it came from. */
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
  /** What it answers, where whoever hears it wants to know. */
  readonly re: Uint8Array | null;
}

export interface Stage {
  /** The players' names, in the order of their places. */
  readonly names: readonly string[];
  /** What is said by it, by number: with it whatever an observer makes of it, without what nobody will ever heed. */
  say(said: Said): readonly number[];
  at(message: number): Said;
  message(number: number): Message;
}

/** What a stage has to know of the messages of its protocol. */
export interface Manner {
  /** In words. Where two messages have the same, the stage numbers them. */
  nameOf(said: Said): string;
  /** Messages of one spelling are one: where bytes differ in nothing that matters, such as a proof made again. */
  spell?(said: Said): string;
  /** Whether anybody could ever make anything of it; all of it unless given. What has marks is said in any case. */
  isHeeded?(said: Said): boolean;
  /** Bits that a world keeps for ever once this has been said. */
  marksOf?(said: Said): number;
  /** What somebody who hears every word says upon it. */
  overheard?(said: Said): readonly Said[];
}

export function stageOf(names: readonly string[], manner: Manner): Stage {
  const { isHeeded = () => true, marksOf = () => 0, overheard = () => [] } = manner;
  const known = interner<Said>(manner.spell ?? spellSaid);
  const messages: Message[] = [];
  const named = new Map<string, number>();

  function say(said: Said): readonly number[] {
    const place = known.size;
    const number = known.of(said);
    if (number === place) messages[number] = describe(said);
    const more = overheard(said).flatMap(say);
    const isLeft = isHeeded(said) || (messages[number] as Message).marks !== 0;
    return isLeft ? [number, ...more] : more;
  }

  function describe(said: Said): Message {
    const name = manner.nameOf(said);
    const before = named.get(name) ?? 0;
    named.set(name, before + 1);
    const from = names.indexOf(said.from);
    return {
      to: placeOf(names, said.to),
      ...(from >= 0 && { from }),
      name: before === 0 ? name : `${name} (${before + 1})`,
      marks: marksOf(said),
    };
  }

  return { names, say, at: known.at, message: (number) => messages[number] as Message };
}

export function spellSaid({ from, to, bytes, re }: Said): string {
  return `${from} ${to} ${toHex(bytes)} ${re && toHex(re)}`;
}

export function placeOf(names: readonly string[], name: string): number {
  const place = names.indexOf(name);
  if (place < 0) throw new Error(`nobody is called ${name}`);
  return place;
}
