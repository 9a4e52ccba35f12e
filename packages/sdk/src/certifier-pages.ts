/** A certifier's catalogue for anyone, and the way in for the files that shops register: JSON and pieces under /v1. */
import { type Hex, toHex } from "@counterfoil/base";
import { PIECE_BYTES } from "@counterfoil/crypto";
import { problemOf } from "@counterfoil/host";
import type { CertificateRow } from "@counterfoil/protocols/certifying";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { OpenCertifier } from "./certifier.ts";
import { MISSING_PAGE } from "./certifier-uploads.ts";
import { hex, hex32 } from "./market-json.ts";
import { NO_MONEY_INVOLVED } from "./refusal.ts";
import { jsonAnswer, PROBLEM_HEADERS, problem, problemAnswer } from "./route-answers.ts";

export const certifierJson = z
  .object({ descriptor: hex.describe("COSE_Sign1 by the certifier over who it is and what it looks at, hex") })
  .meta({ id: "Certifier" });

const certificateJson = z
  .object({
    certHash: hex32.describe("The certificate's name, as orders have it"),
    pid: hex32,
    merchant: hex32,
    title: z.string(),
    description: z.string(),
    mediaType: z.string(),
    fileHash: hex32.describe("What the encrypted goods are called on every host that has them"),
    certificate: hex.describe("COSE_Sign1 over the certificate, hex"),
  })
  .meta({ id: "Certificate" });
type CertificateJson = z.infer<typeof certificateJson>;

export const certificatesJson = z
  .object({ certificates: z.array(certificateJson), next: hex32.nullable() })
  .meta({ id: "Certificates" });

const struckJson = z
  .object({ struck: hex.describe("COSE_Sign1 by the certifier over a page of struck merchants, hex") })
  .meta({ id: "Struck" });

export const missingJson = z
  .object({
    list: z.boolean().describe("The list of pieces is to come first"),
    pieces: z.array(z.number().int()).max(MISSING_PAGE).describe("The first pieces that are missing, in order"),
  })
  .meta({ id: "Missing" });

const keptJson = z.object({ kept: z.literal(true) }).meta({ id: "Kept" });

const certifierRoute = createRoute({
  method: "get",
  path: "/v1/certifier",
  summary: "Who certifies goods here, and what it gets to see",
  responses: { 200: jsonAnswer("The certifier", certifierJson), 404: problemAnswer("Nobody certifies here") },
});

const certificatesRoute = createRoute({
  method: "get",
  path: "/v1/certificates",
  summary: "What is certified, a page at a time; nothing of merchants that were struck",
  request: { query: z.object({ after: hex32.optional() }) },
  responses: { 200: jsonAnswer("A page", certificatesJson) },
});

const certificateRoute = createRoute({
  method: "get",
  path: "/v1/certificates/{certHash}",
  summary: "One certificate",
  request: { params: z.object({ certHash: hex32 }) },
  responses: { 200: jsonAnswer("The certificate", certificateJson), 404: problemAnswer("No such certificate") },
});

const struckRoute = createRoute({
  method: "get",
  path: "/v1/struck",
  summary: "Merchants that sold what they had not registered, a signed page at a time",
  request: { query: z.object({ after: hex32.optional() }) },
  responses: { 200: jsonAnswer("A page", struckJson), 404: problemAnswer("Nobody certifies here") },
});

const registration = z.object({ pid: hex32 });

const missingRoute = createRoute({
  method: "get",
  path: "/v1/registrations/{pid}/missing",
  summary: "What of the encrypted file is not here yet",
  request: { params: registration },
  responses: { 200: jsonAnswer("What to send next", missingJson), 404: problemAnswer("No file is awaited") },
});

const piecesBody = { content: { "application/octet-stream": { schema: z.string() } } };

const listRoute = createRoute({
  method: "put",
  path: "/v1/registrations/{pid}/pieces",
  summary: "The hashes of the file's pieces, 32 bytes each",
  request: { params: registration, body: piecesBody },
  responses: {
    200: jsonAnswer("It leads to the registered root", keptJson),
    404: problemAnswer("No file is awaited"),
    409: problemAnswer("It does not"),
    503: problemAnswer("Busy"),
  },
});

const pieceRoute = createRoute({
  method: "put",
  path: "/v1/registrations/{pid}/pieces/{index}",
  summary: "One piece of the encrypted file; checked before it is kept",
  request: { params: registration.extend({ index: z.string().regex(/^\d{1,7}$/) }), body: piecesBody },
  responses: {
    200: jsonAnswer("It is the registered one", keptJson),
    404: problemAnswer("No file is awaited"),
    409: problemAnswer("It is not"),
    503: problemAnswer("Busy"),
  },
});

/** Certificates a page: with the longest descriptions, half of what a client takes as one answer. */
const PAGE = 40;
/** A piece; the largest list of pieces is shorter, since a certifier takes no content of many GiB. */
const BODY_BYTES = PIECE_BYTES;
/** Pieces on their way in at a time: 32 MiB of memory, and more than a disk is fast. */
const UPLOADS = 32;

export function addCertifierPages(app: OpenAPIHono, certifier: OpenCertifier | null): void {
  app.openapi(certifierRoute, (c) =>
    certifier === null
      ? c.json(NO_CERTIFIER, 404, PROBLEM_HEADERS)
      : c.json({ descriptor: toHex(certifier.descriptor) }, 200),
  );
  app.openapi(certificatesRoute, async (c) => {
    const page = await certifier?.certificates(c.req.valid("query").after ?? null, PAGE);
    return c.json({ certificates: (page?.certificates ?? []).map(jsonOfCertificate), next: page?.next ?? null });
  });
  app.openapi(certificateRoute, async (c) => {
    const { certHash } = c.req.valid("param");
    const row = (await certifier?.certificate(certHash)) ?? null;
    return row === null
      ? c.json(NO_CERTIFICATE, 404, PROBLEM_HEADERS)
      : c.json(jsonOfCertificate([certHash, row]), 200);
  });
  app.openapi(struckRoute, async (c) => {
    if (certifier === null) return c.json(NO_CERTIFIER, 404, PROBLEM_HEADERS);
    return c.json({ struck: toHex(await certifier.struck(c.req.valid("query").after ?? null)) }, 200);
  });
  addUploads(app, certifier);
}

function addUploads(app: OpenAPIHono, certifier: OpenCertifier | null): void {
  let uploading = 0;
  app.use("/v1/registrations/*", async (c, next) => {
    if (c.req.method !== "PUT") return next();
    const refuse = async (reason: "overloaded" | "too-large", headers: Readonly<Record<string, string>> = {}) => {
      await discard(c);
      return c.json(problemOf(reason), reason === "too-large" ? 413 : 503, { ...PROBLEM_HEADERS, ...headers });
    };
    if (uploading >= UPLOADS) return refuse("overloaded", { "retry-after": "1" });
    uploading += 1;
    try {
      return await bodyLimit({ maxSize: BODY_BYTES, onError: () => refuse("too-large") })(c, next);
    } finally {
      uploading -= 1;
    }
  });
  app.openapi(missingRoute, async (c) => {
    const awaited = await certifier?.awaited(c.req.valid("param").pid);
    if (certifier === null || !awaited) return c.json(NOT_AWAITED, 404, PROBLEM_HEADERS);
    const { list, pieces } = await certifier.uploads.missing(awaited);
    return c.json({ list, pieces: [...pieces] }, 200);
  });
  app.openapi(listRoute, async (c) => {
    const leaves = await bytesOfBody(c);
    const awaited = await certifier?.awaited(c.req.valid("param").pid);
    if (certifier === null || !awaited) return c.json(NOT_AWAITED, 404, PROBLEM_HEADERS);
    const kept = await certifier.uploads.putList(awaited, leaves);
    return kept ? c.json(KEPT, 200) : c.json(NOT_THE_ONE, 409, PROBLEM_HEADERS);
  });
  app.openapi(pieceRoute, async (c) => {
    const { pid, index } = c.req.valid("param");
    const piece = await bytesOfBody(c);
    const awaited = await certifier?.awaited(pid);
    if (certifier === null || !awaited) return c.json(NOT_AWAITED, 404, PROBLEM_HEADERS);
    const kept = await certifier.uploads.putPiece(awaited, Number(index), piece);
    return kept ? c.json(KEPT, 200) : c.json(NOT_THE_ONE, 409, PROBLEM_HEADERS);
  });
}

/**
 * Lets a refused body pass unread, up to what an honest peer might send: one that is still writing then reads the refusal
 * and not a reset.
 */
async function discard(c: Context): Promise<void> {
  const reader = c.req.raw.body?.getReader();
  for (let passed = 0; reader !== undefined && passed < 2 * BODY_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) return;
    passed += (value as Uint8Array).length;
  }
}

/** Read whole before anything is said, for the same reason. */
async function bytesOfBody(c: Context): Promise<Uint8Array> {
  return new Uint8Array(await c.req.arrayBuffer());
}

function jsonOfCertificate([certHash, row]: readonly [Hex, CertificateRow]): CertificateJson {
  const { pid, merchant, title, description } = row;
  const shown = { mediaType: row.media_type, fileHash: row.file_hash, certificate: toHex(row.certificate) };
  return { certHash, pid, merchant, title, description, ...shown };
}

const KEPT = { kept: true } as const;

const NO_CERTIFIER = problem(
  404,
  "no-certifier",
  "No certifier",
  "Nobody certifies goods here.",
  "See /docs.",
  NO_MONEY_INVOLVED,
);
const NO_CERTIFICATE = problem(
  404,
  "no-such-certificate",
  "No such certificate",
  "This certifier has signed none of this name, or its merchant was struck.",
  "See /v1/certificates and /v1/struck.",
  NO_MONEY_INVOLVED,
);
const NOT_AWAITED = problem(
  404,
  "not-awaited",
  "Not awaited",
  "No registration of this name waits for a file.",
  "Register first; a decided registration needs no file.",
  NO_MONEY_INVOLVED,
);
const NOT_THE_ONE = problem(
  409,
  "wrong-piece",
  "Another piece",
  "These bytes are not what the registration names there.",
  "Send the piece of the registered file.",
  NO_MONEY_INVOLVED,
);
