/** Orders and earnings, which come together. */
import type { SaleJson, SalesJson } from "@counterfoil/sdk/portable";
import { useAsked } from "../../operator/asking.ts";

export function useSales(origin: string) {
  return useAsked<SalesJson>(origin, "/v1/operator/shop/sales");
}

const PHASES: Readonly<Record<string, string>> = {
  endorsed: "waits for the bank or the log",
  sold: "sold",
  released: "released as a part",
  lost: "came to nothing",
};

/** What is under way is never said to have failed. */
export function phaseWords({ phase }: Pick<SaleJson, "phase">): string {
  return PHASES[phase] ?? phase;
}
