/** What is asked of the papers' protocols, in the order of P§7C. */
import type { Study } from "../study.ts";
import { CAMP } from "./camp.ts";
import { SET, SSL } from "./cards.ts";
import { DIGICASH_OFFLINE, DIGICASH_ONLINE } from "./digicash-studies.ts";
import { FIRST_VIRTUAL } from "./first-virtual.ts";
import { MICROMINT, MILLICENT } from "./micro.ts";
import { NETBILL_1995 } from "./netbill.ts";

export const STUDIES: readonly Study[] = [
  DIGICASH_OFFLINE,
  DIGICASH_ONLINE,
  FIRST_VIRTUAL,
  SSL,
  SET,
  NETBILL_1995,
  CAMP,
  MICROMINT,
  MILLICENT,
];
