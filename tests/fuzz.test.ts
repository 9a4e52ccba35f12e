/**
 * Everything that takes bytes from somebody else takes any bytes: it never throws, never hangs, keeps no memory, and what
 * it decodes encodes to the same bytes. `npm test` always takes the same inputs, so that what it says of a commit stays true;
 * `npm run fuzz` looks for new ones: FUZZ_SEED repeats its run, FUZZ_INPUTS makes it longer.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { decode, encode, hex32, record, toHex } from "@counterfoil/base";
import { verifyBlind } from "@counterfoil/crypto";
import { nodeCrypto } from "@counterfoil/host";
import { decode as cborDecode, encode as cborEncode } from "cborg";
import { describe, expect, test } from "vitest";
import { purseTargets } from "./fuzz/coins.ts";
import { credulous } from "./fuzz/credulous.ts";
import { logTargets } from "./fuzz/logs.ts";
import { inputFrom, randomFrom } from "./fuzz/mutator.ts";
import { sold } from "./fuzz/sale.ts";
import { partyTargets, schemaTargets, type Target, tabTargets } from "./fuzz/targets.ts";

const campaign = process.env.FUZZ_INPUTS !== undefined;
const INPUTS = Number(process.env.FUZZ_INPUTS ?? 2_000);
const SEED = Number(process.env.FUZZ_SEED ?? (campaign ? Math.floor(Math.random() * 2 ** 32) : 1));
/** What a target may leave behind: far more than its code's own growth, far less than an input kept for each run. */
const KEPT_LIMIT_BYTES = 64 * 1024 * 1024;

const crypto = await nodeCrypto();
const schemas = schemaTargets(sold(credulous(crypto, false)));
const targets: readonly Target[] = [
  ...schemas,
  ...partyTargets(credulous(crypto, false), "any signature"),
  ...tabTargets(credulous(crypto, false)),
  // Neither of the two left out compares a hash.
  ...partyTargets(credulous(crypto, true), "any signature, any hash").filter(
    ({ name }) => !/header of goods|recognise/.test(name),
  ),
  // Real points: what is none of them is refused before anything is done with it. A trustee's answer to them is false only
  // where its proof is real, and of those that convict none is.
  ...partyTargets({ ...credulous(crypto, false), group: crypto.group }, "any signature, real points").filter(
    ({ name }) => /an offer|a certificate|evidence|trustee|the merchant/.test(name) && !/convicts a trustee/.test(name),
  ),
  // What proves something has to: a purse hears the bank's own signatures, and bent ones.
  ...purseTargets(crypto, (name, valid, run) => ({ name: `${name} (real signatures)`, valid, run })).slice(0, 1),
  // Keys must differ: a log whose witnesses all have its own key is none.
  ...logTargets(credulous(crypto, false), (name, valid, run) => ({ name: `${name} (any signature)`, valid, run })),
  ...logTargets(crypto, (name, valid, run) => ({ name: `${name} (real witnesses)`, valid, run })),
];

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

interface Fuzzed {
  readonly accepted: number;
  readonly refused: number;
  readonly keptBytes: number;
}

/** @throws with seed, number and input of the first that breaks a property. */
async function fuzz(target: Target, inputs: number, seed = SEED): Promise<Fuzzed> {
  const random = randomFrom(seed);
  let accepted = 0;
  Error.stackTraceLimit = 0; // refusing is throwing inside a decoder, and a stack costs four times the decoding
  const before = held();
  for (let number = 0; number < inputs; number++) {
    const input = inputFrom(random, target.valid);
    try {
      const taken = target.run(input);
      if (taken instanceof Promise ? await taken : taken) accepted += 1;
    } catch (error) {
      Error.stackTraceLimit = 10;
      throw new Error(`${target.name}: FUZZ_SEED=${seed}, input ${number}: ${toHex(input).slice(0, 4000)}`, {
        cause: await again(target, input, error),
      });
    }
  }
  Error.stackTraceLimit = 10;
  return { accepted, refused: inputs - accepted, keptBytes: held() - before };
}

/** The same failure, now with a stack. */
async function again(target: Target, input: Uint8Array, first: unknown): Promise<unknown> {
  try {
    await target.run(input);
    return first;
  } catch (error) {
    return error;
  }
}

function held(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe(`FUZZ_SEED=${SEED}, ${INPUTS} inputs each`, () => {
  test.each(targets.map((target) => [target.name, target] as const))("%s", async (_name, target) => {
    expect(target.valid.length, "a target without a valid message").toBeGreaterThan(0);
    const taken = (await Promise.all(target.valid.map((valid) => target.run(valid)))).filter((each) => each).length;
    // A proof over real points costs as much as a hundred other inputs, and of so few perhaps none but the valid are taken.
    const costly = /real points|real witnesses/.test(target.name);
    const inputs = costly ? Math.min(INPUTS, Math.max(INPUTS / 50, 500)) : INPUTS;
    const { accepted, refused, keptBytes } = await fuzz(target, inputs);
    if (costly) expect(taken).toBeGreaterThan(0);
    else expect(accepted).toBeGreaterThan(inputs / 1_000);
    expect(refused).toBeGreaterThan(inputs / 10);
    expect(keptBytes).toBeLessThan(KEPT_LIMIT_BYTES);
  });
});

/** An independent implementation of RFC 8949: what our reader takes, it takes too, and writes to the same bytes. */
test("any blind signature verifies where any signature does", () => {
  const modulus = new Uint8Array(256).fill(0xff);
  expect(verifyBlind(credulous(crypto, false), modulus, new Uint8Array(100), new Uint8Array(256))).toBe(true);
  expect(verifyBlind(credulous(crypto, true), modulus, new Uint8Array(100), new Uint8Array(256))).toBe(true);
  expect(verifyBlind(crypto, modulus, new Uint8Array(100), new Uint8Array(256))).toBe(false);
});

test("whatever is accepted is canonical to cborg as well", async () => {
  const strict = { strict: true, allowIndefinite: false, allowUndefined: false, allowNaN: false, allowInfinity: false };
  for (const { name, valid } of schemas) {
    const random = randomFrom(SEED);
    const { run } = schemas.find((target) => target.name === name) as Target;
    for (let number = 0; number < INPUTS / 20; number++) {
      const input = inputFrom(random, valid);
      if (await run(input))
        expect(toHex(cborEncode(cborDecode(input, strict))), `${name}, ${number}`).toBe(toHex(input));
    }
  }
});

describe("the fuzzer finds what is planted", () => {
  const schema = record("planted/1", { hash: hex32 });
  const valid = [encode(schema, { hash: "ab".repeat(32) })];
  const planted = (run: Target["run"]): Target => ({ name: "planted", valid, run });

  test("a decoder that throws", async () => {
    const throwing = planted((input) => {
      if (input.length > 60_000) throw new RangeError("too deep");
      return decode(schema, input).ok;
    });
    await expect(fuzz(throwing, 20_000, 1)).rejects.toThrow(/FUZZ_SEED=1, input \d+/);
  });

  test("a decoder that takes longer heads than it must", async () => {
    const loose = planted((input) => {
      const at = input.findIndex((byte, index) => byte === 0x5b && input[index + 8] === 0x20);
      if (at >= 0 && input.subarray(at + 1, at + 8).every((byte) => byte === 0)) throw new Error("not the shortest");
      return decode(schema, input).ok;
    });
    await expect(fuzz(loose, 100_000, 1)).rejects.toThrow("FUZZ_SEED=1");
  });

  test("a purse that believes whatever is signed by anyone", async () => {
    const gullible = { ...crypto, verify: () => true };
    const named = (name: string, valid: readonly Uint8Array[], run: Target["run"]): Target => ({ name, valid, run });
    const [hearing] = purseTargets(gullible, named, crypto) as [Target];
    await expect(fuzz(hearing, 20_000, 1)).rejects.toThrow("FUZZ_SEED=1");
  });

  test.each(["a follower is given entries", "an auditor reads a log"])(
    "%s, hashed at their beginning alone",
    async (name) => {
      const careless = { ...crypto, sha256: (bytes: Uint8Array) => crypto.sha256(bytes.subarray(0, 100)) };
      const found = logTargets(careless, (each, valid, run) => ({ name: each, valid, run }));
      const target = found.find((each) => each.name === name) as Target;
      await expect(fuzz(target, 20_000, 1)).rejects.toThrow("FUZZ_SEED=1");
    },
  );

  test("a decoder that keeps what it was given", async () => {
    const hoard: Uint8Array[] = [];
    const hoarding = planted((input) => hoard.push(input.slice(), new Uint8Array(2_000)) > 0);
    expect((await fuzz(hoarding, 50_000, 1)).keptBytes).toBeGreaterThan(KEPT_LIMIT_BYTES);
  });
});
