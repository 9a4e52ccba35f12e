/**
 * Goods without paying, where e is small (S1 §3.2 itself, after Håstad; P§2B R3): a customer begins several purchases of one
 * item and stops each after message 3. Every T' tells m^e modulo another N_i, the catalogue's T modulo N. Joined, they tell
 * m^e itself, and m is its root. That e is kept secret stops nobody: only the true one has a whole root.
 *
 * On ours a stranger may likewise have as many offers for one item as it asks for, unpaid. All of them hold the same P, under
 * the keys V of their sales. What sums of them could tell, the attacker computes.
 */
import { assert, type Hex, toHex } from "@counterfoil/base";
import { type Crypto, IDENTITY, type Point, raw } from "@counterfoil/crypto";
import { sealPoint } from "@counterfoil/protocols/contract";
import type { Means } from "../letters.ts";
import {
  advertised,
  drawnBelow,
  joined,
  keyPair,
  masked,
  maskFor,
  type Residue,
  rootOf,
} from "../literal/rsa/index.ts";
import { type Attack, attackOf, type Half, tellerOf } from "./attack.ts";
import { isPointOf, orderFor, shelfOf } from "./shelf.ts";

/** What makes an offer of P, all but its proof. */
export type Seals = typeof sealPoint;

export function hastadAttack(crypto: Crypto, seals: Seals = sealPoint): Attack {
  const of = {
    id: "hastad",
    title: "goods unpaid, from encryptions of one number by a small e",
    source: "S1 §3.2; P§2B R3",
  };
  return attackOf(of, literal, () => ours(crypto, seals));
}

const BITS = 2_048;
const E = 3n;
/** Exponents that the attacker tries, as it does not know e: few people choose a larger small one. */
const TRIED = [3, 5, 7, 11, 13, 17];

const literally = tellerOf("literal");

function* literal(means: Means): Half {
  const catalogue = keyPair(means, BITS, E);
  const sales = [keyPair(means, BITS, E), keyPair(means, BITS, E)];
  const least = sales.reduce((bound, { n }) => (n < bound ? n : bound), catalogue.n);
  const goods = drawnBelow(means, least);
  yield literally("the goods, m", goods);
  const shown: Residue = { value: advertised(means, goods, catalogue), modulus: catalogue.n };
  yield literally("T = [m, K_M], from the catalogue", shown.value);
  const plain = sales.map((sale): Residue => {
    const { product } = masked(means, goods, 1n, catalogue, sale);
    return { value: product % sale.n, modulus: sale.n };
  });
  for (const [i, { value }] of plain.entries()) {
    yield literally(`T′ of purchase ${i + 1}, given up after message 3, modulo N_${i + 1}`, value);
  }
  const taken = rootIn([shown, ...plain]);
  if (taken !== null) {
    yield literally("the first exponent tried that has a whole root, e", taken.e);
    yield literally("the root, taken without a key and without paying", taken.root);
  }
  const withMask = sales.map((sale): Residue => {
    const { product } = masked(means, goods, maskFor(means, sale), catalogue, sale);
    return { value: product % sale.n, modulus: sale.n };
  });
  const unmasked = rootIn([shown, ...withMask]);
  yield literally(`with an r for each sale, as the same section adds: ${unmasked === null ? "no root" : "a root"}`);
  return taken?.root === goods ? "succeeded" : "refused";
}

/** The number whose e-th power leaves all residues, where an exponent tried has one. */
function rootIn(residues: readonly Residue[]): { readonly e: number; readonly root: bigint } | null {
  const { value } = residues.reduce(joined);
  for (const e of TRIED) {
    const root = rootOf(value, e);
    if (root ** BigInt(e) === value) return { e, root };
  }
  return null;
}

/** As many as S1 begins, and one more. */
const PURCHASES = 4;

const onOurs = tellerOf("ours");

/**
 * Every sum of two offers' parts in which P is counted once: D′ of one, with D′, A′ and V of all others and its own added or
 * taken away. Two masks that are alike, or one that is another's part, would leave P.
 */
function* ours(crypto: Crypto, seals: Seals): Half {
  const { all, wanted } = shelfOf(crypto);
  assert(isPointOf(crypto, wanted.certificate, toHex(wanted.goods.point)), "P itself would be known for it");
  const offers = Array.from({ length: PURCHASES }, (_, i) => {
    const { slip } = orderFor(all, wanted, `purchase ${i + 1}`);
    return seals(crypto, all.shopConfig.seed, slip.tid, wanted.goods.point);
  });
  for (const [i, { sealed }] of offers.entries()) yield onOurs(`D′ of purchase ${i + 1}, unpaid`, raw(sealed.body));
  const parts = offers.map(({ commitment, sealed }) => [sealed.head, commitment].map(raw));
  const bodies = offers.map(({ sealed }) => raw(sealed.body));
  const escrow = wanted.certificate.escrow;
  const known = [escrow.head, escrow.twin, wanted.certificate.groupKey].map(raw);
  let computed = 0;
  let found: Hex | null = null;
  for (const [i, body] of [...bodies, raw(escrow.body)].entries()) {
    const others = bodies.filter((_, j) => j !== i);
    const apart = others.flatMap((a) => others.map((b) => crypto.group.subtract(a, b)));
    for (const candidate of sumsOf(crypto, body, [...parts.flat(), ...known, ...apart])) {
      computed++;
      if (found === null && isPointOf(crypto, wanted.certificate, toHex(candidate))) found = toHex(candidate);
    }
  }
  yield onOurs("sums of their points computed, each tried on the file", computed);
  if (found !== null) yield onOurs("one of them is P, and opens the goods", raw(found));
  return found === null ? "refused" : "succeeded";
}

/** `body`, with up to two of the others added or taken away. */
function sumsOf({ group }: Crypto, body: Point, others: readonly Point[]): readonly Point[] {
  const signed = others.flatMap((point) => [point, group.subtract(IDENTITY, point)]);
  const once = signed.map((point) => group.add(body, point));
  const twice = signed.flatMap((point, i) => once.slice(i).map((sum) => group.add(sum, point)));
  return [body, ...once, ...twice];
}
