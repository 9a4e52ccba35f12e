/** Whom somebody believes: the keys of certifiers, the ids of trustees' groups and of logs. */
import { ENDORSED_LIMIT } from "@counterfoil/protocols/money";
import { z } from "zod";

const hex = z.string().regex(/^[0-9a-f]{64}$/);
export const endorsedJson = z.object({
  certifiers: z.array(hex).max(ENDORSED_LIMIT),
  groups: z.array(hex).max(ENDORSED_LIMIT),
  /** A list from before there were logs names none. */
  logs: z.array(hex).max(ENDORSED_LIMIT).default([]),
});
/** Keys of certifiers, ids of groups and of logs. */
export type Endorsed = z.infer<typeof endorsedJson>;

export const NOBODY: Endorsed = { certifiers: [], groups: [], logs: [] };
