/** What every role needs of the machine that it runs on. */
import type { Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";

export interface Ports {
  readonly crypto: Crypto;
  readonly clock: () => Instant;
  readonly onBug: (bug: unknown) => void;
  readonly onFatal: (failure: Error) => void;
}
