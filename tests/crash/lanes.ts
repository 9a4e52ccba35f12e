/** Markets side by side, and the work they share. A trial mostly waits for retries, so there are more lanes than cores. */
import { join } from "node:path";
import type { Crypto } from "@counterfoil/crypto";
import { type Market, openMarket, prepareMarket } from "./market.ts";
import type { Kind } from "./scenarios.ts";
import { type Ended, runTrial, type Trial } from "./trial.ts";

export interface Lanes {
  /** Runs the trial in the next free lane; before all others, if others depend on what it finds. */
  run(trial: Trial, first?: "first"): Promise<Ended>;
  close(): Promise<void>;
}

interface Waiting {
  readonly first: boolean;
  readonly trial: Trial;
  readonly resolve: (ended: Ended) => void;
  readonly reject: (error: unknown) => void;
}

/** Trials that would be in the way of others run in lanes of their own. */
export function apart(most: Lanes, some: Lanes, isApart: (trial: Trial) => boolean): Lanes {
  return {
    run: (trial, first) => (isApart(trial) ? some : most).run(trial, first),
    async close() {
      await Promise.all([most.close(), some.close()]);
    },
  };
}

/** Lanes open one after another and work from then on. */
export function openLanes(
  crypto: Crypto,
  folder: string,
  count: number,
  kind: Kind = "plain",
  planted: string | null = null,
): Lanes {
  const waiting: Waiting[] = [];
  const markets: Market[] = [];
  const idle: number[] = [];
  let failure: unknown = null;
  const opening = openAll();

  async function openAll(): Promise<void> {
    const prepared = join(folder, "prepared");
    await prepareMarket(crypto, prepared, kind);
    for (let lane = 0; lane < count; lane++) {
      markets.push(await openMarket(crypto, join(folder, `market-${lane}`), prepared, kind, planted));
      work(lane);
    }
  }

  /** A campaign without its lanes is no campaign: everything that waits fails. */
  opening.catch((error) => {
    failure = error;
    for (const { reject } of waiting.splice(0)) reject(error);
  });

  /** Most lanes take what takes longest, and the others the quickest, so that neither the cores nor the end wait. */
  function next(lane: number): Waiting | undefined {
    const urgent = waiting.findIndex(({ first }) => first);
    if (urgent >= 0) return waiting.splice(urgent, 1)[0];
    const seconds = waiting.map(({ trial }) => trial.scenario.seconds);
    const wanted = lane % 3 === 0 ? Math.min(...seconds) : Math.max(...seconds);
    return waiting.splice(seconds.indexOf(wanted), 1)[0];
  }

  function work(lane: number): void {
    const job = next(lane);
    if (job === undefined) {
      idle.push(lane);
      return;
    }
    runTrial(crypto, markets[lane] as Market, job.trial)
      .then(job.resolve, job.reject)
      .finally(() => work(lane));
  }

  return {
    run(trial, first) {
      if (failure !== null) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        waiting.push({ trial, first: first === "first", resolve, reject });
        const lane = idle.shift();
        if (lane !== undefined) work(lane);
      });
    },
    async close() {
      await opening;
      await Promise.all(markets.map((market) => market.close()));
    },
  };
}
