/**
 * First Virtual, SSL and SET run once (S3 §3.2 to §3.4), by the letters of first-virtual.ts and cards.ts. The card's number is
 * made up, and no network would take it.
 */
import { assert, fromUtf8, sameBytes, toHex, utf8 } from "@counterfoil/base";
import { type BoxKey, type Crypto, raw, type SigningKey } from "@counterfoil/crypto";
import type { Letter, LiteralRun, Means } from "../letters.ts";
import {
  agreed,
  boxed,
  demandSigned,
  encryptedOnce,
  GOODS_LIMIT_BYTES,
  letter,
  openedOnce,
  packed,
  signature,
  unboxed,
  unpacked,
} from "./figure.ts";

const CARD = "0000 0000 0000 0000 (made up)";
const ITEM = "one file";
const PRICE = "2.50";

/** No cryptography at all: "communications security is irrelevant" (S3 §3.2). */
export function firstVirtual(_crypto: Crypto): LiteralRun {
  return {
    id: "first-virtual",
    title: "First Virtual",
    source: "S3 §3.2",
    goodsLimitBytes: GOODS_LIMIT_BYTES,
    *run(goods, { random }) {
      const pin = toHex(random(8));
      const sale = toHex(random(8));
      yield letter(["1", "C", "M"], "VirtualPIN, item", { pin, item: ITEM });
      yield letter(["2", "M", "C"], "the goods", { goods });
      yield letter(["3", "M", "F"], "VirtualPIN, price, item", { sale, pin, price: PRICE, item: ITEM });
      yield letter(["4", "F", "C"], "e-mail: do you confirm?", { sale, price: PRICE, item: ITEM });
      yield letter(["5", "C", "F"], "e-mail: yes", { sale, answer: "yes" });
      yield letter(["6", "F", "K"], "charge the card behind the PIN", { sale, card: CARD, price: PRICE });
      yield letter(["7", "F", "M"], "paid", { sale, answer: "paid" });
      return goods;
    },
  };
}

export function ssl(crypto: Crypto): LiteralRun {
  return {
    id: "ssl",
    title: "SSL and a card",
    source: "S3 §3.3",
    goodsLimitBytes: GOODS_LIMIT_BYTES,
    *run(goods, means) {
      const network = crypto.signingKey(means.random(32));
      const [toMerchant, toCustomer] = yield* handshake(crypto, means);
      const sent = encryptedOnce(crypto, toMerchant, packed(CARD, ITEM));
      yield letter(["1", "C", "M"], "E(card, order)", { "E(card, order)": sent });

      const [card] = unpacked(openedOnce(crypto, toMerchant, sent), 2) as [Uint8Array, Uint8Array];
      const reference = means.random(8);
      const number = fromUtf8(card);
      assert(number !== null, "a card's number is text");
      yield letter(["2", "M", "K"], "charge it, under this reference", { card: number, price: PRICE, reference });

      const approved = signature(crypto, network, "approved", reference, PRICE);
      yield letter(["3", "K", "M"], "[approved, reference]K", { reference, signature: approved });

      demandSigned(crypto, network.publicKey, approved, "approved", reference, PRICE);
      const delivered = encryptedOnce(crypto, toCustomer, goods);
      yield letter(["4", "M", "C"], "E(the goods)", { "E(goods)": delivered });
      return openedOnce(crypto, toCustomer, delivered);
    },
  };
}

/** TLS 1.3 in outline: two shares, the server's signature on both, a key for each direction. The customer has no key. */
function* handshake(crypto: Crypto, { random }: Means): Generator<Letter, readonly [Uint8Array, Uint8Array]> {
  const merchant = crypto.signingKey(random(32));
  const [mine, theirs] = [crypto.boxKey(random(32)), crypto.boxKey(random(32))];
  yield letter(["1", "C", "M"], "hello, a share", { share: raw(mine.publicKey) });
  const signed = signature(crypto, merchant, mine.publicKey, theirs.publicKey);
  yield letter(["1", "M", "C"], "hello, a share, [both]M, M's key", {
    ...{ share: raw(theirs.publicKey), signature: signed, key: raw(merchant.publicKey) },
  });

  demandSigned(crypto, merchant.publicKey, signed, mine.publicKey, theirs.publicKey);
  const secretOf = (own: BoxKey, other: BoxKey) => agreed(crypto, own, other.publicKey);
  assert(sameBytes(secretOf(mine, theirs), secretOf(theirs, mine)), "both sides of a connection have one secret");
  const salt = crypto.sha256(packed(mine.publicKey, theirs.publicKey));
  const keyFor = (label: string) => crypto.hkdf("sha256", secretOf(mine, theirs), salt, label, 32);
  return [keyFor("lab/to the merchant"), keyFor("lab/to the customer")];
}

export function set(crypto: Crypto): LiteralRun {
  return {
    id: "set",
    title: "SET",
    source: "S3 §3.4",
    goodsLimitBytes: GOODS_LIMIT_BYTES,
    *run(goods, means) {
      const { random } = means;
      const [customer, merchant, gateway] = [0, 1, 2].map(() => crypto.signingKey(random(32))) as [
        SigningKey,
        SigningKey,
        SigningKey,
      ];
      const gatewayBox = crypto.boxKey(random(32));
      const reference = random(20);
      const order = packed(reference, ITEM, PRICE);
      const payment = packed(reference, PRICE, CARD);
      const [orderHash, paymentHash] = [crypto.sha256(order), crypto.sha256(payment)];
      const dual = signature(crypto, customer, orderHash, paymentHash);
      const sealed = boxed(crypto, means, gatewayBox.publicKey, payment);
      yield letter(["1", "C", "M"], "order, h(payment), [h(order), h(payment)]C, {payment}G", {
        ...{ order, "h(payment)": paymentHash, "dual signature": dual, "{payment}G": sealed },
      });

      demandSigned(crypto, customer.publicKey, dual, crypto.sha256(order), paymentHash);
      const asked = signature(crypto, merchant, orderHash, PRICE, sealed);
      yield letter(["2", "M", "G"], "[{payment}G, h(order), the price]M, [h(order), h(payment)]C", {
        ...{ "{payment}G": sealed, "h(order)": orderHash, price: PRICE, signature: asked, "dual signature": dual },
      });

      yield* approve({ crypto, customer, merchant, gateway, gatewayBox, orderHash, sealed, asked, dual });
      yield letter(["4", "M", "C"], "the goods", { goods });
      return goods;
    },
  };
}

interface Authorisation {
  readonly crypto: Crypto;
  readonly customer: SigningKey;
  readonly merchant: SigningKey;
  readonly gateway: SigningKey;
  readonly gatewayBox: BoxKey;
  readonly orderHash: Uint8Array;
  readonly sealed: Uint8Array;
  readonly asked: Uint8Array;
  readonly dual: Uint8Array;
}

/** The gateway opens what the merchant cannot, and compares the price that each of them has signed. */
function* approve(of: Authorisation): Generator<Letter, void> {
  const { crypto, customer, merchant, gateway, gatewayBox, orderHash, sealed, asked, dual } = of;
  demandSigned(crypto, merchant.publicKey, asked, orderHash, PRICE, sealed);
  const payment = unboxed(crypto, gatewayBox, sealed);
  demandSigned(crypto, customer.publicKey, dual, orderHash, crypto.sha256(payment));
  const [reference, price] = unpacked(payment, 3) as [Uint8Array, Uint8Array, Uint8Array];
  assert(sameBytes(price, utf8(PRICE)), "customer and merchant have signed one price");
  const approved = signature(crypto, gateway, "approved", reference, PRICE);
  yield letter(["3", "G", "M"], "[approved, reference, the price]G", { reference, price: PRICE, signature: approved });
  demandSigned(crypto, gateway.publicKey, approved, "approved", reference, PRICE);
}
