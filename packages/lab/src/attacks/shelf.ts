/**
 * What attacks on our contract are played with: a shop with two items under certificates of a certifier, trustees who can
 * open both, and an order for one of them. The parties are those that the protocols' own tests play with.
 */
import { encode, type Hex } from "@counterfoil/base";
import { type Crypto, goodsKeys, keyCommitment, raw } from "@counterfoil/crypto";
import {
  type Certificate,
  type Certified,
  certHashOf,
  type GoodsPoint,
  goodsPointOf,
  type OfferBody,
  offerBodySchema,
  offerHashOf,
  type SealedPoint,
  unsealPoint,
} from "@counterfoil/protocols/contract";
import { type checkCertificate, merchantAnswer } from "@counterfoil/protocols/exchange";
import {
  type Contract,
  certifiedBy,
  contractOf,
  type Parties,
  parties,
  reslipped,
  stock,
  type TestTrustees,
  trusteesOf,
} from "@counterfoil/protocols/players";

export interface Item {
  readonly pid: Hex;
  readonly certificate: Certificate;
  /** As the shop's catalogue shows it: signed, and with the words that it is of. */
  readonly signed: Uint8Array;
  readonly shown: Parameters<typeof checkCertificate>[2];
  readonly certified: Certified;
  /** P and a, which the shop and its certifier know. */
  readonly goods: GoodsPoint;
}

export interface Shelf {
  readonly crypto: Crypto;
  readonly all: Parties;
  readonly trustees: TestTrustees;
  /** What the customer orders, and what the merchant would rather deliver. */
  readonly wanted: Item;
  readonly other: Item;
  /** The order for the wanted item, and the honest offer. */
  readonly contract: Contract;
}

export function shelfOf(crypto: Crypto): Shelf {
  const all = parties(crypto);
  const trustees = trusteesOf(crypto);
  const [wanted, other] = [itemOf(all, trustees, "wanted"), itemOf(all, trustees, "other")];
  return { crypto, all, trustees, wanted, other, contract: orderFor(all, wanted, "the order") };
}

/** @param word names the order: the same word is the same order again. */
export function orderFor(all: Parties, item: Item, word: string): Contract {
  return contractOf(all, item.pid, word, { mode: "optimistic" });
}

export function itemOf(all: Parties, trustees: TestTrustees, word: string): Item {
  const { crypto, shopConfig } = all;
  const pid = stock(all, word);
  const certificate = certifiedBy(all, pid, trustees);
  const row = all.shop.view.get("item", pid);
  if (row === undefined) throw new Error("an item that was listed is there");
  const { groupKey, escrow } = certificate;
  return {
    ...{ pid, certificate, signed: row.certificate },
    shown: {
      merchant: shopConfig.key.publicKey,
      title: row.title,
      description: row.description,
      mediaType: row.media_type,
    },
    certified: { certHash: certHashOf(crypto, certificate), groupKey, escrow },
    goods: goodsPointOf(crypto, shopConfig.seed, row.registration),
  };
}

/** An offer body as the merchant would have it, and the v that it will release. */
export interface Lie {
  readonly offer: OfferBody;
  readonly opening: Hex;
}

export function honestly({ slip, sealed, proof, opening }: Contract): Lie {
  return { offer: { tid: slip.tid, commitment: slip.commitment, sealed, proof }, opening };
}

/** Message 4 with this body, under a slip that the merchant signs for it. */
export function answerWith({ crypto, all, contract }: Shelf, offer: OfferBody): Uint8Array {
  const { commitment } = offer;
  const { slipSigned } = reslipped(all, contract, { commitment, offerHash: offerHashOf(crypto, offer) });
  const body = crypto.seal(contract.order.replies, encode(offerBodySchema, offer));
  return encode(merchantAnswer, { kind: "offer", slip: slipSigned, body });
}

/** Whether what the customer holds after the release opens the file of this certificate: what a wallet looks at first. */
export function opensItem(crypto: Crypto, { certificate }: Item, opening: Hex, sealed: SealedPoint): boolean {
  return isPointOf(crypto, certificate, unsealPoint(crypto, opening, sealed));
}

export function isPointOf(crypto: Crypto, certificate: Certificate, point: Hex): boolean {
  const keys = goodsKeys(crypto, raw(point), certificate.contentHash);
  return keyCommitment(crypto, keys) === certificate.keyCommitment;
}
