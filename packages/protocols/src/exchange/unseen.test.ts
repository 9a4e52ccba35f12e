/** What the bank sees of a purchase is the same to the byte, whoever the shop knows the buyer as (P§4B-5). */
import { decode, encode, MINUTE_MS, toHex } from "@counterfoil/base";
import { type Crypto, portableCrypto, type SigningKey } from "@counterfoil/crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pseudonymKey } from "../contract/index.ts";
import { payFor } from "./buying.ts";
import { customer, startPurchase } from "./customer.ts";
import { paymentMessage } from "./messages.ts";
import { contractOf, fund, NOW, PRICE, parties, seedOf, stock } from "./parties.fixture.ts";

/** Sealing and proving draw randomness; without it, two purchases under one contract differ only where their names make them. */
const crypto: Crypto = {
  ...(await portableCrypto()),
  seal: (_to, message) => message,
  unseal: (_key, sealed) => sealed,
  random: (length) => new Uint8Array(length),
};

/** Everything that one purchase sends to the bank, by whomever, and all that the bank answers. */
function seenByBank(word: string, visitor: SigningKey | null, spoil = (payment: Uint8Array) => payment): string[] {
  const all = parties(crypto);
  const payer = crypto.signingKey(seedOf("payer", crypto));
  fund(all, payer.publicKey, 10n * PRICE);
  const pid = stock(all, "thing");
  const one = contractOf(all, pid, word);
  const certificate = all.shop.view.get("item", pid)?.certificate as Uint8Array;
  const placed = { order: one.order, signed: one.orderSigned, message: one.orderSigned };
  const from = { kind: "account" as const, account: payer, bankBox: all.bankConfig.box.publicKey };
  const purchase = payFor(crypto, one.keys, pid, placed, one, { certificate, group: null }, from, NOW, visitor);
  const payment = spoil(purchase.payment);
  all.shop.hear(payment, NOW);
  expect(all.shop.view.get("sale", one.slip.tid)?.visitor, "the shop is told").toBe(visitor?.publicKey ?? null);
  all.shop.decide({ kind: "resend", tid: one.slip.tid }, NOW + MINUTE_MS);
  const config = { crypto, seed: seedOf("wallet", crypto) };
  const machine = customer(config);
  const paying = startPurchase(config, { ...purchase, payment });
  const aborting = machine.step(paying, { kind: "give-up" }, NOW);
  const retrying = machine.step(paying, { kind: "wake" }, NOW + MINUTE_MS);
  const states = [paying, aborting, retrying].flatMap((state) => (state === null ? [] : machine.sends(state)));
  const sent = [...all.shop.takeSends(), ...states].filter(({ to }) => to === "bank").map(({ bytes }) => bytes);
  const answers = sent.map((bytes) => all.bank.hear(bytes, NOW + MINUTE_MS));
  return [...sent, ...answers].map(toHex);
}

const pseudonym = (seed: Uint8Array) => pseudonymKey(crypto, seed, parties(crypto).shopConfig.key.publicKey);

test("under a pseudonym, and under none", () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (word, seed) => {
      const key = pseudonym(seed);
      const seen = seenByBank(word, key);
      expect(seen).toEqual(seenByBank(word, null));
      expect(seen, "endorsement twice, abort, query, and their answers").toHaveLength(8);
      expect(seen.join()).not.toContain(key.publicKey);
    }),
    { numRuns: 25 },
  );
});

test("and a wallet that tells the bank of its pseudonym is found out", () => {
  const telling = (payment: Uint8Array) => {
    const message = decode(paymentMessage, payment);
    if (!message.ok || message.value.visit === null) return payment;
    return encode(paymentMessage, { ...message.value, funding: { kind: "debit", sealed: message.value.visit } });
  };
  const key = pseudonym(seedOf("wallet", crypto));
  const seen = seenByBank("one", key, telling);
  expect(seen).not.toEqual(seenByBank("one", null, telling));
  expect(seen.join()).toContain(key.publicKey);
});
