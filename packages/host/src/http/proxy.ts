/**
 * The way out through a SOCKS5 proxy (RFC 1928), such as Tor's. Names of hosts go to the proxy as they are, which is what
 * the h of socks5h says: a name that this machine resolved would tell its resolver who is visited. Nothing here, and
 * nothing that has such an agent, ever connects in another way.
 */
import type * as http from "node:http";
import { done, type Result, refused } from "@counterfoil/base";
import { SocksProxyAgent } from "socks-proxy-agent";
import { PROXY_FAILED } from "./failures.ts";

export interface SocksProxy {
  readonly host: string;
  readonly port: number;
  /** What the proxy asks of its users (RFC 1929); null where it asks nothing. */
  readonly login: Login | null;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * - `resolves-here`: socks5 and socks4 without the h have this machine look names up.
 * - `not-socks5h`: another kind of proxy.
 * - `not-an-address`: no host and port, something behind them, or a login that is not two texts of 1 to 255 bytes.
 */
export type ProxyReason = "resolves-here" | "not-socks5h" | "not-an-address";

/** RFC 1929 counts either in one byte. */
const LOGIN_LIMIT_BYTES = 255;

/** @param text socks5h://[user:password@]host:port, with user and password percent-encoded as in any URL. */
export function parseProxy(text: string): Result<SocksProxy, ProxyReason> {
  const scheme = text.slice(0, text.indexOf("://")).toLowerCase();
  if (scheme === "socks5" || scheme === "socks4" || scheme === "socks") return refused("resolves-here");
  if (scheme !== "socks5h") return refused(text.includes("://") ? "not-socks5h" : "not-an-address");
  if (!URL.canParse(text)) return refused("not-an-address");
  const { hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (hostname === "" || port === "" || port === "0") return refused("not-an-address");
  if ((pathname !== "" && pathname !== "/") || search !== "" || hash !== "") return refused("not-an-address");
  const login = username === "" && password === "" ? null : loginOf(username, password);
  if (login === undefined) return refused("not-an-address");
  return done({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), login });
}

function loginOf(username: string, password: string): Login | undefined {
  try {
    const login = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
    const fits = Object.values(login).every((each) => each !== "" && Buffer.byteLength(each) <= LOGIN_LIMIT_BYTES);
    return fits ? login : undefined;
  } catch {
    return undefined; // a percent sign that encodes nothing
  }
}

export interface TunnelOptions {
  /** Whether the server speaks TLS; to the proxy it is all one. */
  readonly secure: boolean;
  readonly maxConnections: number;
}

/** An agent whose every connection goes through the proxy, under this login and no other. */
export function tunnelAgent(proxy: SocksProxy, { user, password }: Login, options: TunnelOptions): http.Agent {
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const host = proxy.host.includes(":") ? `[${proxy.host}]` : proxy.host;
  const tunnel = new Tunnel(`socks5h://${login}@${host}:${proxy.port}`, options);
  tunnel.proxy.host = proxy.host; // an IPv6 address stands in brackets in a URL, and without them in a connection
  return tunnel;
}

class Tunnel extends SocksProxyAgent {
  readonly #secure: boolean;

  constructor(url: string, { secure, maxConnections }: TunnelOptions) {
    super(url, { keepAlive: true, maxSockets: maxConnections });
    this.#secure = secure;
  }

  /** The original guesses from the call stack, and guesses wrong for a request that had to wait for a connection. */
  override isSecureEndpoint(): boolean {
    return this.#secure;
  }

  /** What went wrong at the proxy comes with the login that was used: only that it did goes further. */
  override async connect(...[request, options]: Parameters<SocksProxyAgent["connect"]>) {
    try {
      return await super.connect(request, options);
    } catch {
      throw Object.assign(new Error("the proxy made no connection"), { code: PROXY_FAILED });
    }
  }
}
