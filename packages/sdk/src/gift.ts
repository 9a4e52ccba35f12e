/** Goods of no price that need no bank (P§4A II to IV). */
import { decode, encode, type Hex, toHex } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import { acknowledgementSchema, opens, poHashOf, unsealPoint } from "@counterfoil/protocols/contract";
import {
  acknowledgementMessage,
  type CheckedOffer,
  merchantAnswer,
  type PlacedOrder,
} from "@counterfoil/protocols/exchange";
import { type Deal, notAnAnswer, rowOf, throwDecline } from "./deal.ts";
import type { Bought } from "./delivery.ts";

/** Zero-price type II: a signed acknowledgement for the key; no bank, no evidence. */
export async function acknowledge(deal: Deal, placed: PlacedOrder, offer: CheckedOffer): Promise<Bought> {
  const { ports, keys, line, item } = deal;
  const { slipHash, slipSigned: slip, sealed } = offer;
  const acknowledgement = sign(ports.crypto, keys.buyer, acknowledgementSchema, { contractHash: slipHash });
  const message = { pid: item.pid, order: placed.signed, slip, acknowledgement };
  const bytes = await line.post(encode(acknowledgementMessage, message));
  throwDecline(deal, bytes);
  const answer = decode(merchantAnswer, bytes);
  if (!answer.ok || answer.value.kind !== "released") throw notAnAnswer();
  if (!opens(ports.crypto, answer.value.opening, offer.slip.commitment)) throw notAnAnswer();
  const secret = unsealPoint(ports.crypto, answer.value.opening, sealed);
  return keepGift(deal, offer.slip.tid, secret);
}

/** Types III and IV: the goods come with the order; III acknowledges that they did. */
export async function receiveGift(deal: Deal, placed: PlacedOrder): Promise<Bought> {
  const { ports, keys, line, item } = deal;
  const bytes = await line.post(placed.message);
  throwDecline(deal, bytes);
  const answer = decode(merchantAnswer, bytes);
  const sealed = answer.ok && answer.value.kind === "goods" ? answer.value.secret : null;
  const secret = sealed && ports.crypto.unseal(keys.replies, sealed);
  if (secret === null) throw notAnAnswer();
  const contractHash = poHashOf(ports.crypto, placed.order);
  const bought = await keepGift(deal, contractHash, toHex(secret));
  if (item.delivery === "delivered" && bought.kind === "delivered") {
    const acknowledgement = sign(ports.crypto, keys.buyer, acknowledgementSchema, { contractHash });
    const message = { pid: item.pid, order: placed.signed, slip: null, acknowledgement };
    await line.post(encode(acknowledgementMessage, message));
  }
  return bought;
}

async function keepGift(deal: Deal, id: Hex, secret: Hex): Promise<Bought> {
  const { ports, wallet, certificate, item, options } = deal;
  const row = rowOf(deal, 0n);
  const opening = { fileHash: item.fileHash, secret, place: row.out_path, onOpen: options.onOpen };
  const opened = await wallet.goods.open(ports.crypto, certificate, opening);
  if (!opened.ok) return { kind: "faulty", id, fault: opened.reason };
  await wallet.hosted.submit({ kind: "received", id, row: { ...row, delivered: true } });
  return { kind: "delivered", id, row, state: null };
}
