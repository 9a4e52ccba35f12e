/** What a bundle is made of, as its shop keeps it, its buyers are shown it, and parts are ordered. */
import { decode, hex32, instant, list, type Of, record } from "@counterfoil/base";
import { signedBytes } from "../contract/index.ts";
import { own } from "./own.ts";

/** A weekly for a year and what comes with it. Before paying, a buyer fetches and checks every one. */
export const PARTS_LIMIT = 64;

const partSchema = record(null, { pid: hex32, releaseMs: instant });
export type Part = Of<typeof partSchema>;
export const partsSchema = list(partSchema, PARTS_LIMIT);

/** Message 3 of a part: what it is, beside the order that is to pay for it. */
export const partOrderMessage = record("part-order/1", {
  pid: hex32,
  order: signedBytes,
  main: record(null, { pid: hex32, order: signedBytes }),
});

export const bundleShapes = {
  /** By the pid of the item that is paid. */
  bundle: { parts: "bytes" },
} as const;

export function partsIn(parts: Uint8Array | undefined): readonly Part[] {
  return parts === undefined ? [] : own(decode(partsSchema, parts));
}
