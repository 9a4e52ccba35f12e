/** What either party of a swap holds from the moment at which it may end up giving: enough to finish it, and to prove it. */
import { decode, encode, type Hex, HOUR_MS, hex32, type Instant, instant, type Of, record } from "@counterfoil/base";
import { type Crypto, read, type SigningKey } from "@counterfoil/crypto";
import {
  type Order,
  offerBodySchema,
  openingOf,
  orderSchema,
  type Slip,
  signedBytes,
  slipHashOf,
  slipSchema,
} from "../contract/index.ts";
import { groupSchema, type TrusteeGroup } from "../trustees/index.ts";
import { groupBytes, own } from "./own.ts";
import { waitMs } from "./waiting.ts";

/** Who swaps: `seed` is the shop's, from which every v and every item's point come. */
export interface SwapConfig {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  readonly seed: Uint8Array;
  /** Waits between tries, as a customer's. */
  readonly waitsMs?: readonly number[];
}

export const swapSchema = record("swap/1", {
  /** Of the initiator's order. */
  tid: hex32,
  mine: record(null, {
    certificate: signedBytes,
    registration: hex32,
    /** Over the order of the other. */
    slip: signedBytes,
    order: signedBytes,
  }),
  theirs: record(null, {
    certificate: signedBytes,
    slip: signedBytes,
    order: signedBytes,
    offer: offerBodySchema,
  }),
  /** Who can open the responder's item: whom the initiator asks, and at whom the responder looks. */
  trustees: groupBytes,
  startedMs: instant,
});
export type Swap = Of<typeof swapSchema>;

export function trusteesIn({ trustees }: Swap): TrusteeGroup {
  return trusteesFrom(trustees);
}

/** Of an own row. */
export function trusteesFrom(descriptor: Uint8Array): TrusteeGroup {
  return own(decode(groupSchema, descriptor));
}

export function encodeTrustees(group: TrusteeGroup): Uint8Array {
  return encode(groupSchema, group);
}

export function slipOf(signed: Uint8Array): Slip {
  return own(read(slipSchema, signed)).value;
}

export function orderOf(signed: Uint8Array): Order {
  return own(read(orderSchema, signed)).value;
}

export function slipHashIn(crypto: Crypto, signed: Uint8Array): Hex {
  return slipHashOf(crypto, own(read(slipSchema, signed)).body);
}

/** v of one's own item. */
export function openingIn({ crypto, seed }: SwapConfig, { mine }: Swap): Hex {
  return openingOf(crypto, seed, slipOf(mine.slip).tid);
}

/** Until when a trustee takes an opening: both orders say the same. */
export function notAfterIn({ mine }: Swap): Instant {
  return orderOf(mine.order).notAfterMs;
}

/** From then on nobody asks a trustee any more: what was given there may be forgotten. */
export function overIn(swap: Swap): Instant {
  const { claimWindowMs, answerUntilMs } = trusteesIn(swap);
  return Math.min(notAfterIn(swap) + claimWindowMs, answerUntilMs);
}

/** Whoever answers at all does so soon; who is away is asked by the hour, which may be for weeks. */
const SOON = 10;

export function patientMs(config: SwapConfig, tries: number): number {
  return tries < SOON ? waitMs(config, tries) : HOUR_MS;
}
