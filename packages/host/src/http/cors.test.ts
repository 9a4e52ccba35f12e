import { afterEach, expect, test } from "vitest";
import { message, start, stopAll } from "./testing.ts";

afterEach(stopAll);

const app = { fetch: () => Response.json({ hello: "there" }, { headers: { "retry-after": "1" } }) };
const goods = () => null;
const HASH = "ab".repeat(32);
const ORIGIN = "https://pages.example";

test.each(["/wire", `/goods/${HASH}`, "/v1/market", "/checkpoint", "/tile/0/000"])(
  "a page of anybody's may ask %s",
  async (path) => {
    const served = await start({ app, goods });
    const preflight = await fetch(`${served.url}${path}`, {
      method: "OPTIONS",
      headers: {
        origin: ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
    });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "content-type, range, authorization, idempotency-key",
    });
    expect(preflight.headers.has("access-control-allow-credentials")).toBe(false);

    const post = path === "/wire" ? { method: "POST", body: Buffer.from(message()) } : {};
    const { headers } = await fetch(`${served.url}${path}`, { ...post, headers: { origin: ORIGIN } });
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-expose-headers")).toBe("content-range, retry-after, content-length");
    expect(headers.has("access-control-allow-credentials")).toBe(false);
  },
);

test("what a cache may keep is readable whoever asked for it first", async () => {
  const served = await start({ app, goods });
  const { headers } = await fetch(`${served.url}/goods/${HASH}`);
  expect(headers.get("access-control-allow-origin")).toBe("*");
});

test.each(["/metrics", "/healthz", "/readyz"])("no foreign page reads %s", async (path) => {
  const served = await start({ app, goods });
  const asked = await fetch(`${served.url}${path}`, { headers: { origin: ORIGIN } });
  expect(asked.headers.has("access-control-allow-origin")).toBe(false);
  const preflight = await fetch(`${served.url}${path}`, {
    method: "OPTIONS",
    headers: { origin: ORIGIN, "access-control-request-method": "GET" },
  });
  expect(preflight.status).toBe(405);
});

test("OPTIONS that is no preflight is a method like any other", async () => {
  const served = await start();
  expect((await fetch(`${served.url}/wire`, { method: "OPTIONS" })).status).toBe(405);
});
