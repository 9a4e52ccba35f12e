import type { Scenario } from "../scenario.ts";
import { BYTES } from "./bytes.ts";
import { COINS } from "./coins.ts";
import { EXPIRY } from "./expiry.ts";
import { CERTIFICATES, OFFERS, OPTIMISTIC } from "./goods.ts";
import { RECIPIENTS, SIGNATURES } from "./parties.ts";
import { PSEUDONYMS } from "./pseudonyms.ts";
import { PURSES } from "./purses.ts";
import { REPLAYS } from "./replays.ts";
import { TABS } from "./tabs.ts";
import { CIPHERTEXT, KEYS, MONEY, PRICES } from "./terms.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...BYTES,
  ...SIGNATURES,
  ...RECIPIENTS,
  ...REPLAYS,
  ...EXPIRY,
  ...KEYS,
  ...OFFERS,
  ...CERTIFICATES,
  ...OPTIMISTIC,
  ...MONEY,
  ...PRICES,
  ...CIPHERTEXT,
  ...PSEUDONYMS,
  ...COINS,
  ...PURSES,
  ...TABS,
];

export function scenarioNamed(name: string | undefined): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
}
