import { request as httpRequest, type IncomingMessage } from "node:http";
import { MESSAGE_LIMIT_BYTES } from "@counterfoil/base";
import { Registry } from "prom-client";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Fenced, Overloaded as QueueFull, Stopped, Unknown } from "../failures.ts";
import { NotAdmitted } from "./admission.ts";
import { wireClient } from "./client.ts";
import { PROBLEM_CONTENT_TYPE } from "./problem-shape.ts";
import type { Served } from "./server.ts";
import { ECHO_TAG, echo, gate, head, message, named, rawConnection, role, start, stopAll } from "./testing.ts";

afterEach(stopAll);

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

function ask(served: Served, path: string, method = "GET", parts: readonly Uint8Array[] = []): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(served.url + path, { method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("latin1");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on("error", reject);
    for (const part of parts) request.write(part); // without a declared length, so chunked
    request.end();
  });
}

function expectProblem(answer: Answer, status: number, reason: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers["content-type"]).toBe(PROBLEM_CONTENT_TYPE);
  const problem = JSON.parse(answer.text) as Record<string, unknown>;
  expect(Object.keys(problem)).toEqual(["type", "title", "status", "detail", "money", "next"]);
  expect(problem).toMatchObject({ type: `urn:counterfoil:problem:${reason}`, status });
  expect(Object.values(problem)).not.toContain("");
}

describe("POST /wire", () => {
  test("answers with what the tag's role answers", async () => {
    const other = role(async () => Uint8Array.of(7), ["counterfoil/other/ask/1"]);
    const served = await start({ roles: [echo, other] });
    const client = wireClient(served.url);
    expect(await client.post(message())).toEqual(message());
    expect(await client.post(message(1, "counterfoil/other/ask/1"))).toEqual(Uint8Array.of(7));
    client.close();
  });

  test("refuses to start with two roles for one tag", async () => {
    await expect(start({ roles: [echo, echo] })).rejects.toThrow(ECHO_TAG);
  });

  test("takes a message of the limit and no byte more, declared or not", async () => {
    const handle = vi.fn(async () => Uint8Array.of(1));
    const served = await start({ roles: [role(handle)] });
    const overhead = message(60_000).length - 60_000;
    const longest = message(MESSAGE_LIMIT_BYTES - overhead);
    expect(longest.length).toBe(MESSAGE_LIMIT_BYTES);
    expect((await ask(served, "/wire", "POST", [longest.subarray(0, 9), longest.subarray(9)])).status).toBe(200);
    const tooLong = message(MESSAGE_LIMIT_BYTES - overhead + 1);
    expectProblem(await ask(served, "/wire", "POST", [tooLong]), 413, "too-large");
    const client = wireClient(served.url);
    await expect(client.post(tooLong)).rejects.toMatchObject({ name: "Refused", status: 413, reason: "too-large" });
    client.close();
    expect(handle).toHaveBeenCalledTimes(1);
  });

  test("answers 413 before the body comes, and cuts off a peer that goes on", async () => {
    const served = await start();
    const { socket, heard } = await rawConnection(served);
    socket.write(head(["POST /wire HTTP/1.1", "host: x", "content-length: 999999999"]));
    await vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(0));
    const more = Buffer.alloc(MESSAGE_LIMIT_BYTES);
    const push = () => {
      while (!socket.destroyed && socket.write(more));
    };
    socket.on("drain", push);
    push();
    expect(await heard).toContain("413 Payload Too Large");
  });

  test("gives no role a body that was cut off", async () => {
    const handle = vi.fn(async (bytes: Uint8Array) => bytes);
    const served = await start({ roles: [role(handle)] });
    const { socket, heard } = await rawConnection(served);
    socket.write(head(["POST /wire HTTP/1.1", "host: x", "content-length: 400"]));
    socket.write(message());
    socket.end();
    await heard;
    await vi.waitFor(async () =>
      expect(await served.metrics.metrics()).toContain('requests_total{route="wire",status="0"} 1'),
    );
    expect(handle).not.toHaveBeenCalled();
  });

  test("gives up on a body that comes too slowly", async () => {
    const served = await start({ limits: { bodyTimeoutMs: 20 } });
    const { socket, heard } = await rawConnection(served);
    socket.write(head(["POST /wire HTTP/1.1", "host: x", "content-length: 40"]));
    expect(await heard).toContain("408 Request Timeout");
  });

  test("gives up on a head that comes too slowly", async () => {
    const served = await start({ limits: { headersTimeoutMs: 20, sweepMs: 10 } });
    const { socket, heard } = await rawConnection(served);
    socket.write("POST /wire HTTP/1.1\r\nhost: x\r\n");
    expect(await heard).toContain("408 Request Timeout");
  });

  test("knows neither other tags, nor bytes without one, nor other methods", async () => {
    const served = await start();
    const strange = await ask(served, "/wire", "POST", [message(4, "counterfoil/strange/1")]);
    expectProblem(strange, 404, "unknown-tag");
    expectProblem(await ask(served, "/wire", "POST", [Uint8Array.of(1, 2, 3)]), 404, "unknown-tag");
    expectProblem(await ask(served, "/wire", "POST"), 404, "unknown-tag");
    const read = await ask(served, "/wire");
    expectProblem(read, 405, "wrong-method");
    expect(read.headers.allow).toBe("POST");
  });

  test.each([
    ["an error named Overloaded", named("Overloaded"), 503, "overloaded"],
    ["a full queue", new QueueFull(), 503, "overloaded"],
    ["an error named Unknown", named("Unknown"), 504, "outcome-unknown"],
    ["an unknown commit", new Unknown(named("Error")), 504, "outcome-unknown"],
    ["a stopped host", new Stopped("secret serial 4711"), 504, "outcome-unknown"],
    ["a fenced host", new Fenced(), 504, "outcome-unknown"],
    ["a bug", named("TypeError"), 500, "failed"],
    ["a refusal at the door", new NotAdmitted("wrong-signature"), 403, "wrong-signature"],
    ["a refusal in strange words", new NotAdmitted("secret serial 4711"), 400, "not-admitted"],
  ])("turns %s into a problem and tells nobody what it said", async (_what, error, status, reason) => {
    const served = await start({ roles: [role(() => Promise.reject(error))] });
    const answer = await ask(served, "/wire", "POST", [message()]);
    expectProblem(answer, status, reason);
    expect(answer.headers["retry-after"]).toBe(status === 503 ? "1" : undefined);
    expect(answer.text + served.lines()).not.toContain("4711");
    if (reason === "failed") expect(served.lines()).toContain("testing.ts"); // the frame that threw
  });

  test("answers 503 at once beyond the limit, and again when there is room", async () => {
    const held = gate();
    const entered = gate();
    const slow = role(async (bytes) => {
      entered.open();
      await held.promise;
      return bytes;
    });
    const served = await start({ roles: [slow], limits: { inFlight: 1 } });
    const first = ask(served, "/wire", "POST", [message()]);
    await entered.promise;
    const refused = await ask(served, "/wire", "POST", [message()]);
    expectProblem(refused, 503, "overloaded");
    expect(refused.headers["retry-after"]).toBe("1");
    held.open();
    expect((await first).status).toBe(200);
    expect((await ask(served, "/wire", "POST", [message()])).status).toBe(200);
  });
});

describe("the rest", () => {
  test("health, readiness, metrics", async () => {
    let ready = false;
    const metrics = new Registry();
    const served = await start({ metrics, ready: () => ready });
    expect((await ask(served, "/healthz")).status).toBe(200);
    expect((await ask(served, "/readyz")).status).toBe(503);
    ready = true;
    expect((await ask(served, "/readyz")).status).toBe(200);
    expectProblem(await ask(served, "/healthz", "DELETE"), 405, "wrong-method");
    await ask(served, "/wire", "POST", [message()]);
    const { text, headers } = await ask(served, "/metrics");
    expect(headers["content-type"]).toContain("text/plain");
    expect(text).toContain('counterfoil_http_requests_total{route="wire",status="200"} 1');
    expect(text).toContain('counterfoil_http_request_seconds_count{route="wire"} 1');
    expect(text).toContain('counterfoil_http_in_flight{route="wire"} 0');
  });

  test("two servers may share a registry", async () => {
    const metrics = new Registry();
    const served = [await start({ metrics }), await start({ metrics })];
    for (const each of served) await ask(each, "/wire", "POST", [message()]);
    expect(await metrics.metrics()).toContain('counterfoil_http_requests_total{route="wire",status="200"} 2');
  });

  test("the app gets everything else, and its failures leak nothing", async () => {
    const app = {
      async fetch(request: Request): Promise<Response> {
        if (request.url.endsWith("/bad")) throw named("Error");
        return new Response(`${request.method} ${await request.text()}`, { status: 201 });
      },
    };
    const served = await start({ app });
    expect(await ask(served, "/v1/x?y", "POST", [Buffer.from("hello")])).toMatchObject({
      status: 201,
      text: "POST hello",
    });
    const bad = await ask(served, "/bad");
    expectProblem(bad, 500, "failed");
    expect(bad.text + served.lines()).not.toContain("4711");
  });

  test("without an app there is nothing else", async () => {
    expectProblem(await ask(await start(), "/v1/offers"), 404, "unknown-route");
  });

  test("a log line carries a known tag, status and duration, and nothing a peer wrote", async () => {
    const served = await start({ goods: () => null });
    await ask(served, "/wire", "POST", [message()]);
    await ask(served, "/wire", "POST", [message(4, "alice@example.org")]);
    await ask(served, "/somewhere?name=alice");
    await ask(served, "/goods/alice");
    const lines = served.lines().trim().split("\n");
    expect(lines).toHaveLength(4);
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      tag: ECHO_TAG,
      status: 200,
      durationMs: expect.any(Number),
    });
    expect(served.lines()).not.toMatch(/alice|example|somewhere|127[.]0|user-agent/);
  });
});

describe("close", () => {
  test("lets a request under way finish, and keeps no connection for the next", async () => {
    const held = gate();
    const entered = gate();
    const slow = role(async (bytes) => {
      entered.open();
      await held.promise;
      return bytes;
    });
    const served = await start({ roles: [slow] });
    const client = wireClient(served.url, { maxConnections: 1 });
    const answer = client.post(message());
    await entered.promise;
    const closed = served.close();
    expect(served.close()).toBe(closed);
    held.open();
    expect(await answer).toEqual(message());
    await closed;
    await expect(client.post(message())).rejects.toMatchObject({ name: "Unreachable" });
    client.close();
  });

  test("lets an idle connection go at once", async () => {
    const served = await start();
    const client = wireClient(served.url);
    await client.post(message());
    await served.close();
    client.close();
  });

  test("cuts off what does not finish", async () => {
    const entered = gate();
    const never = role(() => {
      entered.open();
      return new Promise(() => {});
    });
    const served = await start({ roles: [never], limits: { closeMs: 20 } });
    const client = wireClient(served.url);
    const answer = expect(client.post(message())).rejects.toMatchObject({ name: "Unreachable", sent: true });
    await entered.promise;
    await served.close();
    await answer;
    client.close();
  });
});
