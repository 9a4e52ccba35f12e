/**
 * Goods that few values are possible for, such as a code of four digits (P§2B R3): the paper's T = [m, K_M] is the same
 * whenever m is, so whoever can encrypt encrypts every value and compares. N is in the catalogue; e, which S1 keeps secret,
 * is one of few.
 *
 * Of ours a certificate is as public. Its content hash is salted by P, so a guess cannot be compared with it; the attacker
 * tries everything public in the place of P.
 */
import { type Hex, toHex, utf8 } from "@counterfoil/base";
import { type Crypto, goodsKeys, hashContent, keyCommitment, raw } from "@counterfoil/crypto";
import { type Certificate, goodsPointOf, type Label, makeEscrow } from "@counterfoil/protocols/contract";
import type { Means } from "../letters.ts";
import { advertised, blocksOf, drawnBelow, encrypt, keyPair, power } from "../literal/rsa/index.ts";
import { type Attack, attackOf, type Half, tellerOf } from "./attack.ts";
import { type Shelf, shelfOf } from "./shelf.ts";

/** How a content is named in its certificate. */
export type NamesContent = typeof hashContent;

/** @param digits of the code that is sold. */
export function dictionaryAttack(crypto: Crypto, names: NamesContent = hashContent, digits = 4): Attack {
  const of = {
    id: "dictionary",
    title: "goods guessed from what is public, where few values are possible",
    source: "S1 §3, Definition 9; P§2B R3",
  };
  const codes = Array.from({ length: 10 ** digits }, (_, i) => utf8(String(i).padStart(digits, "0")));
  return attackOf(
    of,
    (means) => literal(means, codes),
    (means) => ours(means, crypto, names, codes),
  );
}

/** Those that people take. */
const EXPONENTS = [3n, 5n, 17n, 257n, 65_537n];
const BITS = 2_048;

/** Every code that there can be, as goods. */
type Codes = readonly Uint8Array[];

function drawnFrom(means: Means, codes: Codes): number {
  return Number(drawnBelow(means, BigInt(codes.length) + 1n)) - 1;
}

function textOf(code: Uint8Array | undefined): string {
  return String.fromCharCode(...(code ?? []));
}

/** Of ten thousand short powers each is done before a machine's own has been called. */
const QUICKLY = { power };

const literally = tellerOf("literal");

function* literal(means: Means, codes: Codes): Half {
  const catalogue = keyPair(means, BITS, 65_537n);
  const code = drawnFrom(means, codes);
  const numberOf = (guess: Uint8Array) => blocksOf(guess, guess.length)[0] as bigint;
  const shown = advertised(means, numberOf(codes[code] as Uint8Array), catalogue);
  yield literally(`T = [m, K_M] of a code, one of ${codes.length}`, shown);
  let encryptions = 0;
  let [found, e] = [-1, 0n];
  // The smallest exponents first, which cost least.
  for (const tried of EXPONENTS) {
    e = tried;
    found = codes.findIndex((guess) => {
      encryptions++;
      return encrypt(QUICKLY, numberOf(guess), { e: tried, n: catalogue.n }) === shown;
    });
    if (found >= 0) break;
  }
  yield literally("values encrypted and compared with T", encryptions);
  if (found >= 0) yield literally(`the code, by the exponent ${e}`, textOf(codes[found]));
  return found === code ? "succeeded" : "refused";
}

const onOurs = tellerOf("ours");

function* ours(means: Means, crypto: Crypto, names: NamesContent, codes: Codes): Half {
  const code = drawnFrom(means, codes);
  const certificate = codeCertified(shelfOf(crypto), codes[code] as Uint8Array, names);
  yield onOurs(`the content hash in the certificate of a code, one of ${codes.length}`, raw(certificate.contentHash));
  const publics = publicIn(certificate);
  yield onOurs("values of the certificate that may stand for P", publics.length);
  const { pid, contentHash } = certificate;
  const found = codes.findIndex((guess) =>
    publics.some((secret) => names(crypto, { secret: raw(secret), pid }, guess) === contentHash),
  );
  yield onOurs(
    "hashes made and compared with it",
    found < 0 ? codes.length * publics.length : found * publics.length + 1,
  );
  const committed = publics.filter(
    (secret) => keyCommitment(crypto, goodsKeys(crypto, raw(secret), contentHash)) === certificate.keyCommitment,
  );
  yield onOurs("of the values, those that open the file", committed.length);
  if (found >= 0) yield onOurs("the code", textOf(codes[found]));
  return found === code || committed.length > 0 ? "succeeded" : "refused";
}

/** A certificate of this very content, whose hash is made as `names` has it. */
function codeCertified({ crypto, all, wanted }: Shelf, content: Uint8Array, names: NamesContent): Certificate {
  const { certifier, escrow: _, ...rest } = wanted.certificate;
  const goods = goodsPointOf(crypto, all.shopConfig.seed, wanted.pid);
  const contentHash = names(crypto, { secret: goods.point, pid: rest.pid }, content);
  const commitment = keyCommitment(crypto, goodsKeys(crypto, goods.point, contentHash));
  const label: Label = { ...rest, contentBytes: content.length, contentHash, keyCommitment: commitment };
  return { ...label, certifier, escrow: makeEscrow(crypto, label, goods) };
}

function publicIn({ escrow, ...label }: Certificate): readonly Hex[] {
  const named = Object.values(label).filter((value): value is Hex => typeof value === "string" && value.length === 64);
  const { challenge, responses } = escrow.proof;
  const nothing = toHex(new Uint8Array(32));
  return [...named, escrow.head, escrow.twin, escrow.body, challenge, ...responses, nothing];
}
