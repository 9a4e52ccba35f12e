/**
 * How a wallet reaches anybody: under one of several identities, none of which shares a connection with another. To whoever
 * sees connections, one that carries an account's balance and then a purchase would tie the two as well as a signature
 * does. Behind a proxy an identity also has a login of its own, drawn at random and forgotten with it: Tor gives each login
 * a circuit of its own (IsolateSOCKSAuth). There is no other way out of a wallet, and no way around the proxy.
 */
import { randomBytes } from "node:crypto";
import { read } from "@counterfoil/crypto";
import { type Login, type SocksProxy, tunnelAgent, Unreachable, type WireClient, wireClient } from "@counterfoil/host";
import { orderSchema } from "@counterfoil/protocols/contract";
import { type Purchase, paymentOf } from "@counterfoil/protocols/exchange";
import { NO_MONEY_MOVED, Refusal } from "./folder.ts";
import type { Ports } from "./role.ts";

/** What connections are kept apart by. It never leaves this process. */
export type Identity = string;

/** The one under which the account speaks to its bank: balance, grants, statement. */
export const ACCOUNT: Identity = "account";

/** For what is to be linked with nothing else: a visit, a purchase, a request that names no account. */
export function newIdentity(): Identity {
  return randomBytes(32).toString("hex");
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

/** Each may hold a few sockets, and many systems give a process 1,024. A host deals with 64 due purchases at a time, each at a shop and a bank. */
const CLIENTS = 512;
const CONNECTIONS = 64;
/** A circuit of three hops takes seconds to stand; the SOCKS client itself gives up after as long. */
const PROXY_TIMEOUT_MS = 30_000;
const LOGIN_BYTES = 16;

interface Pool {
  readonly client: WireClient;
  users: number;
}

interface Face {
  readonly login: Login;
  readonly pools: Map<string, Pool>;
}

/** @param proxy through which everything goes; null for this machine's own connections. */
export function openTransport(proxy: SocksProxy | null): Transport {
  const faces = new Map<Identity, Face>();
  let open = 0;

  function enter(url: string, identity: Identity): Pool {
    const face = faces.get(identity) ?? { login: proxy?.login ?? newLogin(), pools: new Map() };
    const pool = face.pools.get(url) ?? { client: connect(url, face.login), users: 0 };
    face.pools.set(url, pool);
    faces.set(identity, face);
    pool.users += 1;
    open += 1;
    return pool;
  }

  function leave(url: string, identity: Identity): void {
    const face = faces.get(identity);
    const pool = face?.pools.get(url);
    if (face === undefined || pool === undefined) throw new Error("a client is closed that is not open");
    pool.users -= 1;
    open -= 1;
    if (pool.users > 0) return;
    pool.client.close();
    face.pools.delete(url);
    if (face.pools.size === 0) faces.delete(identity);
  }

  function connect(url: string, login: Login): WireClient {
    if (proxy === null) return wireClient(url, { maxConnections: CONNECTIONS });
    const secure = new URL(url).protocol === "https:";
    const agent = tunnelAgent(proxy, login, { secure, maxConnections: CONNECTIONS });
    return wireClient(url, { agent, timeoutMs: PROXY_TIMEOUT_MS });
  }

  return {
    client(url, identity) {
      if (open >= CLIENTS) throw new Unreachable("TOO_MANY_CLIENTS", false);
      const { client } = enter(url, identity);
      let closed = false;
      return {
        ...client,
        close() {
          if (!closed) leave(url, identity);
          closed = true;
        },
      };
    },
    get open() {
      return open;
    },
  };
}

function newLogin(): Login {
  return { user: randomBytes(LOGIN_BYTES).toString("hex"), password: randomBytes(LOGIN_BYTES).toString("hex") };
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
