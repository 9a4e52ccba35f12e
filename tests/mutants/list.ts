/** Faults planted in our own protocols: a check removed, a write left out, a field left out of what is signed or compared. */
import { BANK } from "./bank.ts";
import { COINS } from "./coins.ts";
import { CONTRACT } from "./contract.ts";
import { CUSTOMER } from "./customer.ts";
import { LOGGED } from "./logged.ts";
import type { Mutant } from "./mutant.ts";
import { SHOP } from "./shop.ts";
import { TRUSTEES } from "./trustees.ts";

export const MUTANTS: readonly Mutant[] = [
  ...BANK,
  ...COINS,
  ...CONTRACT,
  ...SHOP,
  ...CUSTOMER,
  ...TRUSTEES,
  ...LOGGED,
];
