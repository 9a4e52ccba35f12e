/** The mint of the tests is held to the NUTs' own test vectors, and to what cashu-ts makes of it. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHTLCHash, getPubKeyFromPrivKey, type Proof, Wallet } from "@cashu/cashu-ts";
import { openCashuMint } from "@counterfoil/sdk/cashu";
import { expect, onTestFinished, test } from "vitest";
import { blindSign, hashOf, hashToCurve, type MintKey, pointOf } from "./curve.ts";
import { type MintOptions, openMint } from "./mint.ts";

test("hash to curve, NUT-00", () => {
  const points = ["00", "01", "02"].map((last) => hashToCurve(Buffer.from(last.padStart(64, "0"), "hex")).toHex());
  expect(points).toEqual([
    "024cce997d3b518f739663b757deaec95bcd9473c30a14ac2fd04023a739d1a725",
    "022e7158e11c9506f1aa4248bf531298daa7febd6194f003edcd9b93ade6253acf",
    "026cdbe15362df59cd1dd3c9c11de8aedac2106eca69236ecd9fbe117af897be4f",
  ]);
});

test("the DLEQ proof and its nonce, NUT-12", () => {
  const one = `02${"1".padStart(64, "0")}`;
  const signed = "02a9acc1e48c25eeeb9289b5031cc57da9fe72f3fe2861d264bdc074209b107ba2";
  expect(hashOf([one, one, one, signed].map(pointOf))).toBe(
    "a4dc034b74338c28c6bc3ea49731f2a24440fc7c4affc08b31a93fc9fbe6401e",
  );
  const point = pointOf("02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5");
  const key: MintKey = { amount: 1n, secret: 2n, point };
  expect(blindSign(key, pointOf(signed))).toEqual({
    signed: "0244eccfc7a348274458bb38044c7f3c389b3c2086c7ec18b5812d2877ab937787",
    e: "2a16ffee280aff3c429045607f9b8e0bf8b35910c44c1b20b9dfaf01b263d7b3",
    s: "9df27731238334718d120d4f74611a7c668233f988e687ac3fb188f0a34a2dab",
  });
});

async function opened(feePpk = 0, clock = () => 1_000, tamper?: MintOptions["tamper"]) {
  const path = join(mkdtempSync(join(tmpdir(), "mint-")), "mint.db");
  const mint = await openMint({ path, unit: "xts", feePpk, clock, ...(tamper === undefined ? {} : { tamper }) });
  onTestFinished(() => mint.close());
  const wallet = new Wallet(mint.url, { unit: "xts" });
  await wallet.loadMint();
  return { mint, wallet };
}

async function minted(wallet: Wallet, amount: number): Promise<readonly Proof[]> {
  const quote = await wallet.createMintQuoteBolt11(amount);
  return wallet.mintProofsBolt11(amount, quote);
}

test("cashu-ts mints, swaps, and is refused what is spent", async () => {
  const { mint, wallet } = await opened();
  const proofs = await minted(wallet, 100);
  const { send, keep } = await wallet.send(37, [...proofs], { includeFees: false });
  expect(mint.outstanding()).toBe(100n);
  const received = await wallet.receive(send, { requireDleq: true });
  expect(received.reduce((sum, { amount }) => sum + amount.toNumber(), 0)).toBe(37);
  await expect(wallet.receive(send)).rejects.toThrow("spent already");
  const states = await wallet.checkProofsStates([...send, ...keep]);
  expect(new Set(states.map(({ state }) => state))).toEqual(new Set(["SPENT", "UNSPENT"]));
});

test("fees are the keyset's", async () => {
  const { mint, wallet } = await opened(100);
  const proofs = await minted(wallet, 64);
  await wallet.receive([...proofs]);
  expect(mint.outstanding()).toBe(63n);
});

/** 64, locked to a preimage that the test knows, for a receiver, and after second 2,000 for a sender. */
async function locked() {
  const clock = { seconds: 1_000 };
  const { wallet } = await opened(0, () => 1_000 * clock.seconds);
  const keys = [RECEIVER, SENDER].map((secret) => Buffer.from(getPubKeyFromPrivKey(secret)).toString("hex"));
  const [receiver, sender] = keys as [string, string];
  const { hash, preimage } = createHTLCHash("12".repeat(32));
  const options = {
    hashlock: hash,
    pubkey: receiver,
    locktime: 2_000,
    refundKeys: [sender],
    sigFlag: "SIG_ALL" as const,
  };
  const { send } = await wallet.send(64, [...(await minted(wallet, 64))], {}, { send: { type: "p2pk", options } });
  const preview = await wallet.prepareSwapToReceive(send, {}, { type: "random" });
  const made = preview.keepOutputs ?? [];
  const outputs = made.map(({ blindedMessage }) => blindedMessage);
  const witnessOf = (secret: Uint8Array) => {
    const [first] = wallet.signP2PKProofs(preview.inputs, Buffer.from(secret).toString("hex"), made);
    return first?.witness as { signatures: string[] };
  };
  const swap = (witness: object, into = outputs) => {
    const inputs = preview.inputs.map(({ dleq: _, ...each }) => ({ ...each, witness: JSON.stringify(witness) }));
    return wallet.mint.swap({ inputs, outputs: into }).then(
      () => "swapped",
      (error: Error) => error.message,
    );
  };
  return { clock, wallet, preimage, outputs, witnessOf, swap };
}

const RECEIVER = new Uint8Array(32).fill(7);
const SENDER = new Uint8Array(32).fill(8);

test("a hash lock opens with the preimage and the receiver's signature, and with neither alone", async () => {
  const { preimage, witnessOf, swap } = await locked();
  expect(await swap({ preimage })).toBe("not unlocked");
  expect(await swap(witnessOf(RECEIVER))).toBe("not unlocked");
  expect(await swap({ preimage: "34".repeat(32), ...witnessOf(RECEIVER) })).toBe("not unlocked");
  expect(await swap({ preimage, ...witnessOf(RECEIVER) })).toBe("swapped");
});

test("who signs the whole of a swap signs where it goes: not even who has the preimage sends it elsewhere", async () => {
  const { wallet, preimage, witnessOf, swap } = await locked();
  const { keepOutputs = [] } = await wallet.prepareSwapToReceive(
    [...(await minted(wallet, 64))],
    {},
    { type: "random" },
  );
  const elsewhere = keepOutputs.map(({ blindedMessage }) => blindedMessage);
  expect(await swap({ preimage, ...witnessOf(RECEIVER) }, elsewhere)).toBe("not unlocked");
  expect(await swap({ preimage, ...witnessOf(RECEIVER) })).toBe("swapped");
});

test("the sender waits for the lock's end, and the receiver is not too late then", async () => {
  for (const who of ["sender", "receiver"] as const) {
    const { clock, preimage, witnessOf, swap } = await locked();
    clock.seconds = 2_000;
    expect(await swap(witnessOf(SENDER))).toBe("not unlocked");
    clock.seconds = 2_001;
    expect(await swap(who === "sender" ? witnessOf(SENDER) : { preimage, ...witnessOf(RECEIVER) })).toBe("swapped");
    expect(await swap(witnessOf(SENDER))).toBe("signed already");
  }
});

test("a mint without a condition that locks is not one for the layer", async () => {
  const { mint } = await opened(
    0,
    () => 0,
    (path, answer) => {
      const { nuts, ...info } = answer.body as { nuts?: object };
      return path === "/v1/info"
        ? { ...answer, body: { ...info, nuts: { ...nuts, 14: { supported: false } } } }
        : answer;
    },
  );
  await expect(openCashuMint(mint.url, "XTS")).rejects.toMatchObject({ reason: "mint-cannot-lock" });
  await expect(openCashuMint("http://127.0.0.1:9", "XTS")).rejects.toMatchObject({ reason: "not-a-mint" });
});
