/** Where the trustees of a purchase or a swap are, as its row keeps it: index, a space, address, a line each. */
import { Unreachable } from "@counterfoil/host/portable";
import type { KnownGroup } from "./visit.ts";

export function trusteeLines({ urls }: KnownGroup): string {
  return [...urls].map(([index, url]) => `${index} ${url}`).join("\n");
}

/** @param to a send's: "trustee/", index. */
export function trusteeUrl(lines: string | null, to: string): string {
  const [, index] = to.split("/");
  const line = lines?.split("\n").find((each) => each.startsWith(`${index} `));
  if (line === undefined) throw new Unreachable("NO_ADDRESS", false);
  return line.slice(line.indexOf(" ") + 1);
}
