import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { wireClient } from "./client.ts";
import { type DownloadPiecesOptions, downloadPieces, PIECE_LIMIT_BYTES } from "./download.ts";
import { downloadLeaves } from "./downloading.ts";
import { rangeOf } from "./goods.ts";
import { head, rawConnection, type Started, start, stopAll } from "./testing.ts";
import type { WireClient } from "./wire-client.ts";

const place = mkdtempSync(join(tmpdir(), "goods-"));
const clients: WireClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await stopAll();
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const PIECE_BYTES = 4096;
const FILE_BYTES = 200 * PIECE_BYTES + 17;
const CONTENT = randomBytes(FILE_BYTES);
const HASH = "ab".repeat(32);
const LEAVES = Array.from({ length: 201 }, (_, i) => hashOf(CONTENT.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES)));
const SERVED_PATH = join(place, "served");
const LEAVES_PATH = join(place, "leaves");
writeFileSync(SERVED_PATH, CONTENT);
writeFileSync(LEAVES_PATH, Buffer.concat(LEAVES));

function hashOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

async function shop(path = SERVED_PATH, bytes = FILE_BYTES): Promise<{ served: Started; client: WireClient }> {
  const goods = (fileHash: string) => (fileHash === HASH ? { path, bytes, leavesPath: LEAVES_PATH } : null);
  const served = await start({ goods });
  const client = wireClient(served.url);
  clients.push(client);
  return { served, client };
}

let targets = 0;
function download(client: DownloadPiecesOptions["client"], extra: Partial<DownloadPiecesOptions> = {}) {
  const targetPath = extra.targetPath ?? join(place, `target${targets++}`);
  const options: DownloadPiecesOptions = {
    client,
    fileHash: HASH,
    fileBytes: FILE_BYTES,
    pieceBytes: PIECE_BYTES,
    targetPath,
    checkPiece: async (index, bytes) => hashOf(bytes).equals(LEAVES[index] as Buffer),
    ...extra,
  };
  return { targetPath, done: downloadPieces(options) };
}

/** A server's file store that spoils some of what it sends. */
function spoiling(client: WireClient, spoil: (offset: number, chunk: Uint8Array) => Uint8Array): WireClient {
  return {
    ...client,
    download(path, take, options) {
      let offset = options?.range?.from ?? 0;
      return client.download(
        path,
        (chunk) => {
          const spoilt = spoil(offset, chunk);
          offset += chunk.length;
          return take(spoilt);
        },
        options,
      );
    },
  };
}

interface Head {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

async function get(served: Started, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Head> {
  const request = httpRequest(served.url + path, { headers, method, agent: false }).end();
  const [response] = await once(request, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

describe("GET /goods", () => {
  test("the whole file, for ever", async () => {
    const { served } = await shop();
    const { status, headers, body } = await get(served, `/goods/${HASH}`);
    expect(status).toBe(200);
    expect(body.equals(CONTENT)).toBe(true);
    expect(headers).toMatchObject({
      etag: `"${HASH}"`,
      "accept-ranges": "bytes",
      "content-length": String(FILE_BYTES),
      "cache-control": "public, max-age=31536000, immutable",
    });
    expect((await get(served, `/goods/${HASH}`, { "if-none-match": `"${HASH}"` })).status).toBe(304);
  });

  test("HEAD says the same without a body", async () => {
    const { served } = await shop();
    const { status, headers, body } = await get(served, `/goods/${HASH}`, { range: "bytes=0-1" }, "HEAD");
    expect({ status, length: headers["content-length"], body: body.length }).toEqual({
      status: 200,
      length: String(FILE_BYTES),
      body: 0,
    });
  });

  test("a range, and one that is not there", async () => {
    const { served } = await shop();
    const part = await get(served, `/goods/${HASH}`, { range: "bytes=10-19" });
    expect(part).toMatchObject({ status: 206, headers: { "content-range": `bytes 10-19/${FILE_BYTES}` } });
    expect(part.body.equals(CONTENT.subarray(10, 20))).toBe(true);
    const beyond = await get(served, `/goods/${HASH}`, { range: `bytes=${FILE_BYTES}-` });
    expect(beyond).toMatchObject({ status: 416, headers: { "content-range": `bytes */${FILE_BYTES}` } });
  });

  test.each([
    ["bytes=0-0", { from: 0, to: 1 }],
    ["bytes=99-", { from: 99, to: 100 }],
    ["bytes=0-500", { from: 0, to: 100 }],
    ["bytes=-1", { from: 99, to: 100 }],
    ["bytes=-500", { from: 0, to: 100 }],
    ["Bytes=1-2", { from: 1, to: 3 }],
    ["bytes=100-", "not-there"],
    ["bytes=-0", "not-there"],
    ["bytes=5-4", null],
    ["bytes=-", null],
    ["bytes=0-1,5-6", null],
    ["bytes=a-b", null],
    ["bytes=9999999999999999-", null],
    ["lines=0-1", null],
  ])("of 100 bytes, %s is %j", (range, expected) => {
    expect(rangeOf({ method: "GET", headers: { range } }, '"x"', 100)).toEqual(expected);
  });

  test("a range of another version is the whole file; of an empty file, none is there", () => {
    const range = "bytes=0-1";
    expect(rangeOf({ method: "GET", headers: { range, "if-range": '"x"' } }, '"x"', 100)).toEqual({ from: 0, to: 2 });
    expect(rangeOf({ method: "GET", headers: { range, "if-range": '"y"' } }, '"x"', 100)).toBeNull();
    expect(rangeOf({ method: "GET", headers: { range } }, '"x"', 0)).toBe("not-there");
  });

  test("unknown goods, strange names, other methods", async () => {
    const { served } = await shop();
    for (const name of ["cd".repeat(32), HASH.toUpperCase(), "../../etc/passwd", "%2e%2e/x", `${HASH}/leaves`]) {
      expect((await get(served, `/goods/${name}`)).status).toBe(404);
    }
    expect((await get(served, `/goods/${HASH}`, {}, "DELETE")).status).toBe(405);
  });

  test("a file of another length than certified is not sent", async () => {
    const { served } = await shop(SERVED_PATH, FILE_BYTES + 1);
    expect((await get(served, `/goods/${HASH}`)).status).toBe(500);
    expect(served.lines()).toContain("goods could not be read");
    expect(served.lines()).not.toContain(place);
  });

  test("a file that is gone is an error of the server", async () => {
    const { served } = await shop(join(place, "nowhere"));
    expect((await get(served, `/goods/${HASH}`)).status).toBe(500);
    expect(served.lines()).toContain("ENOENT");
    expect(served.lines()).not.toContain(place);
  });

  test("an empty file", async () => {
    writeFileSync(join(place, "empty"), "");
    const { served } = await shop(join(place, "empty"), 0);
    expect(await get(served, `/goods/${HASH}`)).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  });

  test("downloads beyond the limit are 503, and a peer that leaves makes room", async () => {
    const big = join(place, "big");
    writeFileSync(big, "");
    truncateSync(big, 256 * 1024 * 1024);
    const goods = () => ({ path: big, bytes: 256 * 1024 * 1024 });
    const served = await start({ goods, limits: { downloads: 1 } });
    const { socket, heard } = await rawConnection(served);
    socket.once("data", () => socket.pause());
    socket.write(head([`GET /goods/${HASH} HTTP/1.1`, "host: x"]));
    await vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(0));
    expect(await get(served, `/goods/${HASH}`)).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    socket.destroy();
    await heard;
    await vi.waitFor(async () => expect((await get(served, `/goods/${HASH}`, {}, "HEAD")).status).toBe(200));
    expect(await served.metrics.metrics()).toContain('requests_total{route="goods",status="0"} 1');
  });

  test("a peer that stops reading is let go", async () => {
    const big = join(place, "stalled");
    writeFileSync(big, "");
    truncateSync(big, 256 * 1024 * 1024);
    const served = await start({
      goods: () => ({ path: big, bytes: 256 * 1024 * 1024 }),
      limits: { stallTimeoutMs: 50, downloads: 1 },
    });
    const { socket } = await rawConnection(served);
    socket.once("data", () => socket.pause());
    socket.write(head([`GET /goods/${HASH} HTTP/1.1`, "host: x"]));
    await vi.waitFor(
      async () => expect(await served.metrics.metrics()).toContain('requests_total{route="goods",status="0"} 1'),
      { timeout: 60_000 },
    );
    await vi.waitFor(async () => expect((await get(served, `/goods/${HASH}`, {}, "HEAD")).status).toBe(200));
  });

  test("a file that is cut short while it is sent does not look whole", async () => {
    const path = join(place, "shrinking");
    const bytes = 64 * 1024 * 1024;
    writeFileSync(path, "");
    truncateSync(path, bytes);
    const served = await start({ goods: () => ({ path, bytes }) });
    const client = wireClient(served.url);
    clients.push(client);
    let taken = 0;
    const broken = client.download(`/goods/${HASH}`, (chunk) => {
      if (taken === 0) truncateSync(path, 1024 * 1024);
      taken += chunk.length;
    });
    await expect(broken).rejects.toMatchObject({ name: "Unreachable" });
    expect(taken).toBeLessThan(bytes);
  });
});

describe("downloadPieces", () => {
  test("a whole file, whose leaves it fetches too", async () => {
    const { client } = await shop();
    expect(await downloadLeaves(client, HASH, LEAVES.length)).toEqual(new Uint8Array(Buffer.concat(LEAVES)));
    const progress: number[] = [];
    const { targetPath, done } = download(client, { onProgress: ({ bytes }) => progress.push(bytes) });
    await done;
    expect(readFileSync(targetPath).equals(CONTENT)).toBe(true);
    expect(statSync(targetPath).mode & 0o777).toBe(0o600);
    expect(progress).toHaveLength(LEAVES.length);
    expect(progress.at(-1)).toBe(FILE_BYTES);
  });

  test("goes on after an abort with what was there, and fetches no piece twice", async () => {
    const { client } = await shop();
    const stop = new AbortController();
    const first = download(client, {
      signal: stop.signal,
      onProgress: ({ bytes }) => {
        if (bytes > 90 * PIECE_BYTES) stop.abort(new Error("enough"));
      },
    });
    await expect(first.done).rejects.toThrow("enough");
    const held = statSync(first.targetPath).size;
    expect(held).toBeGreaterThan(80 * PIECE_BYTES);

    let fetched = 0;
    const counting = spoiling(client, (_offset, chunk) => {
      fetched += chunk.length;
      return chunk;
    });
    let keptBytes = 0;
    const onProgress = (progress: { keptBytes: number }) => {
      keptBytes = progress.keptBytes;
    };
    await download(counting, { targetPath: first.targetPath, onProgress }).done;
    expect(readFileSync(first.targetPath).equals(CONTENT)).toBe(true);
    expect(keptBytes).toBeGreaterThan(80 * PIECE_BYTES);
    expect(fetched + keptBytes).toBe(FILE_BYTES);
  });

  test("checks what was there: a spoilt piece and a tail too long are replaced", async () => {
    const { client } = await shop();
    const before = Buffer.concat([CONTENT, Buffer.from("and more")]);
    before[5 * PIECE_BYTES] = (before[5 * PIECE_BYTES] as number) ^ 1;
    const targetPath = join(place, "spoilt");
    writeFileSync(targetPath, before, { mode: 0o644 });
    await download(client, { targetPath }).done;
    expect(readFileSync(targetPath).equals(CONTENT)).toBe(true);
    expect(statSync(targetPath).mode & 0o777).toBe(0o600);
  });

  test("fetches a corrupted piece once more", async () => {
    const { client } = await shop();
    const bad = new Set([3 * PIECE_BYTES, 70 * PIECE_BYTES]);
    const { targetPath, done } = download(spoilAt(client, bad, true));
    await done;
    expect(readFileSync(targetPath).equals(CONTENT)).toBe(true);
    expect(bad.size).toBe(0);
  });

  test("and then refuses, having written nothing of it", async () => {
    const { client } = await shop();
    const { targetPath, done } = download(spoilAt(client, new Set([3 * PIECE_BYTES]), false));
    await expect(done).rejects.toMatchObject({ name: "DownloadRefused", reason: "corrupted", piece: 3 });
    const written = readFileSync(targetPath).subarray(3 * PIECE_BYTES, 4 * PIECE_BYTES);
    expect(written.equals(Buffer.alloc(PIECE_BYTES))).toBe(true);
  });

  test("a server that knows no ranges will do", async () => {
    const { client } = await shop();
    const whole: DownloadPiecesOptions["client"] = {
      download: (path, take, options) => {
        const { from, to } = options?.range ?? { from: 0, to: FILE_BYTES };
        let at = 0;
        return client.download(path, (chunk) => {
          const part = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at));
          at += chunk.length;
          return part.length === 0 ? undefined : take(part);
        });
      },
    };
    const { targetPath, done } = download(whole);
    await done;
    expect(readFileSync(targetPath).equals(CONTENT)).toBe(true);
  });

  test("holds a few pieces at once, however slow the checking", async () => {
    const { client } = await shop();
    let checking = 0;
    let most = 0;
    const checkPiece = async () => {
      checking += 1;
      most = Math.max(most, checking);
      await new Promise(setImmediate);
      checking -= 1;
      return true;
    };
    await download(client, { checkPiece }).done;
    expect(most).toBeLessThanOrEqual(5);
    expect(most).toBeGreaterThan(1);
  });

  test("an error of the check ends it, as does a server without the file", async () => {
    const { client } = await shop();
    const broken = download(client, { checkPiece: () => Promise.reject(new Error("no hash")) });
    await expect(broken.done).rejects.toThrow("no hash");
    const absent = download(client, { fileHash: "cd".repeat(32) });
    await expect(absent.done).rejects.toMatchObject({ name: "Refused", reason: "no-such-goods" });
  });

  test("an empty file, and pieces too large to hold", async () => {
    const { client } = await shop();
    const { targetPath, done } = download(client, { fileBytes: 0 });
    await done;
    expect(statSync(targetPath).size).toBe(0);
    const huge = download(client, { pieceBytes: PIECE_LIMIT_BYTES + 1 });
    await expect(huge.done).rejects.toMatchObject({ reason: "pieces-too-large" });
  });
});

describe("client.download", () => {
  test("a connection cut off half-way is Unreachable", async () => {
    const path = join(place, "cut");
    writeFileSync(path, "");
    truncateSync(path, 256 * 1024 * 1024);
    const served = await start({ goods: () => ({ path, bytes: 256 * 1024 * 1024 }), limits: { closeMs: 20 } });
    const client = wireClient(served.url);
    clients.push(client);
    // Ready for more only when the server has gone, so that it meets its limit half-way.
    const cut = client.download(`/goods/${HASH}`, () => served.close());
    await expect(cut).rejects.toMatchObject({ name: "Unreachable", sent: true });
  });

  test("an abort before it begins asks nothing", async () => {
    const { client } = await shop();
    const signal = AbortSignal.abort(new Error("never mind"));
    await expect(client.download(`/goods/${HASH}`, () => {}, { signal })).rejects.toThrow("never mind");
  });
});

/** Flips a bit at each of the offsets, the first time or always. */
function spoilAt(client: WireClient, offsets: Set<number>, once: boolean): WireClient {
  return spoiling(client, (offset, chunk) => {
    for (const each of offsets) {
      if (each < offset || each >= offset + chunk.length) continue;
      const spoilt = Uint8Array.from(chunk);
      spoilt[each - offset] = (spoilt[each - offset] as number) ^ 1;
      if (once) offsets.delete(each);
      return spoilt;
    }
    return chunk;
  });
}
