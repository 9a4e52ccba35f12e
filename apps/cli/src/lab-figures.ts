/** What is counted and compared in the lab: messages, rounds and bytes, what a quitter gains, the trustees' load. */
import { writeFileSync } from "node:fs";
import { portableCrypto } from "@counterfoil/crypto";
import {
  compared,
  comparedText,
  fewest,
  fewestTerms,
  fewestText,
  loadCurve,
  measuredSales,
  measuredText,
  measureLetters,
  plotSvg,
  plotText,
  runsOf,
} from "@counterfoil/lab";
import { nodeMeans } from "./lab-means.ts";
import type { Place } from "./place.ts";
import { print } from "./terminal.ts";

/** What the papers' protocols are measured with: a page of text. */
const GOODS = new TextEncoder().encode("Paying and getting happen together or not at all. ".repeat(40));

export async function labMessages(place: Place): Promise<void> {
  const crypto = await portableCrypto();
  const papers = runsOf(crypto).map((run) => {
    const { messages, rounds, bytes } = measureLetters(run, GOODS, nodeMeans());
    return { id: run.id, messages, rounds, bytes };
  });
  const ours = measuredSales(crypto);
  const lines = papers.map(({ id, messages, rounds, bytes }) =>
    [id.padEnd(20), ...[messages, rounds, bytes].map((each) => String(each).padStart(8))].join(""),
  );
  print(place.json, { papers, ours }, [
    `The papers' as printed, selling ${GOODS.length} bytes: messages, rounds, bytes`,
    ...lines,
    "",
    "Ours; the file is downloaded beside these:",
    ...measuredText(ours).split("\n"),
  ]);
}

export async function labCompare(place: Place): Promise<void> {
  const rows = compared(await portableCrypto());
  print(place.json, { rows }, comparedText(rows).split("\n"));
}

export function labFewest(place: Place): void {
  const rows = fewestTerms().map((terms) => fewest(terms));
  print(place.json, { rows }, fewestText(rows).split("\n"));
}

export interface LoadFlags {
  readonly sales: number;
  readonly seed: number;
  readonly svg?: string;
}

/** The share of sales that trustees hear of, as shops fail and as messages are lost (S1 §10). */
export async function labLoad(place: Place, { sales, seed, svg }: LoadFlags): Promise<void> {
  const crypto = await portableCrypto();
  const points = (["shop", "loss"] as const).flatMap((failing) =>
    loadCurve({ crypto, failing, rates: RATES[failing], sales, seed }),
  );
  if (svg !== undefined) writeFileSync(svg, plotSvg(points));
  print(place.json, { sales, seed, points }, plotText(points).split("\n"));
}

const RATES = { shop: [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5], loss: [0, 0.1, 0.2, 0.3, 0.4, 0.5] };
