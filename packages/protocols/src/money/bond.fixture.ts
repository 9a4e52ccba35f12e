/** A judge who takes an accuser's word: what an accusation proves is another topic's, and so are its tests. */
import { decode, encode, type Hex, hex32, record, text } from "@counterfoil/base";
import type { Convicted } from "./bond-rows.ts";

const wordSchema = record("word/1", { who: hex32, role: text(20), tid: hex32 });

export function believing(accusation: Uint8Array): Convicted | null {
  const said = decode(wordSchema, accusation);
  return said.ok ? said.value : null;
}

export function accusing(who: Hex, role: string, tid: Hex): Uint8Array {
  return encode(wordSchema, { who, role, tid });
}
