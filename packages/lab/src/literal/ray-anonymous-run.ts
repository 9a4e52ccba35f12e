/** S1's anonymous protocol run once with real RSA and one coin, as its Figure 2 shows it (messages by P§2A). */
import { assert, toHex, utf8 } from "@counterfoil/base";
import { type Crypto, integerOf } from "@counterfoil/crypto";
import type { Letter, LiteralRun } from "../letters.ts";
import { encryptedOnce, letter, openedOnce, packed, unpacked } from "./figure.ts";
import {
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
  offer,
  openGoods,
  RAY_GOODS_LIMIT_BYTES,
  sealedTo,
  signed,
  unsealed,
  written,
} from "./ray-run-parts.ts";
import {
  blind,
  blindingFactor,
  type ChaumCoin,
  drawnUnit,
  isCoin,
  type RsaPair,
  signBlind,
  unblind,
} from "./rsa/index.ts";

const [PID, CUSTOMER, PSEUDONYM, MERCHANT, ACCOUNT, PRICE] = [
  "file 1",
  "customer 7",
  "pseudonym 1",
  "merchant 3",
  "account 7",
  "one coin",
];

interface Keys {
  readonly customer: RsaPair;
  /** C'_ipub and C'_iprv, for this sale alone. */
  readonly pseudonym: RsaPair;
  readonly merchant: RsaPair;
  /** It signs coins with the key that others encrypt to it by: P§2B R11. */
  readonly bank: RsaPair;
  /** K_M. */
  readonly catalogue: RsaPair;
}

/** @param bits of each modulus. */
export function rayAnonymousRun(crypto: Crypto, bits = MODULUS_BITS): LiteralRun {
  return {
    id: "ray-anonymous",
    title: "Ray anonymous",
    source: "S1 §8.1, Figure 2",
    goodsLimitBytes: RAY_GOODS_LIMIT_BYTES,
    *run(goods, means) {
      const bench = { crypto, means, bits };
      const [customer, pseudonym, merchant] = [newKey(bench), newKey(bench), newKey(bench)];
      const keys = { customer, pseudonym, merchant, bank: newKey(bench), catalogue: newKey(bench) };
      const advertisement = advertise(bench, goods, keys.catalogue);
      yield letter(["1", "TP", "C"], "PID, T = [m, K_M]", {
        ...{ PID, N: numberBytes(keys.catalogue.n, keys.catalogue.n) },
        T: numbersBytes(advertisement.blocks, keys.catalogue.n),
      });
      const coin = yield* withdraw(bench, keys);
      const order = yield* request(bench, keys, coin);

      const offered = offer(bench, goods, keys.catalogue);
      const { products, mask } = yield* answer(bench, keys, order.poSigned, offered);
      demandValid(advertisement, numbersOf(products, keys.catalogue.n ** 2n), integerOf(mask));
      yield* pay(bench, keys, order, products);

      const key = sealedTo(means, pseudonym, keyBytes(offered.sale.d, offered.sale.n));
      const inverse = sealedTo(means, pseudonym, numberBytes(offered.unmask, offered.sale.n));
      yield letter(["9", "M", "C'"], "{K_M1⁻¹}C', {r''⁻¹}C'", { "{K_M1⁻¹}C'": key, "{r''⁻¹}C'": inverse });

      const opener = inverseFrom(unsealed(means, pseudonym, key));
      const unmask = integerOf(unsealed(means, pseudonym, inverse));
      const numbers = numbersOf(products, keys.catalogue.n * opener.n);
      return openGoods(means, numbers, opener, unmask, advertisement.lengthBytes);
    },
  };
}

/** Messages 2 and 3. */
function* withdraw(bench: Bench, { customer, bank }: Keys): Generator<Letter, ChaumCoin> {
  const { means } = bench;
  const serial = drawnUnit(means, bank.n);
  const factor = blindingFactor(means, bank);
  const blinded = numberBytes(blind(means, serial, factor, bank), bank.n);
  const account = sealedTo(means, bank, packed(CUSTOMER, ACCOUNT, means.random(16)));
  const request = signed(bench, customer, blinded);
  yield letter(["2", "C", "B"], "{C, AC_C, ψ_C}B, β = n·ρ^e, [CC(β)]C", {
    ...{ "{C, AC_C, ψ_C}B": account, β: blinded, "[CC(β)]C": request },
  });

  demandSignedBy(bench, customer, request, blinded);
  unpacked(unsealed(means, bank, account), 3);
  const answer = signBlind(means, integerOf(blinded), bank);
  yield letter(["3", "B", "C"], "β^d; the account is debited", { "β^d": numberBytes(answer, bank.n) });

  const coin = { serial, signature: unblind(answer, factor, bank) };
  assert(isCoin(means, coin, bank), "the customer unblinds a coin");
  return coin;
}

interface Order {
  readonly poSigned: Uint8Array;
  /** S. */
  readonly secret: Uint8Array;
  /** E_S(n, [n]B). */
  readonly coin: Uint8Array;
  /** ψ of the order, by which T_i is another for each. */
  readonly nonce: string;
}

/** Message 4. */
function* request(bench: Bench, keys: Keys, coin: ChaumCoin): Generator<Letter, Order> {
  const { crypto, means } = bench;
  const { pseudonym, merchant } = keys;
  const nonce = toHex(means.random(16));
  const named = written({ PID, "C'": PSEUDONYM, M: MERCHANT, PR: PRICE, ψ: nonce });
  const po = packed(named, keyBytes(pseudonym.e, pseudonym.n));
  const secret = means.random(32);
  const order = { poSigned: signed(bench, pseudonym, po), secret, nonce };
  const sealed = sealedTo(means, merchant, po);
  const hidden = encryptedOnce(crypto, secret, coinBytes(coin, keys.bank));
  yield letter(["4", "C'", "M"], "{PO, C'_ipub}M, [CC(PO)]C', E_S(n, [n]B)", {
    ...{ "{PO, C'_ipub}M": sealed, "[CC(PO)]C'": order.poSigned, "E_S(n, [n]B)": hidden },
  });

  const read = unsealed(means, merchant, sealed);
  const { d: e, n } = inverseFrom(unpacked(read, 2)[1] as Uint8Array);
  demandSignedBy(bench, { e, n }, order.poSigned, read);
  return { ...order, coin: hidden };
}

const coinBytes = ({ serial, signature }: ChaumCoin, bank: RsaPair) => numbersBytes([serial, signature], bank.n);

/** Message 5. */
function* answer(
  bench: Bench,
  { merchant, catalogue }: Keys,
  poSigned: Uint8Array,
  { products: numbers, mask: random, sale }: ReturnType<typeof offer>,
): Generator<Letter, { readonly products: Uint8Array; readonly mask: Uint8Array }> {
  const products = numbersBytes(numbers, catalogue.n * sale.n);
  const mask = numberBytes(random, catalogue.n);
  const endorsed = signed(bench, merchant, poSigned);
  const [productsSigned, maskSigned] = [signed(bench, merchant, products), signed(bench, merchant, mask)];
  yield letter(["5", "M", "C'"], "[[CC(PO)]C']M, T' = [m·r'', K_M × K_M1], R = [r'', K_M], [CC(T')]M, [CC(R)]M", {
    ...{ "[[CC(PO)]C']M": endorsed, "T'": products, R: mask },
    ...{ "[CC(T')]M": productsSigned, "[CC(R)]M": maskSigned },
  });

  demandSignedBy(bench, merchant, endorsed, poSigned);
  demandSignedBy(bench, merchant, productsSigned, products);
  demandSignedBy(bench, merchant, maskSigned, mask);
  return { products, mask };
}

/** Messages 6, 7 and 8. */
function* pay(bench: Bench, keys: Keys, order: Order, products: Uint8Array): Generator<Letter, void> {
  const { crypto, means } = bench;
  const { pseudonym, merchant, bank } = keys;
  const secret = sealedTo(means, merchant, order.secret);
  const receipt = signed(bench, pseudonym, products);
  yield letter(["6", "C'", "M"], "{S}M, [CC(T')]C'", { "{S}M": secret, "[CC(T')]C'": receipt });

  demandSignedBy(bench, pseudonym, receipt, products);
  const opened = openedOnce(crypto, unsealed(means, merchant, secret), order.coin);
  assert(isCoinOf(bench, opened, bank), "message 6 opens a coin");
  const deal = packed(opened, utf8(MERCHANT), written({ PID, "C'": PSEUDONYM, M: MERCHANT, ψ: order.nonce }));
  const deposit = sealedTo(means, bank, packed(deal, signed(bench, merchant, deal)));
  yield letter(["7", "M", "B"], "{[n, [n]B, M, T_i]M}B", { "{[n, [n]B, M, T_i]M}B": deposit });

  const [shown, shownSigned] = unpacked(unsealed(means, bank, deposit), 2) as [Uint8Array, Uint8Array];
  demandSignedBy(bench, merchant, shownSigned, shown);
  assert(isCoinOf(bench, unpacked(shown, 3)[0] as Uint8Array, bank), "the bank credits nothing but a coin");
  yield letter(["8", "B", "M"], "yes", { answer: "yes" });
}

function isCoinOf({ means }: Bench, bytes: Uint8Array, bank: RsaPair): boolean {
  const [serial, signature] = numbersOf(bytes, bank.n) as readonly [bigint, bigint];
  return isCoin(means, { serial, signature }, bank);
}
