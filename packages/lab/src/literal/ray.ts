/** Ray, Ray and Natarajan's two protocols (S1), as the table and the command line have them. */
import type { Study } from "../study.ts";
import { RAY_ANONYMOUS } from "./ray-anonymous-study.ts";
import { RAY_BASIC } from "./ray-basic-study.ts";

export const RAY_STUDIES: readonly Study[] = [RAY_BASIC, RAY_ANONYMOUS];
