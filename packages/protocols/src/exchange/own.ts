/** Reading back what a party holds of its own: it was checked before it was kept, so what does not decode is a bug. */
import { bytes } from "@counterfoil/base";

/** The descriptor of a group. Sixteen trustees take a seventh of this. */
export const groupBytes = bytes(1, 8 * 1024);

export function own<T>(read: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!read.ok) throw new Error("a party's own bytes do not decode");
  return read.value;
}
