import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { MESSAGE_LIMIT_BYTES } from "@counterfoil/base";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type WireClientOptions, wireClient } from "./client.ts";
import { Overloaded, Refused, retrying, Unreachable } from "./failures.ts";
import { message, named, role, start, stopAll } from "./testing.ts";
import type { WireClient } from "./wire-client.ts";

const clients: WireClient[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  await stopAll();
});

function connect(url: string, options: WireClientOptions = {}): WireClient {
  const client = wireClient(url, options);
  clients.push(client);
  return client;
}

/** A client of a server that answers anything it likes. */
async function against(listener: RequestListener, options: WireClientOptions = {}): Promise<WireClient> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/below/`, options);
}

/** A client of a server that does as it likes with the bare connection. */
async function againstSocket(listener: (socket: Socket) => void, options: WireClientOptions = {}): Promise<WireClient> {
  const server = createTcpServer(listener);
  servers.push(Object.assign(server, { closeAllConnections() {} }) as unknown as Server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
}

describe("failures", () => {
  test("a refusal carries the problem", async () => {
    const served = await start();
    const refusal = connect(served.url).post(message(1, "strange"));
    await expect(refusal).rejects.toBeInstanceOf(Refused);
    await expect(refusal).rejects.toMatchObject({
      status: 404,
      reason: "unknown-tag",
      detail: expect.stringContaining("role"),
      money: expect.stringContaining("Nothing moved"),
      next: expect.stringContaining("Check"),
    });
  });

  test("a refusal that is no problem of ours is named by its status", async () => {
    const client = await against((_request, response) => response.writeHead(403).end("<html>"));
    await expect(client.post(message())).rejects.toMatchObject({ name: "Refused", status: 403, reason: "http-403" });
  });

  test("members of a problem that are no texts are left out", async () => {
    const client = await against((_request, response) =>
      response.writeHead(400).end('{"type":5,"detail":["x"],"money":{}}'),
    );
    await expect(client.post(message())).rejects.toMatchObject({ reason: "http-400", detail: "", money: "" });
  });

  test("503 is Overloaded, with the wait the server asks for", async () => {
    const client = await against((_request, response) => response.writeHead(503, { "retry-after": "7" }).end());
    await expect(client.post(message())).rejects.toMatchObject({ name: "Overloaded", retryAfterMs: 7000 });
  });

  test.each([500, 502, 504])("behind %i the outcome is unknown", async (status) => {
    const client = await against((_request, response) => response.writeHead(status).end());
    await expect(client.post(message())).rejects.toMatchObject({
      name: "Unreachable",
      sent: true,
      code: `HTTP_${status}`,
    });
  });

  test("our own server's outcome-unknown is one", async () => {
    const unknown = role(async () => {
      throw named("Unknown");
    });
    const served = await start({ roles: [unknown] });
    await expect(connect(served.url).post(message())).rejects.toMatchObject({ name: "Unreachable", sent: true });
  });

  test("a refused connection: nothing was sent", async () => {
    const served = await start();
    await served.close();
    const failure = connect(served.url).post(message());
    await expect(failure).rejects.toBeInstanceOf(Unreachable);
    await expect(failure).rejects.toMatchObject({ code: "ECONNREFUSED", sent: false });
  });

  test("a reset after the request: it may have arrived", async () => {
    const client = await againstSocket((socket) => socket.once("data", () => socket.resetAndDestroy()));
    await expect(client.post(message())).rejects.toMatchObject({ code: "ECONNRESET", sent: true });
  });

  test("a reset of a kept connection: it may have arrived", async () => {
    let requests = 0;
    const client = await against((request, response) => {
      requests += 1;
      if (requests > 1) return void request.socket.resetAndDestroy();
      response.writeHead(200, { "content-type": "application/cbor" }).end("x");
    });
    await client.post(message());
    await expect(client.post(message())).rejects.toMatchObject({ name: "Unreachable", sent: true });
  });

  test("a handshake that fails: nothing of the request was sent", async () => {
    const plain = await againstSocket((socket) => socket.once("data", () => socket.end("what?")));
    const client = connect(plain.baseUrl.replace("http:", "https:"));
    await expect(client.post(message())).rejects.toMatchObject({ name: "Unreachable", sent: false });
  });

  test("an answer cut off, with and without a head", async () => {
    const headOnly = "HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\ncontent-length: 50\r\n\r\nhalf";
    const half = await againstSocket((socket) => socket.once("data", () => socket.end(headOnly)));
    await expect(half.post(message())).rejects.toMatchObject({ name: "Unreachable", sent: true });
    const none = await againstSocket((socket) => socket.once("data", () => socket.end()));
    await expect(none.post(message())).rejects.toMatchObject({ name: "Unreachable", sent: true });
  });

  test("no answer in time", async () => {
    const client = await against(() => {}, { timeoutMs: 20 });
    await expect(client.post(message())).rejects.toMatchObject({ code: "TIMEOUT", sent: true });
  });

  test("waiting for a free connection is not sending", async () => {
    const client = await against(() => {}, { timeoutMs: 20, maxConnections: 1 });
    const [, second] = await Promise.allSettled([client.post(message()), client.post(message())]);
    expect(second).toMatchObject({ status: "rejected", reason: { code: "TIMEOUT", sent: false } });
  });

  test("an answer too large, or not in the form of one", async () => {
    const large = await against((_request, response) =>
      response.writeHead(200, { "content-type": "application/cbor" }).end(Buffer.alloc(MESSAGE_LIMIT_BYTES + 1)),
    );
    await expect(large.post(message())).rejects.toMatchObject({ code: "TOO_LARGE", sent: true });
    const page = await against((_request, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("log in"),
    );
    await expect(page.post(message())).rejects.toMatchObject({ code: "NOT_OURS", sent: true });
  });
});

describe("getJson", () => {
  test("reads below the base URL, within a limit", async () => {
    const listener: RequestListener = (request, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ path: request.url }));
    expect(await (await against(listener)).getJson("/v1/terms?of=me")).toEqual({ path: "/below/v1/terms?of=me" });
    const narrow = await against(listener, { jsonLimitBytes: 10 });
    await expect(narrow.getJson("/v1/terms")).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  test("refuses what is not JSON", async () => {
    const client = await against((_request, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end("{"),
    );
    await expect(client.getJson("/x")).rejects.toMatchObject({ name: "Unreachable", code: "NOT_OURS" });
  });
});

describe("retrying", () => {
  const options = (sleep: (delayMs: number) => Promise<void>, attempts = 4) => ({
    attempts,
    baseDelayMs: 100,
    sleep,
    random: () => 1,
  });

  test("waits twice as long each time, or as long as the server asks, within a limit", async () => {
    const sleep = vi.fn(async () => {});
    const failures = [
      new Unreachable("X", false),
      new Unreachable("X", false),
      new Overloaded(5000),
      new Overloaded(1e9),
    ];
    const action = async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return "done";
    };
    expect(await retrying(action, options(sleep, 9))).toBe("done");
    expect(sleep.mock.calls).toEqual([[100], [200], [5000], [30_000]]);
  });

  test("jitter takes up to half of a wait", async () => {
    const sleep = vi.fn(async () => {});
    const action = vi.fn().mockRejectedValueOnce(new Unreachable("X", false)).mockResolvedValue(1);
    await retrying(action, { ...options(sleep), random: () => 0 });
    expect(sleep.mock.calls).toEqual([[50]]);
  });

  test("tries nothing else again", async () => {
    const action = vi.fn().mockRejectedValue(new Refused(404, "unknown-tag"));
    await expect(
      retrying(
        action,
        options(async () => {}),
      ),
    ).rejects.toMatchObject({ name: "Refused" });
    expect(action).toHaveBeenCalledTimes(1);
  });

  test("gives up after its attempts, and does not forget that one may have arrived", async () => {
    const action = vi
      .fn()
      .mockRejectedValueOnce(new Unreachable("ECONNRESET", true))
      .mockRejectedValueOnce(new Overloaded(0))
      .mockRejectedValue(new Unreachable("ECONNREFUSED", false));
    await expect(
      retrying(
        action,
        options(async () => {}, 3),
      ),
    ).rejects.toMatchObject({ code: "ECONNREFUSED", sent: true });
    expect(action).toHaveBeenCalledTimes(3);
  });
});
