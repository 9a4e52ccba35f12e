/**
 * Many sales at once among many parties, by their own code and real cryptography, with everything that can go wrong drawn from
 * one seed. After each step what it changed is checked; a seed that fails once fails again at the same step, in the same bytes.
 */
import type { Crypto } from "@counterfoil/crypto";
import { PLANTED_FAULTS, type PlantedFault } from "./faults.ts";
import type { Kind } from "./market.ts";
import type { Counts, Rates } from "./rates.ts";
import { runOf, type World } from "./world.ts";

export interface SimulateOptions {
  readonly seed: number;
  readonly crypto: Crypto;
  /** Purchases to begin. */
  readonly sales: number;
  readonly shops?: number;
  readonly customers?: number;
  /** The exchanges to draw from; all of them unless given. */
  readonly kinds?: readonly Kind[];
  readonly rates?: Partial<Rates>;
  /** The mean time from one purchase to the next; 0 unless given. */
  readonly paceMs?: number;
  /** One of `PLANTED_FAULTS`, by its id. */
  readonly fault?: string;
  /** Steps after which a run that does not end is called endless. */
  readonly limit?: number;
  readonly onProgress?: (steps: number, begun: number) => void;
}

export interface Failure {
  readonly seed: number;
  readonly step: number;
  /** `property: in words`. */
  readonly what: string;
  /** The last events before it, in words. */
  readonly events: readonly string[];
}

export interface Simulated {
  readonly seed: number;
  /** Of every event and every message, in order: the same for the same seed and options. */
  readonly digest: string;
  readonly steps: number;
  readonly counts: Counts;
  readonly failure: Failure | null;
}

/** Some forty steps a sale, and room for a run in which nearly everything is lost. */
const STEPS_A_SALE = 200;
const STEPS_BESIDES = 5_000;
const PROGRESS_EVERY = 1_024;

export function simulate(options: SimulateOptions): Simulated {
  const world = runOf({ ...options, planted: plantedBy(options.fault) });
  const limit = options.limit ?? options.sales * STEPS_A_SALE + STEPS_BESIDES;
  let what: string | null = null;
  while (what === null && !world.isOver()) {
    if (world.counts.steps >= limit) what = "timely: the run does not end";
    else what = world.step();
    if (world.counts.steps % PROGRESS_EVERY === 0) options.onProgress?.(world.counts.steps, world.counts.begun);
  }
  what ??= world.checkEnd();
  return {
    seed: options.seed,
    digest: world.digest(),
    steps: world.counts.steps,
    counts: world.counts,
    failure: failed(world, what, options),
  };
}

function failed(world: World, what: string | null, { seed }: SimulateOptions): Failure | null {
  return what === null ? null : { seed, step: world.counts.steps, what, events: world.lastEvents() };
}

function plantedBy(id: string | undefined): PlantedFault | null {
  if (id === undefined) return null;
  const fault = PLANTED_FAULTS.find((each) => each.id === id);
  if (fault === undefined) throw new Error(`no planted fault is called ${id}`);
  return fault;
}

/** Seeds one after the other until one fails: how a fault is hunted. */
export function campaign(
  options: Omit<SimulateOptions, "seed">,
  firstSeed: number,
  runs: number,
): readonly Simulated[] {
  const done: Simulated[] = [];
  for (let at = 0; at < runs; at++) {
    const run = simulate({ ...options, seed: firstSeed + at });
    done.push(run);
    if (run.failure !== null) break;
  }
  return done;
}

/** What whoever has to mend it wants to read. */
export function describeFailure({ seed, step, what, events }: Failure): string {
  return [`seed ${seed}, step ${step}: ${what}`, ...events.map((event) => `  ${event}`)].join("\n");
}
