import type { Scenario } from "../scenario.ts";
import { CEREMONIES } from "./ceremonies.ts";
import { LOGS } from "./logs.ts";
import { OFFERS } from "./offers.ts";
import { RACES } from "./races.ts";
import { RESTARTS } from "./restarts.ts";
import { SHOPS } from "./shops.ts";
import { STRANGERS } from "./strangers.ts";
import { TRUSTEES } from "./trustees.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...SHOPS,
  ...STRANGERS,
  ...RACES,
  ...TRUSTEES,
  ...CEREMONIES,
  ...OFFERS,
  ...RESTARTS,
  ...LOGS,
];
