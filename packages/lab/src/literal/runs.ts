/** The papers' protocols as runs, in the order of P§7C. */
import type { Crypto } from "@counterfoil/crypto";
import type { LiteralRun } from "../letters.ts";
import { camp } from "./camp-run.ts";
import { firstVirtual, set, ssl } from "./card-runs.ts";
import { digicashOffline, digicashOnline } from "./digicash-runs.ts";
import { micromint, millicent } from "./micro-runs.ts";
import { netbill } from "./netbill-run.ts";

export function runsOf(crypto: Crypto): readonly LiteralRun[] {
  const all = [digicashOffline, digicashOnline, firstVirtual, ssl, set, netbill, camp, micromint, millicent];
  return all.map((run) => run(crypto));
}
