/** The transport of a process: connections of its own for each identity, through the proxy where there is one. */
import { randomBytes } from "node:crypto";
import { type Login, type SocksProxy, tunnelAgent, Unreachable, type WireClient, wireClient } from "@counterfoil/host";
import type { Identity, Transport } from "./transport.ts";

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
