/** A file chosen in a browser is judged as one on a disk is: the two are compared, over files right and wrong. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Crypto, type GoodsSecret, PIECE_BYTES, portableCrypto } from "@counterfoil/crypto";
import { encryptFile, nodeCrypto } from "@counterfoil/host";
import type { Certificate } from "@counterfoil/protocols/contract";
import { type JudgedFile, judgedFileAt } from "@counterfoil/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judgedBlob } from "./judged-blob.ts";

const goods: GoodsSecret = { secret: new Uint8Array(32).fill(5), pid: "ab".repeat(32) };
let portable: Crypto;
let native: Crypto;
let folder: string;

beforeAll(async () => {
  portable = await portableCrypto();
  native = await nodeCrypto();
  folder = await mkdtemp(join(tmpdir(), "counterfoil-judged-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Both say the same; that is what they say. */
async function judged(file: Uint8Array, ask: (file: JudgedFile) => Promise<unknown>): Promise<unknown> {
  const path = join(folder, "judged");
  await writeFile(path, file);
  const progress: number[] = [];
  const blob = judgedBlob(portable, new Blob([new Uint8Array(file)]), (done) => progress.push(done));
  const [here, there] = [await ask(blob), await ask(judgedFileAt(native, path))];
  expect(here).toEqual(there);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  return here;
}

async function sold(content: Uint8Array): Promise<{ file: Uint8Array; certificate: Certificate }> {
  const [source, target] = [join(folder, "source"), join(folder, "target.age")];
  await writeFile(source, content);
  const made = await encryptFile(native, source, target, goods);
  const { contentBytes, contentHash, fileBytes, pieceBytes, root, kc } = made;
  const certificate = { pid: goods.pid, contentBytes, contentHash, fileBytes, pieceBytes, root, keyCommitment: kc };
  return { file: new Uint8Array(await readFile(target)), certificate: certificate as Certificate };
}

test.each([
  ["nothing", 0],
  ["less than a chunk", 1_000],
  ["a slice, exactly", 16 * 64 * 1024],
  ["several pieces", 2 * PIECE_BYTES + 70_000],
])("%s, right and wrong in every way, is judged alike in a page and on a disk", async (_, length) => {
  const content = Uint8Array.from({ length }, (_, at) => at % 251);
  const { file, certificate } = await sold(content);
  const wrong = (at: number) => file.map((byte, index) => (index === at ? byte ^ 1 : byte));
  const opens = (each: JudgedFile) => each.opens(certificate, goods.secret);
  const isCertified = (each: JudgedFile) => each.isCertified(certificate);

  expect(await judged(content, (each) => each.contentHash(goods))).toBe(certificate.contentHash);
  expect(await judged(content, (each) => each.length())).toBe(length);
  expect(await judged(file, isCertified)).toBe(true);
  expect(await judged(file, opens)).toBe(true);
  for (const at of [0, 100, 190, file.length - 1]) {
    expect(await judged(wrong(at), isCertified)).toBe(false);
    expect(await judged(wrong(at), opens)).toBe(false);
  }
  expect(await judged(file.subarray(1), isCertified)).toBe(false);
  expect(await judged(file.subarray(0, file.length - 1), opens)).toBe(false);
  expect(await judged(file, (each) => each.opens(certificate, new Uint8Array(32).fill(6)))).toBe(false);
  const another = { ...certificate, contentHash: "cd".repeat(32) };
  expect(await judged(file, (each) => each.opens(another, goods.secret))).toBe(false);
  const huge = { ...certificate, pieceBytes: 2 ** 30 };
  expect(await judged(file, (each) => each.isCertified(huge))).toBe(false);
});
