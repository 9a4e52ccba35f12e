import { CHAUM } from "./chaum.ts";
import { CLOCK } from "./clock.ts";
import { DECEIVING } from "./deceiving.ts";
import type { Forgery } from "./forgery.ts";
import { LOCKING } from "./locking.ts";
import { MINTING } from "./minting.ts";
import { PAYING } from "./paying.ts";

export const FORGERIES: readonly Forgery[] = [...PAYING, ...MINTING, ...CHAUM, ...DECEIVING, ...CLOCK, ...LOCKING];
