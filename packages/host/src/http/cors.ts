/**
 * Pages of anybody's may ask what any program may ask (the Fetch standard's CORS protocol). It gives nobody anything that he
 * has not: no answer here rests on cookies, on a certificate of the asker or on where he asks from. A message counts by its
 * signature, a key that a browser holds for one origin is not known to another, and an operator's pages want a key in a header,
 * which no foreign page has. What a server tells without a key it tells everybody who reaches it; one that only a closed network
 * reaches is also reached by the pages that are looked at there.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Before any route: answers a browser's question whether it may ask, and marks every other answer as readable. */
export function answersPreflight(request: IncomingMessage, response: ServerResponse): boolean {
  // Messages are most of the load, and no cache keeps their answers; of everything else a cache may hand one asker's answer
  // to another, so it must not depend on who asked.
  if (request.url !== "/wire" || request.headers.origin !== undefined) {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-expose-headers", EXPOSED);
  }
  if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return false;
  response.writeHead(204, PREFLIGHT);
  response.end();
  return true;
}

/** What a download and a busy server say in headers. */
const EXPOSED = "content-range, retry-after, content-length";

const PREFLIGHT = {
  "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
  "access-control-allow-headers": "content-type, range, authorization, idempotency-key",
  // No browser keeps an answer for longer than this; it never changes while a server runs.
  "access-control-max-age": "7200",
  "content-length": "0",
};
