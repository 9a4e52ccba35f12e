import { encode } from "@counterfoil/base";
import { portableCrypto, sign } from "@counterfoil/crypto";
import { paySchema, slipSchema } from "@counterfoil/protocols/contract";
import { merchantAnswer, orderMessage, paymentMessage } from "@counterfoil/protocols/exchange";
import { bankAnswer } from "@counterfoil/protocols/money";
import { expect, test } from "vitest";
import type { Field } from "../diagram/sequence.ts";
import { readAnswer, readMessage } from "./reading.ts";

const crypto = await portableCrypto();
const key = crypto.signingKey(new Uint8Array(32).fill(7));
const [PID, HASH, TID, V] = ["11", "22", "33", "44"].map((byte) => byte.repeat(32)) as [string, string, string, string];

const slip = sign(crypto, key, slipSchema, {
  mode: "optimistic",
  bank: key.publicKey,
  merchant: key.publicKey,
  priceMinor: 250n,
  unit: "XTS",
  notAfterMs: 60_000,
  buyer: key.publicKey,
  tid: TID,
  poHash: HASH,
  offerHash: HASH,
  commitment: HASH,
  log: null,
});
const pay = sign(crypto, key, paySchema, { slipHash: HASH });
const foreign = new Uint8Array(60).fill(9);
const payment = encode(paymentMessage, { pid: PID, order: foreign, slip, pay, funding: { kind: "hold" }, visit: null });

test("a payment is read member by member, each under the signature that covers it", () => {
  const { name, fields } = readMessage(payment);
  expect(name).toBe("payment");
  expect(fields).toEqual([
    { name: "pid", value: PID },
    { name: "order", value: "60 bytes" },
    { name: "slip", value: `${slip.length} bytes`, inside: expect.any(Array) },
    {
      name: "pay",
      value: `${pay.length} bytes`,
      inside: [{ name: "slipHash", value: HASH, signedBy: "buyer" }],
    },
    { name: "funding", value: "hold", inside: [{ name: "kind", value: "hold" }] },
    { name: "visit", value: "none" },
  ]);
  expect(fields[2]?.inside).toEqual(
    expect.arrayContaining([
      { name: "tid", value: TID, signedBy: "merchant" },
      { name: "priceMinor", value: "250", signedBy: "merchant" },
      { name: "notAfterMs", value: "1970-01-01T00:01:00.000Z", signedBy: "merchant" },
      { name: "log", value: "none", signedBy: "merchant" },
    ]),
  );
});

test("what opens the goods is marked, also where it is no more than bytes", () => {
  const settled = readAnswer(encode(merchantAnswer, { kind: "settled", receipt: foreign, opening: V }), "shop");
  expect(settled).toEqual({
    name: "settled",
    fields: [
      { name: "receipt", value: "60 bytes" },
      { name: "opening", value: V, keepsTheGoods: true },
    ],
  });
  const secret = Uint8Array.of(1, 2, 255);
  const goods = readAnswer(encode(merchantAnswer, { kind: "goods", secret }), "other");
  expect(goods.fields).toEqual([{ name: "secret", value: "0102ff", keepsTheGoods: true }]);
});

test("what is cut short, or nobody's, is named as far as it can be and says nothing", () => {
  expect(readMessage(payment.slice(0, -1))).toEqual({ name: "payment", fields: [] });
  expect(readMessage(payment.slice(0, 4))).toEqual({ name: "message", fields: [] });
  expect(readMessage(new Uint8Array())).toEqual({ name: "message", fields: [] });
  const settled = encode(merchantAnswer, { kind: "released", opening: V });
  expect(readAnswer(settled.slice(0, -1), "shop")).toEqual({ name: "answer", fields: [] });
  expect(readAnswer(settled, "bank")).toEqual({ name: "answer", fields: [] });
});

test("a message within a message, again and again, is read to a limit", () => {
  let nested: Uint8Array = foreign;
  for (let layer = 0; layer < 30; layer += 1) nested = encode(orderMessage, { pid: PID, order: nested, quote: null });
  expect(depthOf(readMessage(nested).fields)).toBe(9);
});

test("long bytes are counted, and short ones shown", () => {
  const orderOf = (length: number) => {
    const order = new Uint8Array(length).fill(255);
    return readMessage(encode(orderMessage, { pid: PID, order, quote: null })).fields[1]?.value;
  };
  expect([orderOf(48), orderOf(49)]).toEqual(["ff".repeat(48), "49 bytes"]);
});

test("a long list says how long it is and shows its beginning, and so does a long text", () => {
  const [credit, amountMinor, kind] = [true, 1n, "grant"];
  const line = { sequence: 1, transaction: "t".repeat(97), kind, credit, amountMinor, balanceMinor: 1n, timeMs: 0 };
  const about = { account: PID, unit: "XTS", balanceMinor: 1n, heldMinor: 0n, sequence: 1 };
  const answer = encode(bankAnswer, { kind: "account", ...about, lines: Array.from({ length: 65 }, () => line) });
  const lines = readAnswer(answer, "bank").fields.find(({ name }) => name === "lines");
  expect([lines?.value, lines?.inside?.length]).toEqual(["65", 64]);
  expect(lines?.inside?.[0]?.inside).toContainEqual({ name: "transaction", value: `${"t".repeat(96)}…` });
});

function depthOf(fields: readonly Field[]): number {
  return 1 + Math.max(0, ...fields.map(({ inside }) => (inside === undefined ? 0 : depthOf(inside))));
}
