/** How much goes wrong in a run, and what has come of it. */
/** How likely each misfortune is. */
export interface Rates {
  /** Of each message: that it is lost, or arrives twice. */
  readonly loss: number;
  readonly duplicate: number;
  /** Of each batch: that its party crashes before, or after, it has been committed. */
  readonly crash: number;
  /** Of each step: that some clock is set, forward or back; that somebody lies. */
  readonly clock: number;
  readonly lie: number;
  /** Of each batch of a shop's: that the shop fails in it, and is down for minutes. */
  readonly down: number;
}

export const ROUGH: Rates = { loss: 0.08, duplicate: 0.05, crash: 0.02, clock: 0.005, lie: 0.03, down: 0 };
export const CALM: Rates = { loss: 0, duplicate: 0, crash: 0, clock: 0, lie: 0, down: 0 };

/** What has come of it. */
export interface Counts {
  readonly steps: number;
  readonly begun: number;
  readonly paid: number;
  readonly ended: number;
  readonly forfeited: number;
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly crashes: number;
  readonly lies: number;
  readonly batches: number;
  readonly largestBatch: number;
  /** Sales whose goods somebody has asked the trustees for, and messages that reached trustees. */
  readonly disputed: number;
  readonly toTrustees: number;
}

export const NO_COUNTS: Counts = {
  ...{ steps: 0, begun: 0, paid: 0, ended: 0, forfeited: 0, delivered: 0, lost: 0, duplicated: 0 },
  ...{ crashes: 0, lies: 0, batches: 0, largestBatch: 0, disputed: 0, toTrustees: 0 },
};
