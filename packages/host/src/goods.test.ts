import { spawnSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { type FileHandle, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concat, toHex, utf8 } from "@counterfoil/base";
import {
  CHUNK_BYTES,
  type Crypto,
  chunkNonce,
  encryptedBytes,
  type GoodsSecret,
  goodsHeader,
  goodsKeys,
  HEADER_BYTES,
  hashContent,
  hashFile,
  identityText,
  keyCommitment,
  PIECE_BYTES,
  pieceLeaf,
  portableCrypto,
  SEALED_CHUNK_BYTES,
  treeRoot,
} from "@counterfoil/crypto";
import { armor, Decrypter } from "age-encryption";
import { afterAll, describe, expect, test } from "vitest";
import { installed } from "../../../tests/installed.ts";
import { contentHashOf, encryptFile, type GoodsTerms, leavesOf, openFile, pieceVerifier, verifyFile } from "./goods.ts";
import { WriteBehind } from "./goods-stream.ts";
import { nodeCrypto, openssl } from "./native.ts";

const portable = await portableCrypto();
const crypto = await nodeCrypto();
/** As on a platform that sodium-native has no binary for. */
const fallback: Crypto = { ...portable, ...openssl };
const directory = await mkdtemp(join(tmpdir(), "counterfoil-goods-test-"));
const goods: GoodsSecret = { secret: new Uint8Array(32).fill(3), pid: "07".repeat(32) };
afterAll(() => rm(directory, { recursive: true }));

/** Contents whose file ends one byte before, at and after the end of its second piece. */
const pieceEdge = 2 * PIECE_BYTES - HEADER_BYTES - 32 * 16;
const SIZES = [
  0,
  1,
  15,
  CHUNK_BYTES - 1,
  CHUNK_BYTES,
  CHUNK_BYTES + 1,
  pieceEdge - 1,
  pieceEdge,
  pieceEdge + 1,
  5_300_000,
];

/** Runs with the `age` of the system. Without one the test is skipped, and says so; in CI it fails. */
const ageTest = ageTool() || process.env.CI === "true" ? test : test.skip;

describe.each(SIZES)("%i bytes", (size) => {
  const content = new Uint8Array(randomBytes(size));

  test("are the file that the definition gives, twice, and open again", async () => {
    const source = await written("source", content);
    const [target, again, opened] = [path("target"), path("again"), path("opened")];
    const made = await encryptFile(crypto, source, target, goods);
    expect(made.contentHash).toBe(hashContent(crypto, goods, content));
    expect(await contentHashOf(crypto, source, goods)).toBe(made.contentHash);
    const file = new Uint8Array(await readFile(target));
    expect(Buffer.compare(file, sealed(content))).toBe(0);
    const leaves = [];
    for (let at = 0; at < file.length; at += PIECE_BYTES) {
      leaves.push(pieceLeaf(crypto, file.subarray(at, at + PIECE_BYTES)));
    }
    const root = treeRoot(portable, concat(...leaves));
    const pieces = { fileBytes: file.length, pieceBytes: PIECE_BYTES, root };
    const kc = keyCommitment(portable, goodsKeys(portable, goods.secret, made.contentHash));
    const contentHash = made.contentHash;
    expect({ ...made, leaves: toHex(made.leaves) }).toEqual({
      ...{ ...pieces, contentHash, contentBytes: size, kc },
      ...{ fileHash: hashFile(portable, pieces), leaves: toHex(concat(...leaves)) },
    });
    expect(await encryptFile(fallback, source, again, goods)).toEqual(made);
    expect(Buffer.compare(await readFile(again), file)).toBe(0);
    expect(toHex(await leavesOf(target))).toBe(toHex(made.leaves));
    expect(await verifyFile(target, made)).toEqual({ ok: true, value: null });
    for (const opener of [crypto, fallback]) {
      expect(await openFile(opener, target, opened, { ...goods, ...made })).toEqual({ ok: true, value: null });
      expect(Buffer.compare(await readFile(opened), content)).toBe(0);
    }
    expect((await readdir(directory)).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  test("are opened by the age-encryption package", async () => {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identityOf(content));
    expect(Buffer.compare(await decrypter.decrypt(sealed(content)), content)).toBe(0);
  });

  ageTest("are opened by the age tool", async () => {
    const identity = await written("identity.txt", utf8(`${identityOf(content)}\n`));
    const file = await written("tool.age", sealed(content));
    const run = spawnSync("age", ["-d", "-i", identity, file], { maxBuffer: 2 ** 30 });
    expect(run.stderr.toString()).toBe("");
    expect(Buffer.compare(run.stdout, content)).toBe(0);
  });
});

test("progress ends at the total", async () => {
  const source = await written("source", new Uint8Array(5_000_000));
  const seen: [number, number][] = [];
  const made = await encryptFile(crypto, source, path("p"), goods, (...report) => seen.push(report));
  expect(seen.at(-1)).toEqual([10_000_000, 10_000_000]);
  await openFile(crypto, path("p"), path("o"), { ...goods, ...made }, (...report) => seen.push(report));
  expect(seen.at(-1)).toEqual([5_000_000, 5_000_000]);
  expect(seen.length).toBeLessThanOrEqual(15);
});

test("two contents under one secret share no keystream", () => {
  const [zeros, ones] = [new Uint8Array(200_000), new Uint8Array(200_000).fill(0xff)];
  const [first, second] = [sealed(zeros).subarray(HEADER_BYTES), sealed(ones).subarray(HEADER_BYTES)];
  // With one keystream the two ciphertexts would differ by ff everywhere; unrelated bytes do once in 256.
  const related = first.filter((byte, i) => (byte ^ (second[i] as number)) === 0xff).length;
  expect(related).toBeLessThan(first.length / 128);
  expect(toHex(first.subarray(0, 64))).not.toBe(
    toHex(sealed(zeros.subarray(1)).subarray(HEADER_BYTES, HEADER_BYTES + 64)),
  );
});

describe("openFile refuses", () => {
  const content = new Uint8Array(randomBytes(3 * CHUNK_BYTES + 100));
  const file = sealed(content);
  const terms = termsOf(content);
  const text = String.fromCharCode(...file.subarray(0, HEADER_BYTES - 16));
  const body = file.subarray(HEADER_BYTES - 16);
  const chunk = (index: number) => {
    const from = HEADER_BYTES + index * SEALED_CHUNK_BYTES;
    return file.subarray(from, Math.min(from + SEALED_CHUNK_BYTES, file.length));
  };
  const { payloadKey } = goodsHeader(crypto, goodsKeys(crypto, goods.secret, terms.contentHash));
  const resealed = (index: number, counter: number, last: boolean) => {
    const plain = content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    return crypto.chachaSeal(payloadKey, chunkNonce(counter, last), plain);
  };
  const start = file.subarray(0, HEADER_BYTES);
  const other = new Uint8Array(content.length);
  const lied = keysUnder(terms.contentHash);

  const rejects: [what: string, reason: string, bytes: Uint8Array, changed?: Partial<GoodsTerms>][] = [
    ["a content over the limit", "too-large", file, { contentBytes: 2 ** 36 + 1 }],
    ["a wrong secret", "wrong-key", file, { secret: new Uint8Array(32) }],
    ["a wrong contentHash", "wrong-key", file, { contentHash: hashContent(crypto, goods, other) }],
    ["a wrong kc", "wrong-key", file, { kc: "00".repeat(32) }],
    ["armour", "armoured", utf8(armor.encode(file))],
    ["an empty file", "not-age", new Uint8Array(0)],
    ["a stanza more, under a MAC that age accepts", "extra-stanza", withStanza(terms.contentHash, text, body)],
    ["a low-order share", "low-order-share", concat(utf8(text.replace(/X25519 .*/, `X25519 ${"A".repeat(43)}`)), body)],
    ["another content's file", "wrong-header", sealed(other)],
    ["a file cut in its header", "wrong-header", file.subarray(0, HEADER_BYTES - 1)],
    ["a file cut after its header", "truncated", start],
    ["a file cut at a chunk", "truncated", file.subarray(0, HEADER_BYTES + 2 * SEALED_CHUNK_BYTES)],
    ["a file cut inside a chunk", "truncated", file.subarray(0, HEADER_BYTES + 2 * SEALED_CHUNK_BYTES + 77)],
    ["a file cut by one byte", "truncated", file.subarray(0, -1)],
    ["a trailing byte", "trailing-bytes", concat(file, Uint8Array.of(0))],
    ["a trailing chunk", "trailing-bytes", concat(file, chunk(3))],
    ["chunks swapped", "wrong-chunk", concat(start, chunk(1), chunk(0), chunk(2), chunk(3))],
    ["a chunk twice", "wrong-chunk", concat(start, chunk(0), chunk(0), chunk(2), chunk(3))],
    ["a last chunk not marked", "wrong-chunk", concat(start, chunk(0), chunk(1), chunk(2), resealed(3, 3, false))],
    ["a middle chunk marked last", "wrong-chunk", concat(start, chunk(0), resealed(1, 1, true), chunk(2), chunk(3))],
    ["a wrong pid", "wrong-content", file, { pid: "08".repeat(32) }],
    ["a content that the certified hash is not of", "wrong-content", sealed(other, terms.contentHash), lied],
    ["a content of another length", "truncated", sealed(content.subarray(1), terms.contentHash), lied],
  ];
  for (const [what, reason, bytes, changed] of rejects) {
    test(`${what}: ${reason}`, async () => {
      expect(await refusal(bytes, { ...terms, ...changed })).toBe(reason);
    });
  }

  const flips = [0, 30, 90, 150, 167].map((at) => [at, at === 0 ? "not-age" : "wrong-header"] as const);
  test.each(flips)("a flipped bit in header byte %i: %s", async (at, reason) => {
    expect(await refusal(flipped(file, at, 1), terms)).toBe(reason);
  });

  test("a flipped bit in the nonce and in each chunk's text and tag", async () => {
    expect(await refusal(flipped(file, HEADER_BYTES - 1, 0x80), terms)).toBe("wrong-header");
    for (let index = 0; index < 4; index++) {
      const from = HEADER_BYTES + index * SEALED_CHUNK_BYTES;
      expect(await refusal(flipped(file, from + 10, 4), terms)).toBe("wrong-chunk");
      expect(await refusal(flipped(file, from + chunk(index).length - 1, 1), terms)).toBe("wrong-chunk");
    }
  });

  test("and age itself would have taken the extra stanza", async () => {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identityOf(content));
    expect(Buffer.compare(await decrypter.decrypt(withStanza(terms.contentHash, text, body)), content)).toBe(0);
  });

  test("and leaves what was there", async () => {
    const target = await written("kept", utf8("before"));
    const bad = await written("bad.age", flipped(file, file.length - 1, 1));
    expect((await openFile(crypto, bad, target, terms)).ok).toBe(false);
    expect((await readFile(target)).toString()).toBe("before");
  });
});

test("encryptFile leaves nothing when the source changes meanwhile", async () => {
  const source = await written("changing", new Uint8Array(9_000_000));
  const change = () => writeFileSync(source, "changed", { flag: "r+" });
  await expect(encryptFile(crypto, source, path("never"), goods, change)).rejects.toThrow("changed");
  expect((await readdir(directory)).filter((name) => name.startsWith("never"))).toEqual([]);
});

test("a block is not refilled while it is written, however slow the disk", async () => {
  const disk = new Uint8Array(40);
  const write = async (from: Uint8Array, offset: number, length: number, at: number) => {
    await new Promise(setImmediate); // a later turn: the writer must not take the block for written
    const bytesWritten = Math.min(length, 7); // and short of what was asked
    disk.set(from.subarray(offset, offset + bytesWritten), at);
    return { bytesWritten };
  };
  const writer = new WriteBehind({ write } as unknown as FileHandle, 10);
  for (const value of [1, 2, 3, 4]) {
    writer.room.fill(value);
    await writer.put(10);
  }
  await writer.end();
  expect(toHex(disk)).toBe(["01", "02", "03", "04"].map((value) => value.repeat(10)).join(""));
});

describe("pieces", () => {
  const content = new Uint8Array(randomBytes(3 * PIECE_BYTES));
  const file = sealed(content);
  const parts = Array.from({ length: 4 }, (_, i) => file.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES));
  const leaves = concat(...parts.map((part) => pieceLeaf(crypto, part)));
  const expected = { fileBytes: file.length, pieceBytes: PIECE_BYTES, root: treeRoot(crypto, leaves) };

  test("are checked in any order", async () => {
    const verifier = pieceVerifier(leaves, expected);
    if (!verifier.ok) throw new Error(verifier.reason);
    const { checkPiece, range, pieceCount } = verifier.value;
    expect(pieceCount).toBe(4);
    expect(range(3)).toEqual({ fromByte: 3 * PIECE_BYTES, bytes: file.length - 3 * PIECE_BYTES });
    expect(await Promise.all([3, 0, 2, 1].map((i) => checkPiece(i, parts[i] as Uint8Array)))).not.toContain(false);
    const [first, last] = [parts[0] as Uint8Array, parts[3] as Uint8Array];
    expect(await checkPiece(1, first)).toBe(false);
    expect(await checkPiece(0, flipped(first, PIECE_BYTES - 1, 1))).toBe(false);
    expect(await checkPiece(0, first.subarray(1))).toBe(false);
    expect(await checkPiece(3, concat(last, Uint8Array.of(0)))).toBe(false);
    for (const index of [-1, 4, 0.5]) expect(await checkPiece(index, first)).toBe(false);
  });

  test("a list that is not the root's is refused", () => {
    const reason = (list: Uint8Array, changed = {}) => pieceVerifier(list, { ...expected, ...changed });
    expect(reason(flipped(leaves, 40, 1))).toEqual({ ok: false, reason: "wrong-root" });
    expect(reason(concat(leaves.subarray(32, 64), leaves.subarray(0, 32), leaves.subarray(64)))).toEqual({
      ok: false,
      reason: "wrong-root",
    });
    expect(reason(leaves.subarray(32))).toEqual({ ok: false, reason: "wrong-length" });
    // An inner node passed off as a leaf: the count of pieces does not allow it.
    const node = crypto.sha256(concat(Uint8Array.of(1), leaves.subarray(0, 64)));
    expect(reason(concat(node, leaves.subarray(64)))).toEqual({ ok: false, reason: "wrong-length" });
    for (const pieceBytes of [0, -1, 0.5, Number.NaN, 2 ** 25]) {
      expect(reason(leaves, { pieceBytes })).toEqual({ ok: false, reason: "wrong-piece-size" });
    }
    expect(reason(leaves, { fileBytes: 2 ** 40 })).toEqual({ ok: false, reason: "wrong-piece-size" });
  });

  test("verifyFile says what is wrong", async () => {
    const reasonOf = async (bytes: Uint8Array, changed = {}) =>
      await verifyFile(await written("verified.age", bytes), { ...expected, ...changed });
    expect(await reasonOf(file)).toEqual({ ok: true, value: null });
    expect(await reasonOf(flipped(file, file.length - 1, 1))).toEqual({ ok: false, reason: "wrong-root" });
    expect(await reasonOf(file.subarray(1))).toEqual({ ok: false, reason: "wrong-length" });
    expect(await reasonOf(file, { pieceBytes: 0 })).toEqual({ ok: false, reason: "wrong-piece-size" });
  });
});

function ageTool(): boolean {
  if (installed("age", () => spawnSync("age", ["--version"]).status === 0)) return true;
  console.warn("NOT TESTED: the age tool is not installed and could not be (apt-get install age)");
  return false;
}

/** The definition, in memory, over the portable primitives: what the streaming one is compared with. */
function sealed(content: Uint8Array, contentHash = hashContent(portable, goods, content)): Uint8Array {
  const header = goodsHeader(portable, goodsKeys(portable, goods.secret, contentHash));
  const parts: Uint8Array[] = [header.bytes];
  for (let index = 0; index === 0 || index * CHUNK_BYTES < content.length; index++) {
    const last = (index + 1) * CHUNK_BYTES >= content.length;
    const nonce = chunkNonce(index, last);
    parts.push(
      portable.chachaSeal(header.payloadKey, nonce, content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
    );
  }
  const file = concat(...parts);
  expect(file.length).toBe(encryptedBytes(content.length));
  return file;
}

function identityOf(content: Uint8Array): string {
  return identityText(goodsKeys(crypto, goods.secret, hashContent(crypto, goods, content)));
}

function termsOf(content: Uint8Array): GoodsTerms {
  const contentHash = hashContent(crypto, goods, content);
  return { ...goods, ...keysUnder(contentHash), contentBytes: content.length };
}

function keysUnder(contentHash: string): { contentHash: string; kc: string } {
  return { contentHash, kc: keyCommitment(crypto, goodsKeys(crypto, goods.secret, contentHash)) };
}

/** The same file with a stanza for somebody else in front, and the MAC that its maker can compute. */
function withStanza(contentHash: string, text: string, body: Uint8Array): Uint8Array {
  const { fileKey } = goodsKeys(crypto, goods.secret, contentHash);
  const stanzas = text.slice(0, text.indexOf("--- ")).replace("\n->", "\n-> grease a b\nAAAA\n->");
  const key = crypto.hkdf("sha256", fileKey, new Uint8Array(0), "header", 32);
  const mac = createHmac("sha256", key).update(`${stanzas}---`).digest("base64").replace(/=+$/, "");
  return concat(utf8(`${stanzas}--- ${mac}\n`), body);
}

/** The reason, after a look that the target is not there. */
async function refusal(bytes: Uint8Array, terms: GoodsTerms): Promise<string> {
  const target = path("refused");
  const result = await openFile(crypto, await written("refused.age", bytes), target, terms);
  const names = await readdir(directory);
  expect(names.filter((name) => name === "refused" || name.endsWith(".partial"))).toEqual([]);
  return result.ok ? "opened" : result.reason;
}

function flipped(from: Uint8Array, at: number, mask: number): Uint8Array {
  const changed = from.slice();
  changed[at] = (changed[at] as number) ^ mask;
  return changed;
}

function path(name: string): string {
  return join(directory, name);
}

async function written(name: string, content: Uint8Array): Promise<string> {
  await writeFile(path(name), content);
  return path(name);
}
