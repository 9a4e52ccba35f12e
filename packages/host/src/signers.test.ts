/** The signer threads: what they sign, and everything that can go wrong in or before one. */
import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { utf8 } from "@counterfoil/base";
import { blindAll, factorFrom, finalize, isCoinModulus, verifyBlind } from "@counterfoil/crypto";
import { afterEach, describe, expect, test } from "vitest";
import { Overloaded, SigningFault, Stopped, Unknown } from "./failures.ts";
import { nodeCrypto } from "./native.ts";
import { generateCoinKey, rsaPublic } from "./rsa.ts";
import { MARK, TRACES } from "./signers.fixture.ts";
import { openSigners, type Signers, type SignersOptions } from "./signers.ts";

const crypto = await nodeCrypto();
const [key, other, long] = await Promise.all([generateCoinKey(2048), generateCoinKey(2048), generateCoinKey(3072)]);
const FAULTY = new URL("./signers.fixture.ts", import.meta.url);

const opened: Signers[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((signers) => signers.close()));
});

describe("coin keys", () => {
  test.each([
    [2048, key],
    [3072, long],
  ])("of %i bits", (bits, { modulus, privateKeyPem }) => {
    expect(modulus.length).toBe(bits / 8);
    expect(isCoinModulus(modulus)).toBe(true);
    expect(modulus.buffer.byteLength, "a view of shared memory would take other secrets along").toBe(modulus.length);
    expect(privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });
});

describe("signers", () => {
  test("sign coins that verify", async () => {
    const signers = open();
    const wide = Uint8Array.from({ length: 272 }, (_, i) => i);
    const list = [1, 2, 3].map((i) => {
      const factor = factorFrom(key.modulus, wide.with(271, i));
      return { message: utf8(`prepared message ${i}`), salt: new Uint8Array(48).fill(i), factor };
    });
    const made = blindAll(crypto, key.modulus, list);
    if (!made.ok) throw new Error(made.reason);
    const toSign = made.value.map(({ blinded }) => blinded);
    const answers = await signers.sign("a", toSign);
    made.value.forEach(({ inverse }, i) => {
      const { message } = list[i] as (typeof list)[number];
      const signature = finalize(crypto, key.modulus, message, answers[i] as Uint8Array, inverse);
      expect(verifyBlind(crypto, key.modulus, message, signature as Uint8Array)).toBe(true);
    });
  });

  test("keep lists of any length and under any key apart and in order", async () => {
    const signers = open();
    signers.add("other", other.privateKeyPem);
    signers.add("long", long.privateKeyPem);
    const keys = [
      ["a", key],
      ["other", other],
      ["long", long],
    ] as const;
    await Promise.all(
      [0, 1, 2, 3, 4, 5, 15, 16, 17, 33, 70].map(async (length, i) => {
        const [name, { modulus }] = keys[i % 3] as (typeof keys)[number];
        const list = values(length, modulus.length, i);
        const signed = await signers.sign(name, list);
        expect(signed.map((each) => rsaPublic(modulus, each))).toEqual(list);
      }),
    );
  });

  test("give the same signatures again", async () => {
    const signers = open();
    const list = values(5);
    expect(await signers.sign("a", list)).toEqual(await signers.sign("a", list));
  });

  test("sign what was asked, whatever becomes of the memory", async () => {
    const signers = open();
    const list = values(3);
    const before = list.map((value) => value.slice());
    const asked = signers.sign("a", list);
    for (const value of list) value.fill(0);
    expect((await asked).map((each) => rsaPublic(key.modulus, each))).toEqual(before);
  });

  test("share one list between them", async () => {
    const signers = open({ entry: FAULTY, workers: 2 });
    const seen: number[] = [];
    using traces = tracesInto(seen);
    await signers.sign("a", values(8, 256, MARK.traced));
    await traces.until(8);
    const counts = Map.groupBy(seen, (thread) => thread);
    expect([...counts.values()].map((each) => each.length)).toEqual([4, 4]);
  });

  test("do not make a small list wait for a large one", async () => {
    const signers = open({ workers: 1 });
    const order: string[] = [];
    const large = signers.sign("a", values(200)).then(() => order.push("large"));
    const small = signers.sign("a", values(1)).then(() => order.push("small"));
    await Promise.all([large, small]);
    expect(order).toEqual(["small", "large"]);
  });
});

describe("signers refuse", () => {
  test.each([
    ["the modulus", key.modulus],
    ["more than the modulus", new Uint8Array(256).fill(0xff)],
    ["a value one byte short", new Uint8Array(255)],
    ["a value one byte long", new Uint8Array(257)],
    ["no bytes", new Uint8Array(0)],
  ])("%s, and sign nothing of its list", async (_, wrong) => {
    const signers = open({ entry: FAULTY });
    const seen: number[] = [];
    using traces = tracesInto(seen);
    const traced = values(2, 256, MARK.traced);
    await expect(signers.sign("a", [...traced, wrong])).rejects.toThrow("less");
    await signers.sign("a", traced.slice(1));
    await traces.until(1);
    expect(seen.length).toBe(1);
  });

  test("an unknown key, and a name that is taken", async () => {
    const signers = open();
    await expect(signers.sign("b", values(1))).rejects.toThrow("no signing key");
    expect(() => signers.add("a", other.privateKeyPem)).toThrow("is there");
  });

  test.each([
    [
      "a public key",
      generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" }),
    ],
    ["an exponent of 3", pemOf(generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }))],
    ["a key for PSS only", pemOf(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }))],
    ["a curve", pemOf(generateKeyPairSync("ed25519"))],
    ["a torn PEM", key.privateKeyPem.replace("A", "B").slice(0, 900)],
    ["nothing", ""],
  ])("%s for a key, without repeating it", (_, pem) => {
    const signers = open();
    const failure = thrownBy(() => signers.add("b", pem as string));
    expect(failure.message).toBe("not a private RSA key with exponent 65537");
    expectNoSecret(failure, pem as string);
  });

  test("more values than the queue has room for, until it has", async () => {
    const signers = open({ queue: 10 });
    await expect(signers.sign("a", values(11))).rejects.toBeInstanceOf(Overloaded);
    const taken = signers.sign("a", values(8));
    await expect(signers.sign("a", values(3))).rejects.toBeInstanceOf(Overloaded);
    const last = signers.sign("a", values(2));
    expect((await taken).length).toBe(8);
    expect((await last).length).toBe(2);
    expect((await signers.sign("a", values(10))).length).toBe(10);
  });

  test("everything after they are closed, having signed what they had taken", async () => {
    const signers = open();
    const taken = signers.sign("a", values(50));
    const closed = signers.close();
    await expect(signers.sign("a", values(1))).rejects.toBeInstanceOf(Stopped);
    let settled = false;
    const signed = taken.then((signatures) => {
      settled = true;
      return signatures;
    });
    await closed;
    expect(settled).toBe(true);
    expect((await signed).length).toBe(50);
    await signers.close();
    await expect(signers.sign("a", [])).rejects.toBeInstanceOf(Stopped);
  });

  test("a removed key, having signed what was asked; its name is free", async () => {
    const signers = open();
    const list = values(40);
    const asked = signers.sign("a", list);
    signers.remove("a");
    signers.remove("a");
    await expect(signers.sign("a", list)).rejects.toThrow("no signing key");
    signers.add("a", other.privateKeyPem);
    const anew = await signers.sign("a", list);
    expect((await asked).map((each) => rsaPublic(key.modulus, each))).toEqual(list);
    expect(anew.map((each) => rsaPublic(other.modulus, each))).toEqual(list);
  });
});

describe("what goes wrong in a thread", () => {
  test("a wrong signature never leaves; the lists beside it do", async () => {
    const signers = open({ entry: FAULTY, workers: 1 });
    const faulty = signers.sign("a", [...values(9), ...values(1, 256, MARK.fault), ...values(30)]);
    const sound = [signers.sign("a", values(2)), signers.sign("a", values(20))];
    await expect(faulty).rejects.toBeInstanceOf(SigningFault);
    expect((await Promise.all(sound)).map((each) => each.length)).toEqual([2, 20]);
    expect((await signers.sign("a", values(3))).length).toBe(3);
  });

  test("room in the queue comes back after faults and deaths", async () => {
    const signers = open({ entry: FAULTY, queue: 100 });
    /** What of a failed list is in a thread's hands counts until it is back. */
    const outcome = (list: readonly Uint8Array[]) =>
      signers.sign("a", list).then(
        (signed) => signed.length,
        (error: Error) => error.constructor,
      );
    for (const mark of [MARK.fault, MARK.exit, MARK.error, MARK.fault]) {
      const list = [...values(1, 256, mark), ...values(99)];
      const failure = mark === MARK.fault ? SigningFault : Unknown;
      await expect.poll(() => outcome(list).then((found) => found !== Overloaded && found)).toBe(failure);
    }
    await expect.poll(() => outcome(values(100))).toBe(100);
    expect(await outcome(values(101)), "nor does more come back than was taken").toBe(Overloaded);
  });

  test.each([
    ["ends", MARK.exit],
    ["throws", MARK.error],
  ])("a thread that %s leaves its lists unknown; another takes its place", async (_, mark) => {
    const signers = open({ entry: FAULTY, workers: 1 });
    const deadly = signers.sign("a", values(1, 256, mark));
    // Too long to be handed over whole: lists that wait are signed by the next thread, those in its hands are lost.
    const waiting = new Array(40).fill(0).map(() => signers.sign("a", values(1)));
    await expect(deadly).rejects.toBeInstanceOf(Unknown);
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...new Array(31).fill("rejected"),
      ...new Array(9).fill("fulfilled"),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(Unknown);
    }
    signers.add("b", other.privateKeyPem);
    const [again] = await signers.sign("b", values(1));
    expect(rsaPublic(other.modulus, again as Uint8Array)).toEqual(values(1)[0]);
  });

  test("they say nothing of a key", async () => {
    const signers = open({ entry: FAULTY });
    for (const mark of [MARK.exit, MARK.error, MARK.fault]) {
      const failure = await signers.sign("a", values(1, 256, mark)).catch((error: unknown) => error);
      expectNoSecret(failure as Error, key.privateKeyPem);
    }
  });

  test("threads that do not start stop the signers", async () => {
    const entry = new URL("data:text/javascript,throw new Error('planted')");
    const signers = open({ entry });
    const outcomes = await Promise.allSettled([signers.sign("a", values(1)), signers.sign("a", values(100))]);
    // What a thread was handed before it failed is unknown, as nobody has seen that it did not sign.
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
    await expect
      .poll(() => signers.sign("a", values(1)).catch((error: unknown) => error instanceof Stopped && error.message))
      .toContain("do not start");
  });

  test("closing waits for no thread that does not start", async () => {
    const signers = open({ entry: new URL("data:text/javascript,throw new Error('planted')") });
    const asked = signers.sign("a", values(500));
    await Promise.all([expect(asked).rejects.toThrow(), signers.close()]);
  });
});

function open(options: Partial<SignersOptions> = {}): Signers {
  const signers = openSigners({ workers: 2, queue: 1_000, ...options });
  opened.push(signers);
  signers.add("a", key.privateKeyPem);
  return signers;
}

/** Different numbers with a leading zero, so that they are less than any modulus. */
function values(count: number, length = 256, mark = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const value = new Uint8Array(length).fill(i + 1);
    value[0] = 0;
    value[1] = mark;
    return value;
  });
}

function tracesInto(seen: number[]): Disposable & { until(count: number): Promise<void> } {
  const channel = new BroadcastChannel(TRACES);
  channel.onmessage = (event) => {
    seen.push((event as unknown as { data: number }).data);
  };
  return {
    until: (count) => expect.poll(() => seen.length).toBe(count),
    [Symbol.dispose]: () => channel.close(),
  };
}

function pemOf({
  privateKey,
}: {
  privateKey: { export(as: { type: "pkcs8"; format: "pem" }): string | Buffer };
}): string {
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

function thrownBy(action: () => void): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

function expectNoSecret(failure: Error, pem: string): void {
  const shown = inspect(failure, { depth: null, showHidden: true });
  for (const line of pem.split("\n")) if (line.length > 8 && !line.startsWith("--")) expect(shown).not.toContain(line);
}
