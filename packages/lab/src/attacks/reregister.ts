/**
 * Another's escrow, moved a little and listed as one's own (P§2C *Certificate*): (A + δG, D + δY) encrypts the same P under
 * a + δ. Its lister "buys" that from itself, disputes, and the trustees open it. A certificate that is an ElGamal ciphertext
 * and a signature falls to it; ours carries π_reg, which only one who knows a + δ can make, and which the trustees check again
 * though the certifier has signed. Here it signs whatever it is shown.
 */
import { assert, type Hex, toHex } from "@counterfoil/base";
import { type Crypto, namedPoint, open, type Point, type Proof, raw, scalarFrom, sign } from "@counterfoil/crypto";
import {
  certHashOf,
  certificateSchema,
  type Escrow,
  type Label,
  makeEscrow,
  pidOf,
  purchaseKeys,
} from "@counterfoil/protocols/contract";
import { seedOf } from "@counterfoil/protocols/players";
import { type CertifiedEscrow, certificateHolds, hearAnswer, openByAnswers } from "@counterfoil/protocols/trustees";
import type { Means } from "../letters.ts";
import { type Attack, anyOf, attackOf, type Half, type Line, tellerOf } from "./attack.ts";
import { isPointOf, type Shelf, shelfOf } from "./shelf.ts";

/** What a trustee takes for a certificate. */
export type CertificateCheck = typeof certificateHolds;

export function reregisterAttack(crypto: Crypto, check: CertificateCheck = certificateHolds): Attack {
  const of = {
    id: "reregister",
    title: "another merchant's goods, opened by the trustees as one's own",
    source: "P§2C, Certificate",
  };
  return attackOf(
    of,
    (means) => stolen("literal", means, shelfOf(crypto), withoutProof),
    (means) => stolen("ours", means, shelfOf(crypto), check),
  );
}

/** All that a trustee could look at if there were no π_reg: the certifier's signature, and that the escrow is made of points. */
export const withoutProof: CertificateCheck = (crypto, signed) => {
  const opened = open(crypto, certificateSchema, signed, ({ certifier }) => certifier);
  if (!opened.ok) return null;
  const { merchant, group, groupKey, escrow } = opened.value.value;
  if (![escrow.head, escrow.body, groupKey].every((point) => crypto.group.isPoint(raw(point)))) return null;
  return { certHash: certHashOf(crypto, opened.value.value), merchant, group, groupKey, escrow };
};

function* stolen(of: Line["of"], means: Means, shelf: Shelf, check: CertificateCheck): Half {
  const tells = tellerOf(of);
  const { crypto, wanted } = shelf;
  const delta = scalarFrom(crypto, means.random(32), "delta");
  const moved = movedBy(shelf, delta);
  yield tells(
    of === "ours" ? "trustees who verify π_reg" : "trustees of a certificate that is a ciphertext and a signature",
  );
  yield tells("A of another merchant's certificate", raw(wanted.certificate.escrow.head));
  yield tells("A + δG, which the thief lists as its own", raw(moved.head));
  assert(check(crypto, wanted.signed) !== null, "the trustees answer about a certificate as it was made");
  const succeeded: boolean[] = [];
  for (const [name, escrow] of escrowsOf(shelf, delta, moved)) {
    const certified = check(crypto, listed(shelf, escrow));
    yield tells(`${name}: the trustees ${certified === null ? "refuse" : "answer"}`);
    if (certified === null) continue;
    const point = boughtFromOneself(shelf, means, certified);
    const isOpen = point !== null && isPointOf(crypto, wanted.certificate, point);
    if (point !== null)
      yield tells(`P, which ${isOpen ? "opens" : "does not open"} the other merchant's goods`, raw(point));
    succeeded.push(isOpen);
  }
  return anyOf(succeeded);
}

type Moved = Omit<Escrow, "proof">;

/** The same P under a + δ. Nobody needs a for it. */
function movedBy({ crypto, wanted }: Shelf, delta: Uint8Array): Moved {
  const { group } = crypto;
  const { escrow, groupKey } = wanted.certificate;
  const plus = (hex: Hex, point: Point): Hex => toHex(group.add(raw(hex), point));
  return {
    head: plus(escrow.head, group.base(delta)),
    twin: plus(escrow.twin, group.multiply(delta, namedPoint(crypto, "fx/gbar"))),
    body: plus(escrow.body, group.multiply(delta, raw(groupKey))),
  };
}

/** The proofs that a thief has or can make. None of them is of a + δ. */
function escrowsOf(shelf: Shelf, delta: Uint8Array, moved: Moved): readonly (readonly [string, Escrow])[] {
  const { crypto, wanted, other } = shelf;
  const { escrow } = wanted.certificate;
  const { challenge, responses } = escrow.proof;
  const shift = crypto.group.times(raw(challenge), delta);
  const shifted: Proof = { challenge, responses: responses.map((z) => toHex(crypto.group.plus(raw(z), shift))) };
  const own = makeEscrow(crypto, labelOf(shelf), { point: other.goods.point, scalar: delta });
  return [
    ["moved by δ, under the proof that was there", { ...moved, proof: escrow.proof }],
    ["moved by δ, under that proof moved by c·δ", { ...moved, proof: shifted }],
    ["moved by δ, under a proof of δ", { ...moved, proof: own.proof }],
    ["as it was, under the proof that was there", escrow],
  ];
}

/** The thief's item: its own key and pid, and of the other's the file, so that what P opens is what it sells. */
function labelOf({ crypto, wanted }: Shelf): Label {
  const { certifier: _, escrow: __, ...label } = wanted.certificate;
  const merchant = crypto.signingKey(seedOf("thief", crypto)).publicKey;
  return { ...label, merchant, pid: pidOf(crypto, merchant, wanted.pid) };
}

function listed(shelf: Shelf, escrow: Escrow): Uint8Array {
  const { crypto, trustees } = shelf;
  const certificate = { ...labelOf(shelf), certifier: trustees.certifier.publicKey, escrow };
  return sign(crypto, trustees.certifier, certificateSchema, certificate);
}

/** As merchant and buyer at once the thief has every right to its own goods; the trustees give it P for x. */
function boughtFromOneself(shelf: Shelf, means: Means, { escrow }: CertifiedEscrow): Hex | null {
  const { crypto, trustees } = shelf;
  const { disputes } = purchaseKeys(crypto, means.random(32), toHex(means.random(32)));
  const about = { tid: toHex(means.random(32)), head: escrow.head, disputes: disputes.publicKey };
  const { group } = trustees;
  const answers = group.trustees
    .slice(0, group.threshold)
    .map(({ index }) => hearAnswer(crypto, group, about, trustees.answer(index, about)));
  const held = answers.filter((answer) => answer !== null);
  return held.length < group.threshold ? null : openByAnswers(crypto, held, disputes.secret, escrow.body);
}
