/** Bytes that are no message: too many, too few, or not the canonical ones. */

import { request } from "node:http";
import { encode, encodeItems, MESSAGE_LIMIT_BYTES } from "@counterfoil/base";
import { sign, signBody } from "@counterfoil/crypto";
import { Unreachable, wireClient } from "@counterfoil/host";
import { orderSchema, paySchema, slipHashOf, slipSchema, visitSchema } from "@counterfoil/protocols/contract";
import { lend, orderMessage, paymentMessage } from "@counterfoil/protocols/exchange";
import {
  ACCEPTED,
  type Contract,
  contract,
  debit,
  fate,
  longer,
  offerAnswer,
  order as placed,
  quoted,
  ready,
  settle,
  taken,
} from "../deal.ts";
import type { Market } from "../market.ts";
import { type Edit, type Scenario, swap } from "../scenario.ts";
import { stranger } from "./parties.ts";

const HTTP_LIMIT = swap(
  "wire",
  'if (length > limits.messageBytes) once("too-large");',
  'if (false) once("too-large");',
);
const CLIENT_LIMIT = swap("client", 'if (length > limitBytes) reject(abandon(asked, "TOO_LARGE"));', "");

/** A decoder that reads a zero past the end and asks no more, as sloppy ones do. */
export const LENIENT: Edit = swap(
  "schema",
  `  const from = { bytes, at: 0 };
  try {
    const value = schema.read(from);
    return from.at === bytes.length ? done(value) : refused("malformed");`,
  `  const from = { bytes: Uint8Array.of(...bytes, 0), at: 0 };
  try {
    return done(schema.read(from));`,
);
export const ANY_ENCODING = swap(
  "cbor",
  'if (value < (size === 1 ? 24 : size === 2 ? 0x100 : 0x10000)) throw new Malformed("the shortest form");',
  "",
);

/** One in 256 ends in zero; whoever has made so many others makes none that does. */
const TRIES = 10_000;

/** Makes another until its last byte is zero: a sloppy decoder would not miss it. */
export async function endingInZero<T>(make: () => T | Promise<T>, bytesOf: (made: T) => Uint8Array): Promise<T> {
  for (let tried = 0; tried < TRIES; tried++) {
    const made = await make();
    if (bytesOf(made).at(-1) === 0) return made;
  }
  throw new Error("nothing that is made ends in zero");
}

export const BYTES: readonly Scenario[] = [
  {
    name: "over-the-limit/http",
    reason: "413 too-large",
    without: [HTTP_LIMIT],
    prepare: async (market) => async () => {
      const body = encodeItems(["probe/1", new Uint8Array(MESSAGE_LIMIT_BYTES)]);
      return chunked(market, body);
    },
  },
  {
    name: "over-the-limit/customer",
    reason: "TOO_LARGE",
    without: [CLIENT_LIMIT],
    async prepare(market) {
      const huge = { name: "huge", tags: ["probe/1"], handle: async () => new Uint8Array(MESSAGE_LIMIT_BYTES + 1) };
      const served = await market.listen([huge], market.page);
      return async () => {
        const client = wireClient(served.url);
        try {
          return (await client.post(encodeItems(["probe/1"]))).length > 0 ? ACCEPTED : "empty";
        } catch (error) {
          return error instanceof Unreachable ? error.code : "thrown";
        } finally {
          client.close();
        }
      };
    },
  },
  {
    name: "truncated/bank",
    reason: "malformed",
    without: [LENIENT],
    async prepare(market) {
      const pid = await market.list();
      const payer = await market.payer();
      const one = await endingInZero(
        () => contract(market, pid),
        (made: Contract) => Uint8Array.of(Number.parseInt(made.opening.slice(-2), 16)),
      );
      const message = settle(market, one, debit(market, payer, one.slipHash));
      return () => fate(market.client, message.subarray(0, -1));
    },
  },
  {
    name: "truncated/shop",
    reason: "malformed",
    without: [LENIENT],
    async prepare(market) {
      const payer = await market.payer();
      const { placed: own, offer, keys, ask } = await ready(market, await market.list(), payer);
      const { slipHash, slipSigned } = offer;
      const pay = sign(market.crypto, keys.buyer, paySchema, { slipHash });
      const funding = debit(market, payer, slipHash);
      const paid = { pid: ask.pid, order: own.signed, slip: slipSigned, pay, funding };
      const message = await endingInZero(
        () => {
          const use = lend(market.crypto, stranger(market), market.shop.key, offer.slip.buyer);
          return encode(paymentMessage, {
            ...paid,
            visit: sign(market.crypto, keys.buyer, visitSchema, { slipHash, use }),
          });
        },
        (made) => made,
      );
      return () => fate(market.client, message.subarray(0, -1));
    },
  },
  {
    name: "truncated/customer",
    reason: "malformed",
    without: [LENIENT],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const answer = await endingInZero(
        () => offerAnswer(market, one),
        (made) => made,
      );
      return async () => taken(market, one, answer.subarray(0, -1));
    },
  },
  {
    name: "not-canonical/bank",
    reason: "malformed",
    without: [ANY_ENCODING],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const body = longer(encode(slipSchema, one.slip));
      const { spelled } = spelling(market, one, body);
      const payer = await market.payer();
      return () => fate(market.client, settle(market, spelled, debit(market, payer, spelled.slipHash)));
    },
  },
  {
    name: "not-canonical/shop",
    reason: "malformed",
    without: [ANY_ENCODING],
    async prepare(market) {
      const from = await quoted(market, await market.list());
      const { order } = placed(market, from);
      const body = longer(encode(orderSchema, order));
      const signed = signBody(market.crypto, from.keys.buyer, body);
      const message = encode(orderMessage, { pid: from.ask.pid, order: signed, quote: from.quote.signed });
      return () => fate(market.client, message);
    },
  },
  {
    name: "not-canonical/customer",
    reason: "malformed",
    without: [ANY_ENCODING],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const body = longer(encode(slipSchema, one.slip));
      return async () => taken(market, one, offerAnswer(market, spelling(market, one, body).spelled));
    },
  },
];

/** A body whose length is nowhere declared. */
function chunked(market: Market, body: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/cbor", "transfer-encoding": "chunked" };
    const sending = request(`${market.visit.url}/wire`, { method: "POST", headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(ACCEPTED);
        else resolve(`${response.statusCode} ${(JSON.parse(text) as { type: string }).type.split(":").at(-1)}`);
      });
    });
    sending.on("error", reject);
    sending.end(body);
  });
}

/** The same slip, signed over other bytes that mean the same. */
function spelling({ crypto, shop }: Market, from: Contract, body: Uint8Array): { spelled: Contract } {
  const signed = signBody(crypto, shop.config.key, body);
  return { spelled: { ...from, signed, slipHash: slipHashOf(crypto, body) } };
}
