/** Trustees with a key of their own and a certifier, and goods that it has encrypted to them. */
import { DAY_MS, encode, type Hex, toHex } from "@counterfoil/base";
import {
  answerWith,
  type Crypto,
  combineShares,
  commitmentsTo,
  groupKeyOf,
  polynomial,
  publicShareOf,
  raw,
  read,
  type Scalar,
  type SigningKey,
  shareFor,
  sign,
} from "@counterfoil/crypto";
import { type Certificate, certHashOf, certificateSchema, goodsPointOf, makeEscrow } from "../contract/index.ts";
import { desk } from "../desk.fixture.ts";
import { answerContext, answerSchema, groupIdOf, groupSchema, type TrusteeGroup, trustee } from "../trustees/index.ts";
import type { Trusted } from "./buying.ts";
import { NOW, type Parties, seedOf } from "./parties.fixture.ts";

/** A, and what of the order an answer depends on. */
export interface Asked {
  readonly tid: Hex;
  readonly head: Hex;
  readonly disputes: Hex;
}

export interface TestTrustees {
  readonly group: TrusteeGroup;
  readonly certifier: SigningKey;
  /** Whoever trusts just these. */
  readonly trusted: Trusted;
  /** y_i. */
  share(index: number): Scalar;
  /** The signed answer of one, by the key of `by`. */
  answer(index: number, about: Asked, by?: SigningKey): Uint8Array;
}

/** As after a ceremony in which nobody lied. */
export function trusteesOf(crypto: Crypto, threshold = 2, trustees = 3): TestTrustees {
  const indices = Array.from({ length: trustees }, (_, at) => at + 1);
  const dealers = indices.map((index) =>
    polynomial(crypto, seedOf(`dealer ${index}`, crypto), raw(CEREMONY), threshold),
  );
  const commitments = dealers.map((coefficients) => commitmentsTo(crypto, coefficients));
  const keys = indices.map((index) => crypto.signingKey(seedOf(`trustee ${index}`, crypto)));
  const group: TrusteeGroup = {
    ceremony: CEREMONY,
    threshold,
    key: toHex(groupKeyOf(crypto, commitments)),
    trustees: indices.map((index, at) => ({
      index,
      key: (keys[at] as SigningKey).publicKey,
      share: toHex(publicShareOf(crypto, commitments, index)),
    })),
    sellUntilMs: NOW + 30 * DAY_MS,
    answerUntilMs: NOW + 60 * DAY_MS,
    claimWindowMs: 7 * DAY_MS,
  };
  const shareOf = (index: number): Scalar =>
    combineShares(
      crypto,
      dealers.map((coefficients) => shareFor(crypto, coefficients, index)),
    );
  const id = groupIdOf(crypto, group);
  const certifier = crypto.signingKey(seedOf("certifier", crypto));
  return {
    group,
    certifier,
    trusted: { certifiers: [certifier.publicKey], groups: [group] },
    share: shareOf,
    answer(index, { tid, head, disputes }, by = keys[index - 1] as SigningKey) {
      const share = shareOf(index);
      const context = answerContext(id, index, tid);
      const { r, u, proof } = answerWith(crypto, { share, head: raw(head), disputes: raw(disputes), context });
      return sign(crypto, by, answerSchema, { group: id, tid, index, r: toHex(r), u: toHex(u), proof });
    },
  };
}

const CEREMONY = "ce".repeat(32);

/** One of them, as it stands after the ceremony: it has its share and has answered nobody. */
export function trusteeDesk(crypto: Crypto, { group, share }: TestTrustees, index: number) {
  const at = desk(trustee({ crypto, key: crypto.signingKey(seedOf(`trustee ${index}`, crypto)), takesPart: true }));
  at.rows.set(`held_group/${groupIdOf(crypto, group)}`, {
    ceremony: group.ceremony,
    own_index: index,
    descriptor: encode(groupSchema, group),
    signed: null,
    share: share(index),
    answer_until_ms: group.answerUntilMs,
    answered: 0,
  });
  return at;
}

/** The item on the shelf, now under the certifier's certificate where it had its own merchant's. */
export function certifiedBy(all: Parties, pid: Hex, { group, certifier }: TestTrustees): Certificate {
  const { crypto, shopConfig } = all;
  const item = all.shop.view.get("item", pid);
  if (item === undefined) throw new Error("no such item");
  const own = read(certificateSchema, item.certificate);
  if (!own.ok) throw new Error(own.reason);
  const { certifier: _, escrow: __, ...rest } = own.value.value;
  const label = { ...rest, group: groupIdOf(crypto, group), groupKey: group.key };
  const escrow = makeEscrow(crypto, label, goodsPointOf(crypto, shopConfig.seed, item.registration));
  const certificate = { ...label, certifier: certifier.publicKey, escrow };
  all.shop.rows.set(`item/${pid}`, {
    ...item,
    cert_hash: certHashOf(crypto, certificate),
    certificate: sign(crypto, certifier, certificateSchema, certificate),
    sell_until_ms: group.sellUntilMs,
  });
  return certificate;
}
