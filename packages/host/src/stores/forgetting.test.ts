/** Whether a secret that a row no longer has is in any of the database's files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSqlite, type SqliteOptions } from "./sqlite.ts";

const shapes = { held: { word: "text", secret: "bytes?" } } as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-forgetting-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHORT = new Uint8Array(32).map((_, at) => 200 + at);
/** Over several pages of the file. */
const LONG = new Uint8Array(20_000).map((_, at) => 100 + (at % 97));

async function leftBehind(name: string, options: SqliteOptions): Promise<readonly string[]> {
  const store = openSqlite(join(folder, `${name}.db`), shapes, options);
  const { epoch } = await store.acquire();
  const put = (id: string, secret: Uint8Array | null, nowMs: number) =>
    store.commit({
      epoch,
      nowMs,
      read: [],
      writes: [{ table: "held", id, row: { word: "kept", secret }, dueMs: null }],
    });
  await put("short", SHORT, 1);
  await put("long", LONG, 2);
  await put("short", null, 3);
  await put("long", null, 4);
  const files = readdirSync(folder).filter((file) => file.startsWith(`${name}.db`));
  const found = files.filter((file) => {
    const bytes = readFileSync(join(folder, file));
    return bytes.includes(Buffer.from(SHORT)) || bytes.includes(Buffer.from(LONG.subarray(5_000, 5_100)));
  });
  await store.close();
  return found;
}

test("a store that forgets leaves nothing of a secret in its files", async () => {
  expect(await leftBehind("forgetful", { forgets: true })).toEqual([]);
});

test("a store that does not still has it somewhere, so that the test above can fail", async () => {
  expect((await leftBehind("plain", {})).length).toBeGreaterThan(0);
});
