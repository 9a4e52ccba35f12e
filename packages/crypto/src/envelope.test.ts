/** The common envelope (P§0): each field is checked, in the normative order. */
import { bytes, encode, hex32, instant, record, text } from "@counterfoil/base";
import { describe, expect, test } from "vitest";
import { bodyOf, sign } from "./cose.ts";
import { type Expected, type MessageKind, post, receive, transcriptOf, ZERO_HASH } from "./envelope.ts";
import { H, KDF, raw } from "./hash.ts";
import { portableCrypto } from "./portable.ts";

const crypto = await portableCrypto();
const [key, other] = [1, 2].map((fill) => crypto.signingKey(new Uint8Array(32).fill(fill)));
if (key === undefined || other === undefined) throw new Error("no keys");
const payload = record("ping/1", { note: text(10) });
const kind: MessageKind<{ readonly note: string }> = { domain: "counterfoil/test/ping/1", payload };
const NOW = 1_000;
const [recipient, session, previous] = ["aa", "bb", "cc"].map((pair) => pair.repeat(32)) as [string, string, string];
const envelope = { recipient, session, previous, notAfterMs: NOW + 1 };
const expected: Expected = { recipient, session, previous, now: NOW };
const message = post(crypto, key, kind, envelope, { note: "hello" });

const reason = (signed: Uint8Array, changes: Partial<Expected> = {}, as: MessageKind<unknown> = kind) => {
  const received = receive(crypto, as, signed, { ...expected, ...changes });
  return received.ok ? "received" : received.reason;
};

test("what was posted is received, and names its transcript", () => {
  const received = receive(crypto, kind, message, expected);
  expect(received).toEqual({
    ok: true,
    value: {
      ...envelope,
      sender: key.publicKey,
      payload: { note: "hello" },
      transcript: H(crypto, "transcript/1", bodyOf(message)),
    },
  });
  expect(transcriptOf(crypto, bodyOf(message))).not.toBe(
    transcriptOf(crypto, bodyOf(post(crypto, key, kind, envelope, { note: "x" }))),
  );
});

describe("refused for another", () => {
  const O = "dd".repeat(32);
  test("recipient", () => expect(reason(message, { recipient: O })).toBe("wrong-recipient"));
  test("session", () => expect(reason(message, { session: O })).toBe("wrong-session"));
  test("transcript", () => expect(reason(message, { previous: O })).toBe("wrong-transcript"));
  test("time: at notAfter, not before", () => {
    expect([reason(message, { now: NOW }), reason(message, { now: NOW + 1 })]).toEqual(["received", "expired"]);
  });
  test("domain", () => {
    expect(reason(message, {}, { ...kind, domain: "counterfoil/test/pong/1" })).toBe("malformed");
  });
  test("payload than its kind", () => {
    expect(reason(message, {}, { ...kind, payload: record("pong/1", { note: text(10) }) })).toBe("malformed");
  });
  test("sender than the one that signed", () => {
    const posing = { publicKey: key.publicKey, secretKey: other.secretKey };
    expect(reason(post(crypto, posing, kind, envelope, { note: "hello" }))).toBe("wrong-signature");
  });
});

test("a first message may be of any session and transcript", () => {
  const fresh: Expected = { recipient, now: NOW };
  const received = receive(
    crypto,
    kind,
    post(crypto, key, kind, { ...envelope, previous: ZERO_HASH }, { note: "" }),
    fresh,
  );
  expect(received.ok).toBe(true);
});

test("form, signature, recipient, session, transcript, expiry: the first that is wrong is named", () => {
  const O = "dd".repeat(32);
  const posing = { publicKey: key.publicKey, secretKey: other.secretKey };
  const all = { recipient: O, session: O, previous: O, now: NOW + 9 };
  expect(reason(message.subarray(1), all)).toBe("malformed");
  expect(reason(post(crypto, posing, kind, envelope, { note: "" }), all)).toBe("wrong-signature");
  expect(reason(message, all)).toBe("wrong-recipient");
  expect(reason(message, { ...all, recipient })).toBe("wrong-session");
  expect(reason(message, { ...all, recipient, session })).toBe("wrong-transcript");
  expect(reason(message, { ...all, recipient, session, previous })).toBe("expired");
});

test("a payload that is not of its own kind, under a good signature", () => {
  const loose = record(null, {
    domain: text(64),
    sender: hex32,
    recipient: hex32,
    session: hex32,
    previous: hex32,
    notAfterMs: instant,
    payload: bytes(0, 99),
  });
  const body = { ...envelope, domain: kind.domain, sender: key.publicKey };
  expect(reason(sign(crypto, key, loose, { ...body, payload: encode(payload, { note: "hello" }) }))).toBe("received");
  expect(reason(sign(crypto, key, loose, { ...body, payload: new Uint8Array(3) }))).toBe("malformed");
});

describe("H and KDF", () => {
  test("H hashes a list with its tag first", () => {
    // SHA-256 of 82 63 "tag" 01
    expect(H(crypto, "tag", 1)).toBe("5282d0bea4e2393ce765d5ca89d85c0611828e5f0ccf7e2f90930ac621981e2b");
  });

  test("every label, context and length of KDF is another key, and the same again", () => {
    const secret = new Uint8Array(32).fill(1);
    const keys = [
      KDF(crypto, secret, "a", new Uint8Array(0)),
      KDF(crypto, secret, "a", Uint8Array.of(1)),
      KDF(crypto, secret, "a", Uint8Array.of(0)),
      KDF(crypto, secret, "b", Uint8Array.of(1)),
      KDF(crypto, new Uint8Array(32), "a", Uint8Array.of(1)),
    ].map(String);
    expect(new Set(keys).size).toBe(keys.length);
    expect(String(KDF(crypto, secret, "a", new Uint8Array(0)))).toBe(keys[0]);
    expect(KDF(crypto, secret, "a", new Uint8Array(0), 64).length).toBe(64);
  });

  test("raw takes hex and nothing else", () => {
    expect([...raw("00ff")]).toEqual([0, 255]);
    expect(() => raw("0")).toThrow();
  });
});
