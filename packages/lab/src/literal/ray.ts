/** Ray, Ray and Natarajan's two protocols (S1), as the table and the command line have them. */
import type { Crypto } from "@counterfoil/crypto";
import type { LiteralRun } from "../letters.ts";
import type { Study } from "../study.ts";
import { rayAnonymousRun } from "./ray-anonymous-run.ts";
import { RAY_ANONYMOUS } from "./ray-anonymous-study.ts";
import { rayBasicRun, raySilentRun } from "./ray-basic-run.ts";
import { RAY_BASIC } from "./ray-basic-study.ts";

export const RAY_STUDIES: readonly Study[] = [RAY_BASIC, RAY_ANONYMOUS];

export function rayRunsOf(crypto: Crypto): readonly LiteralRun[] {
  return [rayBasicRun(crypto), raySilentRun(crypto), rayAnonymousRun(crypto)];
}
