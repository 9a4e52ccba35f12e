/** Reading back what a purse wrote itself: what does not decode is a bug, never an answer. */
import { decode, type Hex, hex32, list, type Schema } from "@counterfoil/base";
import { COINS_LIMIT } from "../money/index.ts";
import { type Path, pathSchema, pathsSchema } from "./secrets.ts";

export const idsSchema = list(hex32, COINS_LIMIT);

export function readIds(bytes: Uint8Array): readonly Hex[] {
  return decodeOwn(idsSchema, bytes);
}

export function readPath(bytes: Uint8Array): Path {
  return decodeOwn(pathSchema, bytes);
}

export function readPaths(bytes: Uint8Array): readonly Path[] {
  return decodeOwn(pathsSchema, bytes);
}

export function decodeOwn<T>(schema: Schema<T>, bytes: Uint8Array): T {
  const value = decode(schema, bytes);
  if (!value.ok) throw new Error("a purse's own row does not decode");
  return value.value;
}
