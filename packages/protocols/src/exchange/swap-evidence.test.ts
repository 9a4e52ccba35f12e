/** A text signed by both or by neither, judged from a file. */
import { decode, encode, toHex } from "@counterfoil/base";
import { answerWith, type Crypto, portableCrypto, raw, read, scalarFrom, sign } from "@counterfoil/crypto";
import { beforeAll, describe, expect, test } from "vitest";
import {
  makeOffer,
  openingOf,
  poHashOf,
  signatureCertHashOf,
  signatureCertificateSchema,
  tidOf,
} from "../contract/index.ts";
import { answerContext, answerSchema, groupIdOf, type TrusteeGroup } from "../trustees/index.ts";
import {
  begin,
  giverIn,
  NOT_AFTER,
  NOW,
  play,
  swapIn,
  takerIn,
  type Weather,
  type World,
  worldOf,
} from "./swap.fixture.ts";
import { contractOf, contractSchema, judgeContract } from "./swap-evidence.ts";
import { orderOf } from "./swap-record.ts";

let crypto: Crypto;
beforeAll(async () => {
  crypto = await portableCrypto();
});

function signedBy(world: World, weather: Weather = {}) {
  const swap = swapIn(world);
  begin(world, swap);
  play(world, NOW, NOT_AFTER + 3_600_000, weather);
  const [giver, taker] = [giverIn(world, swap.tid), takerIn(world, swap.tid)];
  if (giver?.phase !== "had" || taker?.phase !== "had") throw new Error("not swapped");
  return [contractOf(world.a.config, giver), contractOf(world.b.config, taker)] as const;
}

describe("a promise that does not hold", () => {
  test("makes no contract, whatever its offer proves of it", () => {
    const world = worldOf(crypto, ["signature", "signature"]);
    const [evidence] = signedBy(world);
    const contract = decode(contractSchema, evidence as Uint8Array);
    if (!contract.ok) throw new Error(contract.reason);
    const [own, their] = contract.value.signatures;
    const { config, own: item } = world.a;
    const promise = read(signatureCertificateSchema, item.signed);
    if (!promise.ok || own === undefined || their === undefined || own.release.kind !== "opening")
      throw new Error("no promise");
    const proof = { ...promise.value.value.proof, challenge: own.release.opening };
    const untrue = { ...promise.value.value, proof };
    const certified = { ...untrue, certHash: signatureCertHashOf(crypto, untrue) };
    const offer = makeOffer(crypto, config.seed, own.release.offer.tid, item.point, certified);
    const certificate = sign(crypto, config.key, signatureCertificateSchema, untrue);
    const signatures = [{ ...own, certificate, release: { ...own.release, offer } }, their];
    const { textHash } = contract.value;
    expect(judgeContract(crypto, encode(contractSchema, { textHash, signatures }))).toEqual({
      ok: false,
      reason: "wrong-certificate",
    });
  });
});

/** One "trustee" of the forger's own, under the real group's key: what it answers makes any point of D. */
function forged(
  signed: Uint8Array,
  release: { readonly group: TrusteeGroup; readonly order: Uint8Array; readonly x: string },
) {
  const key = crypto.signingKey(crypto.sha256(signed));
  const share = scalarFrom(crypto, key.secretKey, "share");
  const member = { index: 1, key: key.publicKey, share: toHex(crypto.group.base(share)) };
  const group = { ...release.group, threshold: 1, trustees: [member] };
  const id = groupIdOf(crypto, group);
  const certificate = read(signatureCertificateSchema, signed);
  if (!certificate.ok) throw new Error(certificate.reason);
  const order = orderOf(release.order);
  const tid = tidOf(crypto, { ...order, poHash: poHashOf(crypto, order) });
  const about = { head: raw(certificate.value.value.escrow.head), disputes: raw(order.disputes) };
  const { r, u, proof } = answerWith(crypto, { share, ...about, context: answerContext(id, 1, tid) });
  const answer = { group: id, tid, index: 1, r: toHex(r), u: toHex(u), proof };
  return { group, answers: [sign(crypto, key, answerSchema, answer)] };
}

describe("a contract", () => {
  for (const [how, weather] of [
    ["by the other's opening", {}],
    ["by trustees", { responder: () => false }],
  ] as const satisfies readonly (readonly [string, Weather])[]) {
    test(`had ${how} proves on both sides the same two signatures`, () => {
      const world = worldOf(crypto, ["signature", "signature"]);
      const judged = signedBy(world, weather).map((evidence) => judgeContract(crypto, evidence as Uint8Array));
      const [one, other] = judged.map((each) => {
        if (!each.ok) throw new Error(each.reason);
        return {
          ...each.value,
          signatories: [...each.value.signatories].sort((a, b) => (a.merchant < b.merchant ? -1 : 1)),
        };
      });
      expect(one).toEqual(other);
      expect(one?.signatories.map(({ merchant }) => merchant)).toEqual(
        [world.a, world.b].map(({ config }) => config.key.publicKey).sort(),
      );
    });
  }

  test("of goods is none", () => {
    expect(signedBy(worldOf(crypto, ["goods", "signature"]))).toEqual([null, null]);
  });

  test("does not hold with anything changed", () => {
    const world = worldOf(crypto, ["signature", "signature"]);
    for (const weather of [{}, { responder: () => false }]) {
      const [evidence] = signedBy(worldOf(crypto, ["signature", "signature"]), weather);
      const contract = decode(contractSchema, evidence as Uint8Array);
      if (!contract.ok) throw new Error(contract.reason);
      const { textHash, signatures } = contract.value;
      const [own, their] = signatures as [(typeof signatures)[0], (typeof signatures)[0]];
      const judge = (of: readonly (typeof own)[], text = textHash) => {
        const judged = judgeContract(crypto, encode(contractSchema, { textHash: text, signatures: of }));
        return judged.ok ? "holds" : judged.reason;
      };
      expect(judge([own, their])).toBe("holds");
      expect(judge([own, their], "77".repeat(32))).toBe("another-text");
      expect(judge([own])).toBe("one-signatory");
      expect(judge([own, own])).toBe("one-signatory");
      expect(judge([own, { ...their, certificate: own.certificate }])).toBe("wrong-signature");
      expect(judge([own, { ...their, slip: own.slip }])).toBe("wrong-signature");
      if (own.release.kind !== "opening") throw new Error("one's own is by one's own opening");
      const wrong = openingOf(crypto, world.a.config.seed, textHash);
      expect(judge([{ ...own, release: { ...own.release, opening: wrong } }, their])).toBe("wrong-signature");
      const { offer } = own.release;
      const proof = { ...offer.proof, challenge: wrong };
      expect(judge([{ ...own, release: { ...own.release, offer: { ...offer, proof } } }, their])).toBe(
        "wrong-signature",
      );
      if (their.release.kind !== "answers") continue;
      const { release } = their;
      expect(judge([own, { ...their, release: { ...release, x: wrong } }])).toBe("wrong-signature");
      expect(judge([own, { ...their, release: { ...release, answers: release.answers.slice(1) } }])).toBe(
        "wrong-signature",
      );
      const lower = { ...release.group, threshold: 1 };
      expect(judge([own, { ...their, release: { ...release, group: lower } }])).toBe("wrong-signature");
      expect(judge([own, { ...their, release: { ...release, ...forged(their.certificate, release) } }])).toBe(
        "wrong-signature",
      );
    }
    expect(judgeContract(crypto, new Uint8Array(4))).toEqual({ ok: false, reason: "malformed" });
  });
});
