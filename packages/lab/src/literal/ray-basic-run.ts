/**
 * S1's basic protocol run once with real RSA, as its Figure 1 shows it (messages by P§2A). Before it, as in S1 §4.3, the bank and
 * the third party hand out K_C1 and K_M. Or the merchant is silent after message 4, and the third parties of §7 end it.
 */
import { assert, fromUtf8, toHex, utf8 } from "@counterfoil/base";
import { bytesOf as bytesOfNumber, type Crypto, integerOf } from "@counterfoil/crypto";
import type { Letter, LiteralRun, Means } from "../letters.ts";
import { letter } from "./figure.ts";
import {
  type Advertisement,
  advertise,
  type Bench,
  demandSignedBy,
  demandValid,
  inverseFrom,
  keyBytes,
  MODULUS_BITS,
  newKey,
  numberBytes,
  numbersBytes,
  numbersOf,
  type Offered,
  offer,
  openGoods,
  RAY_GOODS_LIMIT_BYTES,
  sealedTo,
  signed,
  unsealed,
  written,
} from "./ray-run-parts.ts";
import {
  bytesOf,
  dealAsPrinted,
  decrypt,
  encryptUnderBoth,
  joinShares,
  type RsaPair,
  type Share,
} from "./rsa/index.ts";

const [PID, CUSTOMER, MERCHANT, BANK, ACCOUNT, PRICE] = [
  "file 1",
  "customer 7",
  "merchant 3",
  "bank 1",
  "account 7",
  "2.50",
];
const T_I = "⟨PID, C, M, ψ⟩";

/** Who holds which keys before message 1. */
interface Keys {
  readonly customer: RsaPair;
  readonly merchant: RsaPair;
  readonly bank: RsaPair;
  /** K_C1 of the bank, K_C2 of the customer. */
  readonly first: RsaPair;
  readonly second: RsaPair;
  /** K_M. */
  readonly catalogue: RsaPair;
}

/** What message 2 says, and stays with both. */
interface Order {
  readonly po: string;
  readonly poSigned: Uint8Array;
  readonly token: Uint8Array;
  readonly tokenSigned: Uint8Array;
  readonly payment: string;
}

/** What message 3 says. */
interface Offering {
  readonly endorsed: Uint8Array;
  readonly products: Uint8Array;
  readonly mask: Uint8Array;
  readonly productsSigned: Uint8Array;
  readonly maskSigned: Uint8Array;
}

/** @param bits of each modulus. */
export function rayBasicRun(crypto: Crypto, bits = MODULUS_BITS): LiteralRun {
  return {
    id: "ray-basic",
    title: "Ray basic",
    source: "S1 §4.3, Figure 1",
    goodsLimitBytes: RAY_GOODS_LIMIT_BYTES,
    *run(goods, means) {
      const bench = { crypto, means, bits };
      const keys = yield* register(bench, goods);
      const { advertisement, order, offered, offering } = yield* upToPayment(bench, keys, goods);
      return yield* release(bench, keys, order, offered, offering, advertisement);
    },
  };
}

export function raySilentRun(crypto: Crypto, bits = MODULUS_BITS): LiteralRun {
  return {
    id: "ray-basic-silent",
    title: "Ray basic, the merchant silent after message 4",
    source: "S1 §5, §7",
    goodsLimitBytes: RAY_GOODS_LIMIT_BYTES,
    *run(goods, means) {
      const bench = { crypto, means, bits };
      const keys = yield* register(bench, goods);
      const shares = yield* share(means, keys);
      const { advertisement, order, offering } = yield* upToPayment(bench, keys, goods);
      return yield* resolve(bench, keys, shares, order, offering, advertisement);
    },
  };
}

/** S1 §4.3, 1 and 2. */
function* register(bench: Bench, goods: Uint8Array): Generator<Letter, Keys> {
  const [customer, merchant, bank] = [newKey(bench), newKey(bench), newKey(bench)];
  const [first, second, catalogue] = [newKey(bench), newKey(bench), newKey(bench)];
  yield letter(["§4.3", "B", "C"], "K_C1", { K_C1: keyBytes(first.e, first.n) });
  yield letter(["§4.3", "M", "TP"], "PID, m", { PID, m: goods });
  yield letter(["§4.3", "TP", "M"], "K_M", { K_M: keyBytes(catalogue.e, catalogue.n) });
  return { customer, merchant, bank, first, second, catalogue };
}

function* upToPayment(bench: Bench, keys: Keys, goods: Uint8Array) {
  const { means } = bench;
  const { customer, merchant, second, catalogue } = keys;
  const advertisement = advertise(bench, goods, catalogue);
  yield letter(["1", "TP", "C"], "PID, T = [m, K_M]", {
    ...{ PID, N: numberBytes(catalogue.n, catalogue.n) },
    T: numbersBytes(advertisement.blocks, catalogue.n),
  });
  const order = yield* orderOf(bench, keys);

  demandSignedBy(bench, customer, order.poSigned, order.po);
  demandSignedBy(bench, keys.bank, order.tokenSigned, order.token);
  const offered = offer(bench, goods, catalogue);
  const offering = offeringOf(bench, keys, order, offered);
  const { endorsed, products, mask, productsSigned, maskSigned } = offering;
  yield letter(["3", "M", "C"], "[[CC(PO)]C]M, T' = [m·r, K_M × K_M1], R = [r, K_M], [CC(T')]M, [CC(R)]M", {
    ...{ "[[CC(PO)]C]M": endorsed, "T'": products, R: mask },
    ...{ "[CC(T')]M": productsSigned, "[CC(R)]M": maskSigned },
  });

  demandSignedBy(bench, merchant, endorsed, order.poSigned);
  demandSignedBy(bench, merchant, productsSigned, products);
  demandSignedBy(bench, merchant, maskSigned, mask);
  demandValid(advertisement, numbersOf(products, catalogue.n ** 2n), integerOf(mask));
  const key = sealedTo(means, merchant, keyBytes(second.d, second.n));
  const receipt = signed(bench, customer, products);
  yield letter(["4", "C", "M"], "{K_C2⁻¹}M, [CC(T')]C", { "{K_C2⁻¹}M": key, "[CC(T')]C": receipt });

  // Whether or not it answers, the merchant can now read PT.
  demandSignedBy(bench, customer, receipt, products);
  assert(readToken(bench, unsealed(means, merchant, key), order.token) === order.payment, "message 4 opens the token");
  return { advertisement, order, offered, offering };
}

/** TOK is made, signed by the bank, which reads it by K_C1⁻¹, and sent as message 2. */
function* orderOf(bench: Bench, { customer, bank, first, second }: Keys): Generator<Letter, Order> {
  const { means } = bench;
  const nonce = toHex(means.random(16));
  const payment = written({ B: BANK, C: CUSTOMER, C_Act: ACCOUNT, PR: PRICE, ψ: nonce });
  const token = numberBytes(encryptUnderBoth(means, integerOf(utf8(payment)), first, second), first.n * second.n);
  yield letter(["2", "C", "B"], "TOK = [PT, K_C1 × K_C2], for the bank to sign", { TOK: token });

  assert(readToken(bench, keyBytes(first.d, first.n), token) === payment, "the bank reads PT by K_C1⁻¹");
  const tokenSigned = signed(bench, bank, token);
  yield letter(["2", "B", "C"], "[CC(TOK)]B", { "[CC(TOK)]B": tokenSigned });

  const po = written({ PID, C: CUSTOMER, M: MERCHANT, PR: PRICE, ψ: nonce });
  const poSigned = signed(bench, customer, po);
  yield letter(["2", "C", "M"], "PO, [CC(PO)]C, TOK, [CC(TOK)]B, B", {
    ...{ PO: po, "[CC(PO)]C": poSigned, TOK: token, "[CC(TOK)]B": tokenSigned, B: BANK },
  });
  return { po, poSigned, token, tokenSigned, payment };
}

function offeringOf(bench: Bench, keys: Keys, { poSigned }: Order, { products, mask, sale }: Offered): Offering {
  const { merchant, catalogue } = keys;
  const written = numbersBytes(products, catalogue.n * sale.n);
  const maskWritten = numberBytes(mask, catalogue.n);
  return {
    endorsed: signed(bench, merchant, poSigned),
    products: written,
    mask: maskWritten,
    productsSigned: signed(bench, merchant, written),
    maskSigned: signed(bench, merchant, maskWritten),
  };
}

/** Message 5, and what the merchant does with PT. */
function* release(
  { means }: Bench,
  { customer, catalogue }: Keys,
  { payment }: Order,
  { sale, unmask }: Offered,
  offering: Offering,
  { lengthBytes }: Advertisement,
): Generator<Letter, Uint8Array> {
  const key = sealedTo(means, customer, keyBytes(sale.d, sale.n));
  const inverse = sealedTo(means, customer, numberBytes(unmask, sale.n));
  yield letter(["5", "M", "C"], "{K_M1⁻¹}C, {r⁻¹}C", { "{K_M1⁻¹}C": key, "{r⁻¹}C": inverse });

  const opener = inverseFrom(unsealed(means, customer, key));
  const products = numbersOf(offering.products, catalogue.n * opener.n);
  const goods = openGoods(means, products, opener, integerOf(unsealed(means, customer, inverse)), lengthBytes);
  yield letter(["PT", "M", "B"], "PT, which the bank takes once", { PT: payment });
  return goods;
}

/** S1 §7.1: any two of three third parties have K_M⁻¹ together, by points of a line "over GF(N)". */
const SHARING = { needed: 2, dealt: 3 };

function* share(means: Means, { catalogue }: Keys): Generator<Letter, readonly Share[]> {
  const shares = dealAsPrinted(means, catalogue.d, { ...SHARING, modulus: catalogue.n });
  for (const [i, { x, y }] of shares.entries()) {
    if (i === 0) continue;
    yield letter(["§7.1", "TP", `TP${i + 1}`], `⟨M, (x_${i + 1}, y_${i + 1})⟩`, {
      M: MERCHANT,
      share: numbersBytes([x, y], catalogue.n),
    });
  }
  return shares;
}

/** S1 §5 and §7.2: the customer's timer has fired, and the merchant does not answer the third party either. */
function* resolve(
  bench: Bench,
  keys: Keys,
  [own, second]: readonly Share[],
  order: Order,
  { endorsed, products, mask, productsSigned, maskSigned }: Offering,
  { blocks, lengthBytes }: Advertisement,
): Generator<Letter, Uint8Array> {
  const { means } = bench;
  const { merchant, catalogue } = keys;
  const key = keyBytes(keys.second.d, keys.second.n);
  yield letter(["E1", "C", "TP"], `T_i, PO, what M signed in message 3, K_C2⁻¹, TOK, [CC(TOK)]B, B; T_i = ${T_I}`, {
    ...{ PO: order.po, "[CC(PO)]C": order.poSigned, "[[CC(PO)]C]M": endorsed },
    ...{ "T'": products, R: mask, "[CC(T')]M": productsSigned, "[CC(R)]M": maskSigned },
    ...{ "K_C2⁻¹": key, TOK: order.token, "[CC(TOK)]B": order.tokenSigned, B: BANK },
  });

  demandSignedBy(bench, merchant, endorsed, order.poSigned);
  demandSignedBy(bench, merchant, productsSigned, products);
  demandSignedBy(bench, merchant, maskSigned, mask);
  demandSignedBy(bench, keys.bank, order.tokenSigned, order.token);
  assert(readToken(bench, key, order.token) === order.payment, "the customer's key is that of its token");
  yield letter(["E2", "TP", "M"], "T_i: what is the key? (no answer by τ_TP)", { T_i: order.po });

  yield letter(["§7.2", "TP", "TP2"], "the share of M's key", { M: MERCHANT });
  assert(own !== undefined && second !== undefined, "two shares are enough");
  yield letter(["§7.2", "TP2", "TP"], "(x_2, y_2)", { share: numbersBytes([second.x, second.y], catalogue.n) });
  const joined = joinShares([own, second], catalogue.n);
  // It would fail for two points that differ by a factor of N, which nobody meets by chance and R5 is about.
  assert(joined.kind === "secret", "two points of a line give the line");
  const opener = { d: joined.secret, n: catalogue.n };
  const goods = bytesOf(
    blocks.map((block) => decrypt(means, block, opener)),
    lengthBytes,
  );
  assert(goods !== null, "the third party opens its own catalogue");
  yield letter(["E5", "TP", "C"], "m, where S1 §5 gives K_M⁻¹ and §7 thinks better of it", { m: goods });
  return goods;
}

/** PT, by K_C1⁻¹ or by K_C2⁻¹. */
function readToken({ means }: Bench, key: Uint8Array, token: Uint8Array): string {
  const opener = inverseFrom(key);
  const number = decrypt(means, integerOf(token) % opener.n, opener);
  const text = fromUtf8(bytesOfNumber(number, Math.ceil(number.toString(16).length / 2)));
  assert(text !== null, "PT is text");
  return text;
}
