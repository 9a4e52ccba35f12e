/**
 * A log for anyone to read, as C2SP tlog-tiles lays it out: heads, tiles of hashes, bundles of entries. A full tile never
 * changes, so it may be kept for ever by anyone. What this log is, is JSON under /v1.
 */
import { encode, toHex } from "@counterfoil/base";
import { problemOf } from "@counterfoil/host";
import { logSchema, TILE_WIDTH } from "@counterfoil/protocols/log";
import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { OpenLog } from "./log.ts";
import { HEAD_WAIT_MS, logJson } from "./log-json.ts";
import { readTilePath } from "./log-tiles.ts";
import { jsonAnswer, PROBLEM_HEADERS } from "./route-answers.ts";

const logRoute = createRoute({
  method: "get",
  path: "/v1/log",
  summary: "What this log is and how far it is",
  responses: { 200: jsonAnswer("The log", logJson.meta({ id: "Log" })) },
});

const FOR_EVER = "public, max-age=31536000, immutable";

export function logApp(log: OpenLog): OpenAPIHono {
  const app = new OpenAPIHono();
  app.notFound((c) => c.json(problemOf("unknown-route"), 404, PROBLEM_HEADERS));
  app.get("/checkpoint", async (c) => {
    const [after, since] = [wholeIn(c.req.query("after")), wholeIn(c.req.query("since"))];
    const head = after === null ? log.heads.head() : await log.heads.newer(after, since, HEAD_WAIT_MS);
    if (head === null) return c.notFound();
    return bytes(head.note, "text/plain; charset=utf-8", "no-store");
  });
  app.get("/tile/*", async (c) => {
    const name = readTilePath(c.req.path.slice(1));
    const tile = name && (await log.tile(name));
    if (name === null || tile === null) return c.notFound();
    // A partial one does not change either, but nobody asks for it again once there is a wider one.
    return bytes(tile, "application/octet-stream", name.width === TILE_WIDTH ? FOR_EVER : "public, max-age=60");
  });
  app.openapi(logRoute, (c) => {
    const { descriptor, id } = log;
    const { origin, quorum } = descriptor;
    const head = log.heads.head();
    const witnesses = descriptor.witnesses.map((each) => ({ ...each, ahead: log.ahead.has(each.name) }));
    return c.json({
      id,
      descriptor: toHex(encode(logSchema, descriptor)),
      origin,
      nowMs: log.hosted.now(),
      size: head?.size ?? null,
      headMs: head?.timeMs ?? null,
      witnesses,
      quorum,
    });
  });
  app.doc31("/v1/openapi.json", { openapi: "3.1.0", info: { title: "Counterfoil log", version: "1" } });
  return app;
}

function bytes(body: Uint8Array, type: string, cache: string): Response {
  return new Response(body as Uint8Array<ArrayBuffer>, { headers: { "content-type": type, "cache-control": cache } });
}

/** A whole number of a query; null for anything else, which is then as if it were not there. */
function wholeIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : null;
}
