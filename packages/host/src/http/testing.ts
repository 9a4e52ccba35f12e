/** What the tests of this folder share: a server with its log in memory, raw sockets, messages with a tag. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Writable } from "node:stream";
import { encodeItems } from "@counterfoil/base";
import { pino } from "pino";
import { type Served, type ServeOptions, serve } from "./server.ts";
import type { WireRole } from "./wire.ts";

export const ECHO_TAG = "counterfoil/echo/ask/1";

export function message(bytes = 16, tag = ECHO_TAG): Uint8Array {
  return encodeItems([tag, new Uint8Array(bytes)]);
}

/** A role whose answer a test may hold back. */
export function role(handle: WireRole["handle"], tags: readonly string[] = [ECHO_TAG]): WireRole {
  return { name: "echo", tags, handle };
}

export const echo: WireRole = role(async (bytes) => bytes);

export interface Started extends Served {
  /** Every line logged so far, at every level. */
  lines(): string;
}

const started: Served[] = [];
const sockets: Socket[] = [];

export async function start(options: Partial<ServeOptions> = {}): Promise<Started> {
  let text = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const log = pino({ level: "trace" }, sink);
  const served = await serve({ host: "127.0.0.1", port: 0, roles: [echo], log, ...options });
  started.push(served);
  return { ...served, lines: () => text };
}

/** Call after each test. */
export async function stopAll(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(started.splice(0).map((served) => served.close()));
}

/** A connection that says exactly what it is told, and what it has heard when the other side is done with it. */
export async function rawConnection(served: Served): Promise<{ socket: Socket; heard: Promise<string> }> {
  const socket = connect(served.port, "127.0.0.1");
  sockets.push(socket);
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {}); // a reset is one way to be done with
  const heard = new Promise<string>((resolve) => socket.on("close", () => resolve(text)));
  await once(socket, "connect");
  return { socket, heard };
}

/** A promise and its keys. */
export function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void; fail: (error: Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { promise, open: resolve, fail: reject };
}

export function named(name: string): Error {
  return Object.assign(new Error("secret serial 4711"), { name });
}

export function head(lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}
