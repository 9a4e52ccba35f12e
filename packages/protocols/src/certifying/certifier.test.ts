/** A certifier's decisions: what it certifies, each thing that it refuses, and what it goes by. */
import { DAY_MS, decode, type Hex, toHex } from "@counterfoil/base";
import { H, IDENTITY, open, portableCrypto, post, raw, ZERO_HASH } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import { type Certificate, certificateSchema, escrowHolds, goodsPointOf, makeEscrow } from "../contract/index.ts";
import {
  certifierConfig,
  groupOf,
  merchantOf,
  NOW,
  openDesk,
  registering,
  registrationOf,
  seedOf,
  type Told,
} from "./certifier.fixture.ts";
import { struckPage } from "./certifier.ts";
import {
  CERTIFIER_REASONS,
  certifierAnswer,
  certifierRequest,
  notCertifiedSchema,
  STRIKES_PAGE,
  struckSchema,
} from "./messages.ts";
import type { CertifierConfig, StrikeRow } from "./rows.ts";

const crypto = await portableCrypto();
const SHOP = merchantOf("a shop", crypto);
const OTHER = merchantOf("another shop", crypto);
const named = new Set<string>();

const opened = (changes: Partial<CertifierConfig> = {}) => openDesk(crypto, SHOP, named, changes);

describe("an honest registration", () => {
  test("is awaited, checked and certified, and says so for ever after", () => {
    const { config, ask, check, desk, faults } = opened();
    const told = registrationOf(config, SHOP, "book");
    expect(ask(told)).toBe("awaiting");
    expect(ask(told)).toBe("awaiting");
    const outcome = check(told);
    expect(outcome.kind).toBe("certified");
    expect(check(told)).toEqual(outcome);
    expect(ask(told, SHOP, NOW + 1)).toBe("certified");
    const certificate = certificateIn(config, outcome);
    expect(certificate).toEqual(told.registration.certificate);
    expect(escrowHolds(crypto, certificate)).toBe(true);
    expect(faults()).toEqual([]);
    expect(desk.view.get("tally", SHOP.publicKey)).toBeUndefined();
  });

  test("may prove its escrow anew while it waits: the application is the same", () => {
    const { config, ask } = opened();
    expect(ask(registrationOf(config, SHOP, "book"))).toBe("awaiting");
    expect(ask(registrationOf(config, SHOP, "book"))).toBe("awaiting");
  });

  test("waits for a person where one looks", () => {
    const { config, ask, check, desk, faults } = opened({ looks: "person" });
    const [good, bad] = ["good", "bad"].map((word) => registrationOf(config, SHOP, word)) as [Told, Told];
    for (const told of [good, bad]) {
      expect(ask(told)).toBe("awaiting");
      expect(check(told).kind).toBe("pending");
      expect(ask(told)).toBe("pending");
    }
    expect(faults()).toEqual([]);
    const { pid } = good.registration.certificate;
    expect(desk.decide({ kind: "review", pid, approved: true, words: "" }, NOW).outcome.kind).toBe("certified");
    expect(ask(good)).toBe("certified");
    const no = {
      kind: "review",
      pid: bad.registration.certificate.pid,
      approved: false,
      words: "A blank page.",
    } as const;
    const outcome = desk.decide(no, NOW).outcome;
    expect(outcome).toMatchObject({ kind: "refused", words: "A blank page." });
    expect(desk.decide(no, NOW)).toEqual({ writes: [], outcome });
    expect(ask(bad)).toBe("wrong-description");
    expect(desk.decide({ ...no, approved: true }, NOW).outcome.kind).toBe("not-pending");
    expect(faults()).toEqual([]);
  });

  test("leaves neither P nor a in any row", () => {
    const { config, ask, check, desk } = opened();
    const told = registrationOf(config, SHOP, "book");
    ask(told);
    check(told);
    const kept = [...desk.rows.values()]
      .flatMap(Object.values)
      .map((cell) => (cell instanceof Uint8Array ? toHex(cell) : String(cell)))
      .join(" ");
    for (const secret of [told.registration.point, told.registration.scalar, told.registration.registration]) {
      expect(kept).not.toContain(secret);
    }
  });
});

describe("what does not hold together is refused at the door", () => {
  const { config, ask, desk, word } = opened();
  const honest = registrationOf(config, SHOP, "book");
  const { certificate } = honest.registration;
  const stranger = goodsPointOf(crypto, seedOf("a stranger", crypto), H(crypto, "registration", "book"));

  test.each<[string, string, () => Told]>([
    ["another certifier's", "wrong-registration", () => lying({ certifier: OTHER.publicKey })],
    ["another merchant's", "wrong-registration", () => lying({ merchant: OTHER.publicKey })],
    ["a pid of somebody else's", "wrong-registration", () => lying({ pid: H(crypto, "pid", 1) })],
    ["another version", "wrong-registration", () => lying({ version: 2 })],
    ["another title", "wrong-registration", () => lying({ descriptionHash: H(crypto, "other words") })],
    ["the identity for P", "wrong-point", () => telling({ point: toHex(IDENTITY) })],
    ["no point for P", "wrong-point", () => telling({ point: "ff".repeat(32) })],
    ["zero for a", "wrong-point", () => telling({ scalar: "00".repeat(32) })],
    ["q and more for a", "wrong-point", () => telling({ scalar: "ff".repeat(32) })],
    ["another P than the escrow's", "wrong-escrow", () => telling({ point: toHex(stranger.point) })],
    ["another a than the escrow's", "wrong-escrow", () => telling({ scalar: toHex(stranger.scalar) })],
    ["a group key that is no point", "wrong-escrow", () => unproved({ groupKey: "ff".repeat(32) })],
    ["a proof about other figures", "wrong-escrow", () => unproved({ contentHash: H(crypto, "other content") })],
    ["pieces of another size", "wrong-size", () => lying({ pieceBytes: 1_024 })],
    ["no content", "empty", () => lying({ contentBytes: 0 })],
    ["a longer file than the content makes", "wrong-size", () => lying({ fileBytes: certificate.fileBytes + 1 })],
  ])("%s: %s", (_, reason, told) => {
    expect(ask(told())).toBe(reason);
    expect(desk.rows.size).toBe(0);
  });

  function lying(lie: Partial<Certificate>): Told {
    const { certifier, ...rest } = lie;
    const told = registrationOf(config, SHOP, "book", {}, rest);
    const changed = { ...told.registration.certificate, ...(certifier === undefined ? {} : { certifier }) };
    return { ...told, registration: { ...told.registration, certificate: changed } };
  }

  function telling(changes: Partial<Told["registration"]>): Told {
    return { ...honest, registration: { ...honest.registration, ...changes } };
  }

  /** The proof stays as it was. */
  function unproved(lie: Partial<Certificate>): Told {
    return { ...honest, registration: { ...honest.registration, certificate: { ...certificate, ...lie } } };
  }

  test("another's escrow moved by δ, whatever the thief says that P and a are", () => {
    const { group } = crypto;
    const delta = goodsPointOf(crypto, seedOf("δ", crypto), H(crypto, "δ")).scalar;
    const victim = certificate.escrow;
    const { groupKey } = certificate;
    const twin = raw(twinOfOne());
    const escrow = {
      head: toHex(group.add(raw(victim.head), group.base(delta))),
      twin: toHex(group.add(raw(victim.twin), group.multiply(delta, twin))),
      body: toHex(group.add(raw(victim.body), group.multiply(delta, raw(groupKey)))),
      proof: victim.proof,
    };
    expect(ask(registrationOf(config, OTHER, "stolen", {}, { escrow }), OTHER)).toBe("wrong-escrow");
    // It hides the same P, and the thief, who knows neither P nor a, cannot say them; knowing them, it could not prove it.
    const { point, scalar } = goodsPointOf(crypto, seedOf("shop", crypto), honest.registration.registration);
    const said = { point: toHex(point), scalar: toHex(group.plus(scalar, delta)) };
    expect(ask(registrationOf(config, OTHER, "stolen", said, { escrow }), OTHER)).toBe("wrong-escrow");
  });

  test("an escrow that gives the trustees something else than P, and is proved", () => {
    const { group } = crypto;
    const { registration } = honest.registration;
    const { point, scalar } = goodsPointOf(crypto, seedOf("shop", crypto), registration);
    // D = P + aY as it should be, and A = a'G for another a': a buyer would get P + (a − a')Y of the trustees.
    const between = group.minus(scalar, stranger.scalar);
    const moved = group.add(point, group.multiply(between, raw(certificate.groupKey)));
    const escrow = makeEscrow(crypto, certificate, { point: moved, scalar: stranger.scalar });
    expect(escrow.body).toBe(certificate.escrow.body);
    expect(escrowHolds(crypto, { ...certificate, escrow })).toBe(true);
    expect(ask(unproved({ escrow }))).toBe("wrong-escrow");
  });

  test("what was not sealed to this certifier, or not addressed to it, is no message of its", () => {
    const other = { ...config, box: crypto.boxKey(seedOf("another box", crypto)) };
    expect(() => desk.hear(registering(other, SHOP, honest.registration), NOW)).toThrow("malformed");
    const elsewhere = registering(config, SHOP, honest.registration, OTHER.publicKey);
    expect(() => desk.hear(elsewhere, NOW)).toThrow("wrong-recipient");
  });

  test("a refusal names the shop and the product, under the certifier's signature", () => {
    const answer = decode(
      certifierAnswer,
      desk.hear(registering(config, SHOP, lying({ version: 2 }).registration), NOW),
    );
    const refusal = answer.ok && answer.value.kind === "refused" ? answer.value.refusal : new Uint8Array(0);
    const opened = open(crypto, notCertifiedSchema, refusal, (value) => value.certifier);
    expect(opened.ok && opened.value.value).toMatchObject({
      merchant: SHOP.publicKey,
      pid: certificate.pid,
      words: "",
    });
    expect(word(desk.hear(registering(config, SHOP, lying({ version: 2 }).registration), NOW))).toBe(
      "wrong-registration",
    );
  });

  /** Ḡ, as whoever reads this repository knows it: the twin of a = 1. */
  function twinOfOne(): Hex {
    const one = new Uint8Array(32);
    one[0] = 1;
    return makeEscrow(crypto, certificate, { point: stranger.point, scalar: one }).twin;
  }
});

describe("what stands already counts", () => {
  test("one registration, one content", () => {
    const { config, ask, check } = opened();
    const told = registrationOf(config, SHOP, "book");
    ask(told);
    const registration = told.registration.registration;
    const other = registrationOf(config, SHOP, "other", { registration });
    expect(ask(other)).toBe("registered-otherwise");
    check(told);
    expect(ask(other)).toBe("registered-otherwise");
    expect(check(other).kind).toBe("done");
    expect(ask(told)).toBe("certified");
  });

  test.each(["point", "scalar"] as const)(
    "one %s, one product: not under another pid of the same shop, nor under another shop's",
    (shared) => {
      const { config, ask, check, faults } = opened();
      const told = registrationOf(config, SHOP, "book");
      ask(told);
      check(told);
      for (const merchant of [SHOP, OTHER])
        expect(ask(again(config, merchant, told, shared), merchant)).toBe("point-registered");
      expect(faults()).toEqual([]);
    },
  );

  test.each(["point", "scalar"] as const)("a %s whose file never came may be registered again", (shared) => {
    const { config, ask, desk, faults } = opened();
    const told = registrationOf(config, SHOP, "book");
    const { pid } = told.registration.certificate;
    ask(told);
    desk.decide({ kind: "give-up", pid }, NOW + DAY_MS - 1);
    expect(ask(again(config, SHOP, told, shared))).toBe("point-registered");
    desk.decide({ kind: "give-up", pid }, NOW + DAY_MS);
    expect(desk.rows.size).toBe(0);
    expect(ask(again(config, SHOP, told, shared))).toBe("awaiting");
    expect(faults()).toEqual([]);
  });

  test("a certified point is never forgotten", () => {
    const { config, ask, check, desk } = opened();
    const told = registrationOf(config, SHOP, "book");
    ask(told);
    check(told);
    const before = [...desk.rows];
    desk.decide({ kind: "give-up", pid: told.registration.certificate.pid }, NOW + 10_000 * DAY_MS);
    expect([...desk.rows]).toEqual(before);
  });

  /** Another product, but for the one that it has from `told`. */
  function again(config: CertifierConfig, merchant: typeof SHOP, told: Told, shared: "point" | "scalar"): Told {
    const fresh = registrationOf(config, merchant, `again of ${merchant.publicKey}`);
    const mixed = { ...fresh.registration, [shared]: told.registration[shared] };
    const { point, scalar } = mixed;
    const goods = { point: raw(point), scalar: raw(scalar) };
    const { certificate } = fresh.registration;
    const escrow = makeEscrow(crypto, certificate, goods);
    return {
      ...fresh,
      registration: { ...fresh.registration, point, scalar, certificate: { ...certificate, escrow } },
    };
  }
});

describe("limits", () => {
  test("groups that are not served, or sell no longer", () => {
    const { config, ask } = opened();
    const foreign = groupOf("foreign trustees", crypto);
    const asked = ({ group, groupKey }: typeof foreign, word: string) =>
      ask(registrationOf(config, SHOP, word, {}, { group, groupKey }));
    expect(asked(foreign, "foreign")).toBe("wrong-group");
    // M's own Y under the id of honest trustees: M could not be made to give anything.
    expect(asked({ ...foreign, group: config.groups[0]?.group as Hex }, "own key")).toBe("wrong-group");
    expect(asked({ ...(config.groups[0] as typeof foreign), group: foreign.group }, "other id")).toBe("wrong-group");
    expect(asked(config.groups[1] as typeof foreign, "old")).toBe("group-over");
    const { sellUntilMs } = config.groups[0] as typeof foreign;
    const late = opened({ groups: [{ ...(config.groups[0] as typeof foreign), sellUntilMs: NOW }] });
    expect(sellUntilMs).toBeGreaterThan(NOW);
    expect(late.ask(registrationOf(late.config, SHOP, "late"))).toBe("group-over");
  });

  test("content that is too long", () => {
    const { config, ask } = opened({ contentLimitBytes: 99 });
    expect(ask(registrationOf(config, SHOP, "long"))).toBe("too-large");
    const just = opened({ contentLimitBytes: 100 });
    expect(just.ask(registrationOf(just.config, SHOP, "just"))).toBe("awaiting");
  });

  test("so many of one shop, so many of all, until some are decided", () => {
    const { config, ask, check, faults } = opened();
    const own = Array.from({ length: 4 }, (_, i) => registrationOf(config, SHOP, `own ${i}`));
    expect(own.map((told) => ask(told))).toEqual(["awaiting", "awaiting", "awaiting", "too-many-open"]);
    const others = Array.from({ length: 3 }, (_, i) => registrationOf(config, OTHER, `other ${i}`));
    expect(others.map((told) => ask(told, OTHER))).toEqual(["awaiting", "awaiting", "too-many-open"]);
    expect(faults()).toEqual([]);
    check(own[0] as Told);
    expect(ask(own[3] as Told)).toBe("awaiting");
    expect(faults()).toEqual([]);
  });
});

describe("the file decides", () => {
  /** Each is the shop's own figure, proved as well as can be, beside what opening and making it again gave. */
  test.each<[string, Partial<Certificate>]>([
    ["root", { root: H(crypto, "another root") }],
    ["content hash", { contentHash: H(crypto, "another content") }],
    ["key commitment", { keyCommitment: H(crypto, "another key") }],
    ["length", { contentBytes: 99, fileBytes: 299 }],
  ])("no certificate where the %s differs from the certifier's own", (_, lie) => {
    const { config, ask, check, faults } = opened();
    const told = registrationOf(config, SHOP, "book", {}, lie);
    expect(ask(told)).toBe("awaiting");
    expect(check(told)).toMatchObject({ kind: "refused", fault: { reason: "wrong-file" } });
    expect(ask(told)).toBe("wrong-file");
    expect(faults()).toEqual([]);
  });

  test("what the door saw in the content is the answer, and is forgotten in time", () => {
    const { config, ask, desk, applicationOf, faults } = opened();
    const told = registrationOf(config, SHOP, "book");
    ask(told);
    const { pid, applicationHash } = applicationOf(told);
    const verdict = { kind: "bad", reason: "wrong-media-type", words: "no picture" } as const;
    desk.decide({ kind: "checked", pid, applicationHash, verdict }, NOW);
    expect(ask(told)).toBe("wrong-media-type");
    expect(faults()).toEqual([]);
    desk.decide({ kind: "give-up", pid }, NOW + 30 * DAY_MS);
    expect(desk.rows.size).toBe(0);
  });
});

describe("a struck merchant", () => {
  const evidence = Uint8Array.of(1, 2, 3);

  test("registers nothing, has nothing approved, and is asked about by name", () => {
    const { config, ask, check, desk, faults } = opened({ looks: "person" });
    const [first, second, third] = ["1", "2", "3"].map((word) => registrationOf(config, SHOP, word)) as [
      Told,
      Told,
      Told,
    ];
    ask(first);
    ask(second);
    check(second);
    const struck = { kind: "strike", merchant: SHOP.publicKey, evidence } as const;
    expect(desk.decide(struck, NOW).writes).toHaveLength(1);
    expect(desk.decide({ ...struck, evidence: Uint8Array.of(9) }, NOW).writes).toEqual([]);
    expect(desk.view.get("strike", SHOP.publicKey)?.evidence).toEqual(evidence);
    for (const told of [first, second, third]) expect(ask(told)).toBe("struck");
    expect(check(first)).toMatchObject({ kind: "refused", fault: { reason: "struck" } });
    const { pid } = second.registration.certificate;
    const review = { kind: "review", pid, approved: true, words: "" } as const;
    expect(desk.decide(review, NOW).outcome).toMatchObject({ kind: "refused", fault: { reason: "struck" } });
    expect(ask(registrationOf(config, OTHER, "honest"), OTHER)).toBe("awaiting");
    expect(faults()).toEqual([]);
  });

  test("stands in a signed list that leaves nobody out", () => {
    const config = certifierConfig(crypto);
    const row: StrikeRow = { evidence, evidence_hash: H(crypto, "evidence/1", evidence), struck_ms: NOW };
    const all = Array.from({ length: STRIKES_PAGE + 1 }, (_, i) => [i.toString(16).padStart(64, "0"), row] as const);
    const read = (bytes: Uint8Array) => {
      const page = open(crypto, struckSchema, bytes, (value) => value.certifier);
      if (!page.ok) throw new Error(page.reason);
      return page.value.value;
    };
    const first = read(struckPage(config, all, null, NOW));
    expect(first.upTo).toBe(all[STRIKES_PAGE - 1]?.[0]);
    expect(first.strikes).toHaveLength(STRIKES_PAGE);
    const last = read(struckPage(config, all.slice(STRIKES_PAGE), first.upTo, NOW));
    expect(last).toMatchObject({ after: first.upTo, upTo: null, strikes: [{ merchant: all[STRIKES_PAGE]?.[0] }] });
    expect(read(struckPage(config, all.slice(1), null, NOW)).upTo).toBeNull();
  });
});

test("the operator is whoever has the certifier's key, and nobody else", () => {
  const { config, desk } = opened();
  const told = (by: typeof SHOP) => {
    const envelope = { recipient: config.key.publicKey, session: ZERO_HASH, previous: ZERO_HASH, notAfterMs: NOW + 1 };
    const request = { kind: "strike", merchant: OTHER.publicKey, evidence: Uint8Array.of(1) } as const;
    return post(crypto, by, certifierRequest, envelope, request);
  };
  expect(() => desk.hear(told(SHOP), NOW)).toThrow("wrong-signature");
  expect(desk.rows.size).toBe(0);
  expect(decode(certifierAnswer, desk.hear(told(config.key), NOW))).toMatchObject({ value: { kind: "done" } });
  expect(desk.view.get("strike", OTHER.publicKey)).toBeDefined();
});

afterAll(() => expect([...named].sort()).toEqual([...CERTIFIER_REASONS].sort()));

function certificateIn(config: CertifierConfig, outcome: { kind: string; certificate?: Uint8Array }): Certificate {
  const certificate = open(crypto, certificateSchema, outcome.certificate as Uint8Array, () => config.key.publicKey);
  if (!certificate.ok) throw new Error(certificate.reason);
  return certificate.value.value;
}
