/** Static hosts for the tests: as plain servers of a folder as can be, some of them bad. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const servers: Server[] = [];

export function closeHosts(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

export interface Host {
  readonly url: string;
  /** What was asked of it: path and range. */
  readonly asked: string[];
  /** Bytes that it has sent of the file. */
  sent(): number;
}

export interface Manners {
  /** false for a host that sends every file whole. */
  readonly ranges?: boolean;
  spoil?(bytes: Buffer, from: number): Buffer;
  /** It drops the connection after so many bytes of the file, and takes no further one. */
  readonly diesAfter?: number;
}

export async function host(
  layout: string,
  { ranges = true, spoil = (bytes) => bytes, diesAfter = Number.POSITIVE_INFINITY }: Manners = {},
) {
  const asked: string[] = [];
  let sent = 0;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const name = (request.url ?? "").slice("/files/".length);
    asked.push(`${name.slice(64)} ${request.headers.range ?? ""}`.trim());
    if (sent >= diesAfter) return void request.socket.destroy();
    const whole = readFileSync(join(layout, name));
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec((ranges && request.headers.range) || "") ?? [];
    const [from, to] =
      first === undefined ? [0, whole.length] : [Number(first), Math.min(Number(last) + 1, whole.length)];
    const part = name.endsWith(".age") ? spoil(Buffer.from(whole.subarray(from, to)), from) : whole.subarray(from, to);
    const range = first === undefined ? {} : { "content-range": `bytes ${from}-${to - 1}/${whole.length}` };
    response.writeHead(first === undefined ? 200 : 206, { "content-length": part.length, ...range });
    const most = name.endsWith(".age") ? diesAfter - sent : part.length;
    if (name.endsWith(".age")) sent += Math.min(part.length, most);
    if (most >= part.length) return void response.end(part);
    response.write(part.subarray(0, most), () => setImmediate(() => request.socket.destroySoon()));
  };
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/files`, asked, sent: () => sent } satisfies Host;
}

/** An address where nobody answers. */
export async function nobody(): Promise<string> {
  const { url } = await host("");
  const server = servers.pop() as Server;
  await new Promise((resolve) => server.close(resolve));
  return url;
}
