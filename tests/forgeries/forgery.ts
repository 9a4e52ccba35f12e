/** What a forgery is: something done to coins that must not work, and the one check that it fails at (P§7D, R11). */
import type { Crypto } from "@counterfoil/crypto";
import type { Edit } from "../refusals/scenario.ts";

export interface Forgery {
  readonly name: string;
  /** What comes of it as things are. */
  readonly held: string;
  /** What comes of it without the check. */
  readonly broken: string;
  readonly without: readonly Edit[];
  attempt(crypto: Crypto): string | Promise<string>;
}
