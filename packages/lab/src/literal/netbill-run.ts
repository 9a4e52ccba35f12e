/**
 * NetBill of 1995 run once (messages as P§4A numbers them, by the letters of netbill.ts). Its public-key Kerberos is message 0;
 * T_XY(…) is what Y's own key opens, with the session key in it.
 */
import { assert, concat, sameBytes, utf8 } from "@counterfoil/base";
import type { BoxKey, Crypto, SigningKey } from "@counterfoil/crypto";
import type { Letter, LiteralRun, Means } from "../letters.ts";
import {
  boxed,
  demandSigned,
  encrypted,
  encryptedOnce,
  GOODS_LIMIT_BYTES,
  letter,
  opened,
  openedOnce,
  packed,
  signature,
  unboxed,
  unpacked,
} from "./figure.ts";

const [NAME, PSEUDONYM, PRODUCT, PRICE, ACCOUNT] = ["customer 7", "pseudonym 1", "one file", "2.50", "account 7"];

/** The keys of one purchase, as each of the three has them. */
interface Keys {
  readonly customer: SigningKey;
  readonly merchant: SigningKey;
  readonly bank: SigningKey;
  readonly bankBox: BoxKey;
  /** CM, CN, MN. */
  readonly cm: Uint8Array;
  readonly cn: Uint8Array;
  readonly mn: Uint8Array;
  readonly ticket: Uint8Array;
}

interface Delivery {
  /** E_K(Goods). */
  readonly file: Uint8Array;
  readonly epoId: Uint8Array;
  readonly key: Uint8Array;
}

export function netbill(crypto: Crypto): LiteralRun {
  return {
    id: "netbill-1995",
    title: "NetBill, 1995",
    source: "S3 §4, S4; messages as NetBill's own paper of 1995",
    goodsLimitBytes: GOODS_LIMIT_BYTES,
    *run(goods, means) {
      const keys = yield* connect(crypto, means);
      const delivery = yield* deliver(crypto, means, keys, goods);
      const order = yield* sign(crypto, means, keys, delivery);
      const receipt = yield* settle(crypto, means, keys, order, delivery);
      const answer = encrypted(crypto, means, keys.cm, receipt);
      yield letter(["8", "M", "C"], "E_CM([Receipt]N, E_CN(EPOID, CAcct, Bal, Flags))", { "E_CM(…)": answer });

      const [body, signed] = unpacked(opened(crypto, keys.cm, answer), 3) as [Uint8Array, Uint8Array, Uint8Array];
      demandSigned(crypto, keys.bank.publicKey, signed, body);
      const [, , , , , key] = unpacked(body, 7);
      return openedOnce(crypto, key as Uint8Array, delivery.file);
    },
  };
}

/** 0: the merchant proves its key and is given a key for the session. Those with N are had in the same way. */
function* connect(crypto: Crypto, means: Means): Generator<Letter, Keys> {
  const { random } = means;
  const [customer, merchant, bank] = [0, 1, 2].map(() => crypto.signingKey(random(32))) as [
    SigningKey,
    SigningKey,
    SigningKey,
  ];
  const [merchantBox, bankBox] = [crypto.boxKey(random(32)), crypto.boxKey(random(32))];
  const [oneTime, cm, cn, mn] = [0, 1, 2, 3].map(() => random(32)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const time = random(8);
  const asked = packed(PSEUDONYM, merchant.publicKey, time, oneTime);
  const request = boxed(crypto, means, merchantBox.publicKey, packed(asked, signature(crypto, customer, asked)));
  yield letter(["0", "C", "M"], "{[Id, M, time, K]C}M", { "{…}M": request });

  const [body, signed] = unpacked(unboxed(crypto, merchantBox, request), 2) as [Uint8Array, Uint8Array];
  demandSigned(crypto, customer.publicKey, signed, body);
  const ticket = boxed(crypto, means, merchantBox.publicKey, packed(PSEUDONYM, cm));
  const reply = encryptedOnce(crypto, oneTime, packed(ticket, cm));
  yield letter(["0", "M", "C"], "E_K(T_CM(Id), CM)", { "E_K(…)": reply });
  assert(sameBytes(openedOnce(crypto, oneTime, reply), packed(ticket, cm)), "the session key is the merchant's");
  return { customer, merchant, bank, bankBox, cm, cn, mn, ticket };
}

/** 1 to 4: a price, a yes, and the goods under K with their checksum. */
function* deliver(crypto: Crypto, means: Means, keys: Keys, goods: Uint8Array): Generator<Letter, Delivery> {
  const { cm, ticket } = keys;
  const tid = means.random(8);
  const under = (...parts: readonly (Uint8Array | string)[]) => encrypted(crypto, means, cm, packed(...parts));
  yield letter(["1", "C", "M"], "T_CM(Id), E_CM(Credentials, PRD, Bid, Flags, TID)", {
    ...{ "T_CM(Id)": ticket, "E_CM(…)": under("no credentials", PRODUCT, "no bid", "", tid) },
  });
  yield letter(["2", "M", "C"], "E_CM(ProductID, Price, Flags, TID)", { "E_CM(…)": under(PRODUCT, PRICE, "", tid) });
  yield letter(["3", "C", "M"], "T_CM(Id), E_CM(TID)", { "T_CM(Id)": ticket, "E_CM(TID)": under(tid) });

  const key = means.random(32);
  const file = encryptedOnce(crypto, key, goods);
  const epoId = packed(keys.merchant.publicKey, means.random(8), means.random(8));
  const sent = under(crypto.sha256(file), epoId);
  yield letter(["4", "M", "C"], "E_K(Goods), E_CM(CC(E_K(Goods)), EPOID)", { "E_K(Goods)": file, "E_CM(…)": sent });

  const [checksum] = unpacked(opened(crypto, cm, sent), 2) as [Uint8Array, Uint8Array];
  assert(sameBytes(checksum, crypto.sha256(file)), "the customer has what the merchant has a checksum of");
  return { file, epoId, key };
}

/** 5: the electronic purchase order. Who the customer is, and its account, are for N alone. */
function* sign(crypto: Crypto, means: Means, keys: Keys, { file, epoId }: Delivery): Generator<Letter, Uint8Array> {
  const { customer, merchant, bankBox, cm, cn, ticket } = keys;
  const forBank = concat(
    packed(boxed(crypto, means, bankBox.publicKey, packed(NAME, cn))),
    packed(encrypted(crypto, means, cn, packed("authorised", ACCOUNT, "1", "memo"))),
  );
  const epo = packed(
    ...[PSEUDONYM, PRODUCT, PRICE, merchant.publicKey, crypto.sha256(file), crypto.sha256(utf8(PRODUCT))],
    ...[crypto.sha256(packed(ACCOUNT, "1")), epoId, forBank],
  );
  const order = packed(epo, signature(crypto, customer, epo));
  const sent = encrypted(crypto, means, cm, order);
  yield letter(["5", "C", "M"], "T_CM(Id), E_CM([EPO]C)", { "T_CM(Id)": ticket, "E_CM(…)": sent });
  return opened(crypto, cm, sent);
}

/** 6 and 7: N debits, credits and keeps K in one transaction, and its receipt has K in it. */
function* settle(
  crypto: Crypto,
  means: Means,
  { customer, merchant, bank, bankBox, cn, mn }: Keys,
  order: Uint8Array,
  { file, epoId, key }: Delivery,
): Generator<Letter, Uint8Array> {
  const endorsed = packed(order, "MAcct", "MMemo", key);
  const sent = encrypted(crypto, means, mn, packed(endorsed, signature(crypto, merchant, endorsed)));
  const ticket = boxed(crypto, means, bankBox.publicKey, packed(merchant.publicKey, mn));
  yield letter(["6", "M", "N"], "T_MN(M), E_MN([[EPO]C, MAcct, MMemo, K]M)", { "T_MN(M)": ticket, "E_MN(…)": sent });

  const [, session] = unpacked(unboxed(crypto, bankBox, ticket), 2) as [Uint8Array, Uint8Array];
  const [body, signed] = unpacked(opened(crypto, session, sent), 2) as [Uint8Array, Uint8Array];
  demandSigned(crypto, merchant.publicKey, signed, body);
  const [shown, , , k] = unpacked(body, 4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const [epo, bySigner] = unpacked(shown, 2) as [Uint8Array, Uint8Array];
  demandSigned(crypto, customer.publicKey, bySigner, epo);
  const [, , , , checksum, , , shownId, forBank] = unpacked(epo, 9);
  assert(sameBytes(checksum as Uint8Array, crypto.sha256(file)), "N keeps the checksum that both have signed");
  assert(sameBytes(shownId as Uint8Array, epoId), "N pays an EPOID once");
  const [identity] = unpacked(forBank as Uint8Array, 2) as [Uint8Array, Uint8Array];
  const [name] = unpacked(unboxed(crypto, bankBox, identity), 2) as [Uint8Array, Uint8Array];
  assert(sameBytes(name, utf8(NAME)), "N alone learns who pays");

  const receipt = packed("paid", PSEUDONYM, PRICE, PRODUCT, merchant.publicKey, k, epoId);
  const status = encrypted(crypto, means, cn, packed(epoId, ACCOUNT, "97.50", ""));
  const answer = encrypted(crypto, means, mn, packed(receipt, signature(crypto, bank, receipt), status));
  yield letter(["7", "N", "M"], "E_MN([Receipt]N, E_CN(EPOID, CAcct, Bal, Flags))", { "E_MN(…)": answer });
  return opened(crypto, mn, answer);
}
