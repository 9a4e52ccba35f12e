/** BIP-39's own vectors (github.com/trezor/python-mnemonic, vectors.json: English, 128 and 256 bits), and what is refused. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { fromHex, toHex } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder, readSeed, seedIn, walletSeedIn } from "./folder.ts";
import { PHRASE_LENGTH, phraseOf, phraseRefusal, seedOfPhrase, wordsOf } from "./phrase.ts";
import { createWalletFrom } from "./phrase-folder.ts";
import { accountKey } from "./wallet.ts";

const VECTORS = [
  ["00".repeat(16), `${"abandon ".repeat(11)}about`],
  ["7f".repeat(16), "legal winner thank year wave sausage worth useful legal winner thank yellow"],
  ["80".repeat(16), "letter advice cage absurd amount doctor acoustic avoid letter advice cage above"],
  ["ff".repeat(16), `${"zoo ".repeat(11)}wrong`],
  ["7dce4ed2284c9134d026608ab684c05c", "lava include region explain simple omit dog slot melt reflect copy reward"],
  [
    "5baf069620eff15c71dd97c9a6ee328f",
    "forum join pitch dove yellow purchase shuffle real situate danger million bunker",
  ],
  ["63deb1e7f0c3de56f4ab43c9d2ae6c86", "glow void ketchup thunder digital clock sport half six nice open artefact"],
  ["00641669f095b433a304ed0f953f28eb", "about camera omit thrive forget border metal oval auto prepare sketch stomach"],
  ["00".repeat(32), `${"abandon ".repeat(23)}art`],
  ["7f".repeat(32), `${"legal winner thank year wave sausage worth useful ".repeat(3).slice(0, -13)}worth title`],
  ["80".repeat(32), `${"letter advice cage absurd amount doctor acoustic avoid ".repeat(3).slice(0, -7)} bless`],
  ["ff".repeat(32), `${"zoo ".repeat(23)}vote`],
  [
    "00ac97c48106f0aeb8ba061e0250a559b3251dc35854e694780ba51d53a50120",
    "absent gorilla van acoustic humor firm title dolphin bulk barely citizen recall crane moment aspect appear track phrase actual enforce steel spoon afraid benefit",
  ],
  [
    "3edc83b60740d77af3afa2fcb82c2f1bc541ee4e2518ddef4996d32453f54a3c",
    "disagree tomato unique attend aspect runway solid violin witness scrap armed daring favorite warm decade perfect target kid grant play early wide cigar night",
  ],
  [
    "89bb4bc5555992cdaf3444c5e7ca5a6e9f27efab894f1990bae41be8b2a26ea4",
    "meadow surge vanish primary odor grocery rubber mass shine dinner notable tag venue water purchase clarify book magic ribbon daughter menu eye ritual orchard",
  ],
  [
    "911fec0fbd88029f6fa99164896c18d898c9232af18bdcca3e42d53b86493104",
    "much youth advance kitchen lens exile salt cram goose enter alert raise milk muscle profit cousin system faint mouse price reveal cause series long",
  ],
] as const;
const LEGAL = VECTORS[1][1];

const hexOf = (text: string) => {
  const seed = seedOfPhrase(text);
  return seed.ok ? toHex(seed.value) : seed.reason;
};

test.each(VECTORS)("BIP-39 vector %s, both ways", (entropy, phrase) => {
  expect(phraseOf(fromHex(entropy) as Uint8Array)).toBe(phrase);
  expect(hexOf(phrase)).toBe(entropy);
});

test("phrase and seed are one to one", () => {
  const seeds = fc.oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
  );
  fc.assert(
    fc.property(seeds, (seed) => {
      expect(hexOf(phraseOf(seed))).toBe(toHex(seed));
      expect(phraseOf(seed).split(" ")).toHaveLength(wordsOf(seed));
    }),
  );
});

describe("a phrase is taken as people write it", () => {
  const words = LEGAL.split(" ");
  test.each([
    ["capitals", LEGAL.toUpperCase()],
    ["spaces and lines", `\n  ${words.join("  \t")}\r\n\n`],
    ["numbers", words.map((word, i) => `${i + 1}. ${word}`).join("\n")],
    ["numbers in brackets", words.map((word, i) => `(${i + 1})${word}`).join(" ")],
    ["commas", words.join(",")],
    ["wide letters", LEGAL.replace("legal", "ｌｅｇａｌ")],
  ])("with %s", (_, text) => expect(hexOf(text)).toBe("7f".repeat(16)));
});

describe("refused", () => {
  test.each([0, 1, 11, 13, 15, 18, 21, 23, 25])("%i words", (count) => {
    expect(seedOfPhrase("zoo ".repeat(count))).toEqual({ ok: false, reason: "wrong-word-count", count });
  });

  test("more than any phrase is long, unread", () => {
    expect(seedOfPhrase("zoo ".repeat(PHRASE_LENGTH))).toMatchObject({ reason: "wrong-word-count", count: 0 });
  });

  test.each([
    ["a letter left out", "winer", ["wine", "winner", "winter"]],
    ["two letters swapped", "wniner", ["winner"]],
    ["no more than four letters", "wint", ["winter"]],
    ["more than the word", "winterly", ["winter"]],
    ["nothing like a word", "xxxxxxx", []],
    ["no end", "a".repeat(500), []],
  ] as const)("a word of %s, with what may have been meant", (_, typed, nearest) => {
    const fault = seedOfPhrase(LEGAL.replace("winner", typed));
    if (fault.ok || fault.reason !== "unknown-word") throw new Error(JSON.stringify(fault));
    expect(fault.place).toBe(2);
    expect(fault.nearest.slice(0, Math.max(1, nearest.length))).toEqual(nearest);
    for (const word of fault.nearest) expect(wordlist).toContain(word);
  });

  test("two words that have changed places, and one that is another of the list", () => {
    expect(hexOf(LEGAL.replace("legal winner", "winner legal"))).toBe("wrong-checksum");
    expect(hexOf(LEGAL.replace("thank", "than"))).toBe("unknown-word");
    expect(hexOf(LEGAL.replace("yellow", "young"))).toBe("wrong-checksum");
  });

  test("the count is told before the words, and the words before the checksum", () => {
    expect(hexOf("xxx yyy")).toBe("wrong-word-count");
    expect(hexOf(`${"zoo ".repeat(11)}xxx`)).toBe("unknown-word");
  });
});

describe("no word and no byte of the seed is in what is told", () => {
  const typed = ["xlegal", "qwertzuio"];
  test.each([
    ["an unknown word", LEGAL.replace("legal", "qwertzuio")],
    ["a wrong checksum", LEGAL.replace("yellow", "young")],
    ["a word too few", LEGAL.replace("yellow", "")],
  ])("of %s", (_, text) => {
    const fault = seedOfPhrase(text);
    if (fault.ok) throw new Error("taken");
    const refusal = phraseRefusal(fault);
    const told = inspect({ ...refusal, message: refusal.message });
    for (const word of [...LEGAL.split(" "), ...typed]) expect(told).not.toMatch(new RegExp(`\\b${word}\\b`, "i"));
    expect(refusal.money).toBe("No money has moved.");
  });
});

describe("a wallet's folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "counterfoil-phrase-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("draws 16 bytes for 12 words, or 32 for 24; a bank's and a shop's seed has 32", () => {
    const at = (name: string) => makeFolder(join(folder, name));
    expect([walletSeedIn(at("a")).length, walletSeedIn(at("b"), 32).length, seedIn(at("c")).length]).toEqual([
      16, 32, 32,
    ]);
    expect(walletSeedIn(at("a"), 32)).toEqual(readSeed(at("a")));
    expect(() => seedIn(at("a"))).toThrow(expect.objectContaining({ reason: "seed-damaged" }));
  });

  test("a seed file of before has a phrase of 24 words, and half of it is no seed", () => {
    const [entropy, phrase] = VECTORS[12];
    writeFileSync(join(folder, "seed"), `counterfoil-seed-1 ${entropy}\n`, { mode: 0o600 });
    expect(phraseOf(walletSeedIn(folder))).toBe(phrase);
    writeFileSync(join(folder, "seed"), `counterfoil-seed-1 ${entropy.slice(0, 32)}`);
    expect(() => walletSeedIn(folder)).toThrow(expect.objectContaining({ reason: "seed-damaged" }));
  });

  test("is made again from its phrase: the same seed, readable by its owner alone, the same account", async () => {
    const crypto = await portableCrypto();
    const seed = walletSeedIn(makeFolder(join(folder, "old")));
    const again = makeFolder(join(folder, "new"));
    createWalletFrom(again, phraseOf(seed));
    createWalletFrom(again, phraseOf(seed)); // after a crash, say
    expect(statSync(join(again, "seed")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(again, "seed"))).toEqual(readFileSync(join(folder, "old", "seed")));
    expect(accountKey(crypto, walletSeedIn(again)).publicKey).toBe(accountKey(crypto, seed).publicKey);
  });

  test("that holds another wallet stays as it is", () => {
    const seed = walletSeedIn(folder);
    expect(() => createWalletFrom(folder, LEGAL)).toThrow(expect.objectContaining({ reason: "wallet-exists" }));
    expect(() => createWalletFrom(folder, "zoo")).toThrow(expect.objectContaining({ reason: "wrong-word-count" }));
    expect(readSeed(folder)).toEqual(seed);
  });

  test("16 bytes, and the same with 16 zeros behind them, are two wallets", async () => {
    const crypto = await portableCrypto();
    const short = new Uint8Array(16).fill(7);
    const long = new Uint8Array(32);
    long.set(short);
    expect(accountKey(crypto, short).publicKey).not.toBe(accountKey(crypto, long).publicKey);
  });
});
