/**
 * The load on the third party (S1 §10): of the sales that were paid, how many went to the trustees, as shops fail more often or
 * the network loses more. Measured by the simulator, with the patience that customers really have.
 */
import type { Crypto } from "@counterfoil/crypto";
import { CALM, KINDS, type Rates, simulate } from "../simulate/index.ts";

/**
 * `shop`: the share of the batches that a shop serves in which it fails, and is down for two minutes; a sale takes two or three of
 * them. `loss`: the share of messages that are lost.
 */
export type Failing = "shop" | "loss";

export interface LoadPoint {
  readonly failing: Failing;
  /** 0 to 1. */
  readonly rate: number;
  /** Sales begun, and those of them that were paid. */
  readonly sales: number;
  readonly paid: number;
  /** Paid sales that trustees have answered about, and how many messages they were sent, answers not counted. */
  readonly disputed: number;
  readonly messages: number;
  /** `disputed` of `paid`. */
  readonly share: number;
}

export interface LoadOptions {
  readonly crypto: Crypto;
  readonly failing: Failing;
  readonly rates: readonly number[];
  /** To begin, for each rate. */
  readonly sales: number;
  readonly seed: number;
  readonly onPoint?: (point: LoadPoint) => void;
}

/** So that nobody runs out of money, and sales seldom meet. */
const SALES_A_CUSTOMER = 5;
const PACE_MS = 10_000;

/** @throws where a run fails: then there is something else to look at than load. */
export function loadCurve({ crypto, failing, rates, sales, seed, onPoint }: LoadOptions): readonly LoadPoint[] {
  const kinds = KINDS.filter(({ mode }) => mode === "optimistic");
  const customers = Math.ceil(sales / SALES_A_CUSTOMER);
  return rates.map((rate) => {
    const wrong: Partial<Rates> = failing === "shop" ? { down: rate } : { loss: rate };
    const { counts, failure } = simulate({
      seed,
      crypto,
      sales,
      kinds,
      paceMs: PACE_MS,
      customers,
      rates: { ...CALM, ...wrong },
    });
    if (failure !== null) throw new Error(`seed ${seed}, rate ${rate}: ${failure.what}`);
    const { begun, paid, disputed, toTrustees: messages } = counts;
    const share = paid === 0 ? 0 : disputed / paid;
    const point = { failing, rate, sales: begun, paid, disputed, messages, share };
    onPoint?.(point);
    return point;
  });
}
