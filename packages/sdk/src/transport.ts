/**
 * How a wallet reaches anybody: under one of several identities, none of which shares a connection with another. To whoever
 * sees connections, one that carries an account's balance and then a purchase would tie the two as well as a signature
 * does. Behind a proxy an identity also has a login of its own, drawn at random and forgotten with it: Tor gives each login
 * a circuit of its own (IsolateSOCKSAuth). There is no other way out of a wallet, and no way around the proxy (connections.ts).
 */
import { read } from "@counterfoil/crypto";
import type { WireClient } from "@counterfoil/host/portable";
import { orderSchema } from "@counterfoil/protocols/contract";
import { type Purchase, paymentOf } from "@counterfoil/protocols/exchange";
import { newNonce } from "./nonce.ts";
import type { Ports } from "./ports.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** What connections are kept apart by. It never leaves this process. */
export type Identity = string;

/** The one under which the account speaks to its bank: balance, grants, statement. */
export const ACCOUNT: Identity = "account";

/** For what is to be linked with nothing else: a visit, a purchase, a request that names no account. */
export function newIdentity(): Identity {
  return newNonce();
}

/** A purchase's own: its order's nonce, which its row keeps for whoever resumes it. */
export function identityOf(purchase: Purchase): Identity {
  const order = read(orderSchema, paymentOf(purchase).order);
  if (!order.ok) throw new Error("a purchase's own order does not decode");
  return order.value.value.nonce;
}

export interface Transport {
  /**
   * A client whose connections are this identity's alone. Whoever asks closes it; those who ask for the same identity
   * and address at the same time share connections, and the last one to close ends them.
   * @throws Unreachable, unsent, when too many are open.
   */
  client(url: string, identity: Identity): WireClient;
  /** How many clients nobody has closed yet. */
  readonly open: number;
}

/** What a wallet needs of its process. */
export interface WalletPorts extends Ports {
  readonly transport: Transport;
}

/** Nothing was sent: neither through the proxy nor around it. */
export function proxyFailure(): Refusal {
  return new Refusal(
    "proxy-failed",
    "The proxy is down, or it does not reach the server.",
    NO_MONEY_MOVED,
    "Is the proxy running? Nothing is ever sent around it. Trying again is safe.",
  );
}
