/**
 * Our heads and proofs, checked by other people's code: Sigstore's verifier of checkpoints and inclusion proofs, and an
 * implementation of RFC 9162 for consistency.
 */
import { createHash, createPublicKey } from "node:crypto";
import { createRequire } from "node:module";
import { fromUtf8, utf8 } from "@counterfoil/base";
import { type Crypto, portableCrypto, raw } from "@counterfoil/crypto";
import { CoMETRE } from "@transmute/rfc9162";
import { describe, expect, test } from "vitest";
import { tilesOf } from "./append.ts";
import { consistencyPath, entryId, inclusionPath, noteKeyId, rootAt } from "./index.ts";
import { altered, headOf, logBench, logSale, openOf, post, publish, START } from "./log.fixture.ts";

const crypto: Crypto = {
  ...(await portableCrypto()),
  sha256: (bytes) => Uint8Array.from(createHash("sha256").update(bytes).digest()),
};

// The package shows whole Sigstore bundles only; these are the two parts of it that speak our formats.
const sigstore = createRequire(import.meta.url);
const { verifyCheckpoint } = sigstore("@sigstore/verify/dist/tlog/checkpoint.js") as {
  verifyCheckpoint(entry: object, logs: readonly object[]): { origin: string; logSize: bigint; logHash: Uint8Array };
};
const { verifyMerkleInclusion } = sigstore("@sigstore/verify/dist/tlog/merkle.js") as {
  verifyMerkleInclusion(entry: object, checkpoint: object): void;
};

const SIZE = 270;
const at = logBench(crypto);
for (let i = 0; i < SIZE; i++) post(at, openOf(at, logSale(at, `${i}`)), START + i);
const note = publish(at, START + SIZE);
const entries = Array.from({ length: SIZE }, (_, i) => at.desk.view.get("log_entry", entryId(i))?.entry as Uint8Array);
const read = tilesOf(at.desk.view);

describe("Sigstore's verifier", () => {
  const { origin, key } = at.descriptor;
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw(key)]);
  const authority = {
    logID: Buffer.from(noteKeyId(crypto, { name: origin, key })),
    publicKey: createPublicKey({ key: spki, format: "der", type: "spki" }),
    baseURL: `https://${origin}`,
  };
  const entryOf = (text: Uint8Array, index = 0, path: readonly Uint8Array[] = []) => ({
    canonicalizedBody: Buffer.from(entries[index] as Uint8Array),
    inclusionProof: {
      logIndex: `${index}`,
      hashes: path.map((hash) => Buffer.from(hash)),
      checkpoint: { envelope: fromUtf8(text) },
    },
  });

  test("reads our head, with its cosignatures, and verifies the log's signature", () => {
    const head = verifyCheckpoint(entryOf(note), [authority]);
    expect(head).toMatchObject({ origin, logSize: BigInt(SIZE) });
    expect(Uint8Array.from(head.logHash)).toEqual(headOf(at, note).root);
    const forged = utf8((fromUtf8(note) as string).replace(`\n${SIZE}\n`, `\n${SIZE - 1}\n`));
    expect(() => verifyCheckpoint(entryOf(forged), [authority])).toThrow("invalid checkpoint signature");
  });

  test("takes our inclusion proofs of every entry, and no altered one", () => {
    const checkpoint = verifyCheckpoint(entryOf(note), [authority]);
    for (let index = 0; index < SIZE; index++) {
      const path = inclusionPath(crypto, read, index, SIZE);
      verifyMerkleInclusion(entryOf(note, index, path), checkpoint);
      const [first, ...rest] = path as [Uint8Array, ...Uint8Array[]];
      expect(() => verifyMerkleInclusion(entryOf(note, index, [altered(first), ...rest]), checkpoint)).toThrow();
    }
  });
});

describe("an RFC 9162 implementation", () => {
  test("has our roots", async () => {
    for (const size of [1, 2, 3, 7, 8, 100, 255, 256, 257]) {
      const leaves = await Promise.all(entries.slice(0, size).map((entry) => CoMETRE.RFC9162_SHA256.leaf(entry)));
      expect(Uint8Array.from(await CoMETRE.RFC9162_SHA256.root(leaves))).toEqual(rootAt(crypto, at.desk.view, size));
    }
  });

  test("takes our consistency proofs, and no altered one", async () => {
    for (const [from, to] of [
      [1, 2],
      [3, 7],
      [4, 7],
      [6, 8],
      [100, 269],
      [128, 256],
      [255, 270],
      [256, 270],
      [257, 270],
    ] as const) {
      const roots = [from, to].map((size) => rootAt(crypto, at.desk.view, size)) as [Uint8Array, Uint8Array];
      const path = consistencyPath(crypto, read, from, to);
      // It wants the old root in front where that is one complete subtree; the RFC has the verifier put it there.
      const whole = Number.isInteger(Math.log2(from)) ? [roots[0], ...path] : path;
      const proof = { log_id: "", tree_size_1: from, tree_size_2: to, consistency_path: whole };
      expect(await CoMETRE.RFC9162_SHA256.verify_consistency_proof(...roots, proof)).toBe(true);
      const wrong = { ...proof, consistency_path: whole.map((hash, i) => (i === 1 ? altered(hash) : hash)) };
      expect(await CoMETRE.RFC9162_SHA256.verify_consistency_proof(...roots, wrong)).toBe(false);
    }
  });
});
