/** S1's protocols with real RSA: the figures' messages in their order, and the file at the end, byte for byte. */
import { sameBytes, toHex, utf8 } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import type { Letter, LiteralRun, Means } from "../letters.ts";
import { rayRunsOf } from "./ray.ts";
import { rayAnonymousRun } from "./ray-anonymous-run.ts";
import { rayBasicRun, raySilentRun } from "./ray-basic-run.ts";
import {
  advertise,
  demandSignedBy,
  demandValid,
  newKey,
  offer,
  openGoods,
  sealedTo,
  signed,
  unsealed,
} from "./ray-run-parts.ts";
import { blocksOf, encrypt, inverted, joinedCiphers } from "./rsa/index.ts";
import { testMeans as means } from "./rsa/means.fixture.ts";

const crypto = await portableCrypto();
/** Shorter than the runs' own, and long enough for PT in one block. */
const BITS = 1_024;
const GOODS = Uint8Array.from({ length: 1_000 }, (_, i) => (i * i + 7 * i) & 255);

function ended(run: LiteralRun, goods: Uint8Array, with_: Means = means) {
  const letters: Letter[] = [];
  const running = run.run(goods, with_);
  for (let next = running.next(); ; next = running.next()) {
    if (next.done) return { letters, got: next.value };
    letters.push(next.value);
  }
}

const steps = (letters: readonly Letter[]) => letters.map(({ step, from, to }) => `${step} ${from}→${to}`);

describe("a run", () => {
  test("of the basic protocol is Figure 1, and ends with the file", () => {
    const { letters, got } = ended(rayBasicRun(crypto, BITS), GOODS);
    expect(steps(letters)).toEqual([
      ...["§4.3 B→C", "§4.3 M→TP", "§4.3 TP→M", "1 TP→C", "2 C→B", "2 B→C"],
      ...["2 C→M", "3 M→C", "4 C→M", "5 M→C", "PT M→B"],
    ]);
    expect(sameBytes(got, GOODS)).toBe(true);
  });

  test("with a silent merchant ends with the file too, by two of three third parties", () => {
    const { letters, got } = ended(raySilentRun(crypto, BITS), GOODS);
    expect(steps(letters).slice(3)).toEqual([
      ...["§7.1 TP→TP2", "§7.1 TP→TP3", "1 TP→C", "2 C→B", "2 B→C", "2 C→M", "3 M→C", "4 C→M"],
      ...["E1 C→TP", "E2 TP→M", "§7.2 TP→TP2", "§7.2 TP2→TP", "E5 TP→C"],
    ]);
    expect(sameBytes(got, GOODS)).toBe(true);
  });

  test("of the anonymous protocol is Figure 2, and ends with the file", () => {
    const { letters, got } = ended(rayAnonymousRun(crypto, BITS), GOODS);
    expect(steps(letters)).toEqual([
      ...["1 TP→C", "2 C→B", "3 B→C", "4 C'→M", "5 M→C'", "6 C'→M", "7 M→B", "8 B→M", "9 M→C'"],
    ]);
    expect(sameBytes(got, GOODS)).toBe(true);
  });

  test.for([0, 1, 127, 128, 255])("delivers %i bytes", (length) => {
    const goods = GOODS.subarray(0, length);
    expect(sameBytes(ended(rayAnonymousRun(crypto, BITS), goods).got, goods)).toBe(true);
  });

  test("tells each field's bytes, and shows none of the goods' but where they are sent", () => {
    const { letters } = ended(rayBasicRun(crypto, BITS), GOODS);
    const [plain] = letters.filter(({ fields }) => fields.some(({ name }) => name === "m"));
    expect(plain).toMatchObject({ step: "§4.3", from: "M", bytes: utf8("file 1").length + GOODS.length });
    const shown = toHex(GOODS.subarray(0, 16));
    const others = letters.filter((each) => each !== plain);
    expect(others.flatMap(({ fields }) => fields).some(({ value }) => value.includes(shown))).toBe(false);
    expect(letters.every(({ bytes, says }) => bytes > 0 && says.length > 0)).toBe(true);
  });

  test("has moduli of 2,048 bits unless told otherwise", () => {
    const runs = rayRunsOf(crypto);
    expect(runs.map(({ id }) => id)).toEqual(["ray-basic", "ray-basic-silent", "ray-anonymous"]);
    const { letters, got } = ended(runs[0] as LiteralRun, GOODS.subarray(0, 300));
    const [, , , first] = letters;
    expect(first?.fields.find(({ name }) => name === "N")?.value).toContain("(256 bytes)");
    expect(got).toHaveLength(300);
  });
});

describe("its parts", () => {
  const bench = { crypto, means, bits: 512 };
  const [key, other] = [newKey(bench), newKey(bench)];

  test("a signature is of these words and by this key", () => {
    const signature = signed(bench, key, "a", "bc");
    demandSignedBy(bench, key, signature, "a", "bc");
    expect(() => demandSignedBy(bench, key, signature, "ab", "c")).toThrow("the signature");
    expect(() => demandSignedBy(bench, other, signature, "a", "bc")).toThrow("the signature");
  });

  test("what is sealed opens, whatever its length", () => {
    for (const length of [0, 1, 62, 63, 64, 200]) {
      const message = GOODS.subarray(0, length);
      expect(sameBytes(unsealed(means, key, sealedTo(means, key, message)), message)).toBe(true);
    }
  });

  test("R1: the check takes an honest offer, and one that is forged by Chinese remainders, but no plain other goods", () => {
    const [wanted, others] = [GOODS.subarray(0, 200), GOODS.subarray(200, 400)];
    const advertisement = advertise(bench, wanted, key);
    const honest = offer(bench, wanted, key);
    demandValid(advertisement, honest.products, honest.mask);
    expect(sameBytes(openGoods(means, honest.products, honest.sale, honest.unmask, 200), wanted)).toBe(true);
    // T' is T·R modulo N, and the others' blocks times r modulo N1.
    const { sale, unmask, mask } = honest;
    const random = inverted(unmask, sale.n);
    const forged = blocksOf(others, 63).map((block, i) => {
      const passes = ((advertisement.blocks[i] as bigint) * mask) % key.n;
      return joinedCiphers(passes, key, encrypt(means, (block * random) % sale.n, sale), sale);
    });
    demandValid(advertisement, forged, mask);
    expect(sameBytes(openGoods(means, forged, sale, unmask, 200), others)).toBe(true);
    const lie = offer(bench, others, key);
    expect(() => demandValid(advertisement, lie.products, lie.mask)).toThrow("passes the comparison");
    expect(() => demandValid(advertisement, honest.products.slice(1), honest.mask)).toThrow("passes the comparison");
  });
});
