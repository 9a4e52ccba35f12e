/** A SOCKS5 proxy (RFC 1928, 1929) on real sockets that notes who came, where they asked to go and what they said there. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface Passage {
  /** What was given, `user:password`; null where the client gave none. */
  readonly login: string | null;
  /** As the client named it: a host name if it left that to the proxy. */
  readonly destination: string;
  /** Whether `destination` came as a name (address type 3). */
  readonly named: boolean;
  /** All that the client said, in Latin-1, so that every byte is a character. */
  said: string;
}

export interface Socks {
  readonly port: number;
  readonly passages: readonly Passage[];
  /** Ports of this machine from which the proxy has reached servers. */
  readonly origins: ReadonlySet<number>;
  /** Ends every connection and takes no new one. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface SocksOptions {
  /** Where the names that only the proxy knows are. */
  readonly names?: Readonly<Record<string, string>>;
  /** The one login that is let in; any, unless given. */
  readonly login?: string;
  /** Sees what a client is about to say; what it answers false to is never passed on. */
  readonly pass?: (said: string) => boolean;
}

export async function socksProxy(options: SocksOptions = {}): Promise<Socks> {
  const passages: Passage[] = [];
  const origins = new Set<number>();
  const sockets = new Set<Socket>();
  let server = listener();
  let port = 0;

  function listener(): Server {
    return createServer((client) => {
      sockets.add(client.on("error", () => {}).on("close", () => sockets.delete(client)));
      serve(client).catch(() => client.destroy());
    });
  }

  async function serve(client: Socket): Promise<void> {
    const ask = reader(client);
    const [, methods] = await ask(2);
    const offered = await ask(methods as number);
    const login = offered.includes(2) ? await askLogin(client, ask) : null;
    if (login === null) client.write(Buffer.of(5, 0));
    if (options.login !== undefined && login !== options.login) return void client.destroy();
    const { host, to, named } = await destination(ask);
    const passage: Passage = { login, destination: `${host}:${to}`, named, said: "" };
    passages.push(passage);
    const upstream = connect({ host: options.names?.[host] ?? host, port: to });
    sockets.add(upstream.on("error", () => client.destroy()).on("close", () => sockets.delete(upstream)));
    await once(upstream, "connect");
    origins.add(upstream.localPort as number);
    client.write(Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
    client.on("data", (chunk) => {
      const said = chunk.toString("latin1");
      passage.said += said;
      if (options.pass?.(said) !== false) upstream.write(chunk);
    });
    client.on("close", () => upstream.destroy());
    upstream.pipe(client);
  }

  async function start(): Promise<void> {
    server = listener();
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  }

  await start();
  return {
    port,
    passages,
    origins,
    start,
    async stop() {
      const closed = server.listening ? once(server, "close") : Promise.resolve();
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

type Ask = (count: number) => Promise<Buffer>;

/** Exactly so many bytes; the rest stays for whoever asks next. */
function reader(socket: Socket): Ask {
  return async (count) => {
    for (;;) {
      const chunk = socket.read(count) as Buffer | null;
      if (chunk !== null) return chunk;
      if (socket.readableEnded || socket.destroyed) throw new Error("the client has gone");
      await once(socket, "readable");
    }
  };
}

async function askLogin(client: Socket, ask: Ask): Promise<string> {
  client.write(Buffer.of(5, 2));
  const [, userBytes] = await ask(2);
  const user = await ask(userBytes as number);
  const [passwordBytes] = await ask(1);
  const password = await ask(passwordBytes as number);
  client.write(Buffer.of(1, 0));
  return `${user}:${password}`;
}

async function destination(ask: Ask): Promise<{ host: string; to: number; named: boolean }> {
  const [, , , type] = await ask(4);
  const named = type === 3;
  const bytes = await ask(named ? ((await ask(1))[0] as number) : type === 1 ? 4 : 16);
  const host = named ? bytes.toString("utf8") : type === 1 ? [...bytes].join(".") : bytes.toString("hex");
  return { host, to: (await ask(2)).readUInt16BE(), named };
}

export interface Front {
  readonly port: number;
  /** Connections that came from none of the proxy's ports: somebody went around it. */
  strangers(proxy: Socks): number;
  close(): Promise<void>;
}

/** Stands before a server and sees from where each connection comes. */
export async function frontOf(url: string): Promise<Front> {
  const { hostname, port } = new URL(url);
  const origins: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    origins.push(client.remotePort as number);
    const upstream = connect({ host: hostname, port: Number(port) });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one.on("error", () => other.destroy()).on("close", () => other.destroy()));
      one.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    strangers: (proxy) => origins.filter((origin) => !proxy.origins.has(origin)).length,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
