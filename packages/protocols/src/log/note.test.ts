/** Notes and heads: published ones of other makers first, then ours, then everything that is not one. */
import { fromHex, fromUtf8, toHex, utf8 } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { beforeEach, describe, expect, test } from "vitest";
import {
  cosign,
  cosignatureOf,
  fromBase64,
  type Note,
  noteKeyId,
  noteSignedBy,
  readCheckpoint,
  readHead,
  readNote,
  signCheckpoint,
  toBase64,
  withSignatures,
} from "./index.ts";
import {
  altered,
  headBy,
  headOf,
  type LogBench,
  logBench,
  logSale,
  openOf,
  post,
  publish,
  START,
} from "./log.fixture.ts";

const crypto = await portableCrypto();

/** A verifier key as C2SP signed-note writes it: name, id, and base64 of the type and the key. */
function vkey(text: string) {
  const [name = "", id = "", encoded = ""] = text.split("+").length > 3 ? splitKey(text) : text.split("+");
  const bytes = fromBase64(encoded) as Uint8Array;
  return { name, id, type: bytes[0] as number, key: toHex(bytes.slice(1)) };
}

/** The base64 at the end may have plus signs of its own. */
function splitKey(text: string): [string, string, string] {
  const [name = "", id = "", ...rest] = text.split("+");
  return [name, id, rest.join("+")];
}

/** The example of Go's golang.org/x/mod/sumdb/note. */
const PETER = vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
const PETERS_SEED = (fromBase64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz") as Uint8Array).slice(1);
const PETERS_TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETERS_LINE =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
/** A head of the Go checksum database. */
const SUMDB = vkey("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8");
const SUMDB_NOTE = `go.sum database tree
6476701
mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=

— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=
`;
/** A head of a certificate log, signed twice by the log and cosigned by witnesses of the public network. */
const ARCHE = vkey("arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f");
const REMORA = vkey("remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2");
const ARCHE_NOTE = `arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
`;

const noteOf = (text: string) => readNote(utf8(text)) as Note;

describe("published notes", () => {
  test("the ids of published keys, of both types", () => {
    for (const each of [PETER, SUMDB, ARCHE, REMORA]) expect(toHex(noteKeyId(crypto, each, each.type))).toBe(each.id);
  });

  test("the example of Go's note package, verified and made again byte for byte", () => {
    expect(noteSignedBy(crypto, PETER, noteOf(`${PETERS_TEXT}\n${PETERS_LINE}`))).toBe(true);
    expect(noteSignedBy(crypto, PETER, noteOf(`${PETERS_TEXT.replace("you", "they")}\n${PETERS_LINE}`))).toBe(false);
    const key = crypto.signingKey(PETERS_SEED);
    expect(key.publicKey).toBe(PETER.key);
    const signature = toBase64(crypto.sign(key, utf8(PETERS_TEXT)));
    expect(toBase64((fromBase64(PETERS_LINE.split(" ")[2]?.trim() ?? "") as Uint8Array).slice(4))).toBe(signature);
  });

  test("a head of the Go checksum database", () => {
    expect(noteSignedBy(crypto, SUMDB, noteOf(SUMDB_NOTE))).toBe(true);
    expect(noteSignedBy(crypto, SUMDB, noteOf(SUMDB_NOTE.replace("6476701", "6476702")))).toBe(false);
  });

  test("a head of a certificate log, and what a witness of the public network says of it", () => {
    const head = readCheckpoint(crypto, { origin: ARCHE.name, key: ARCHE.key }, utf8(ARCHE_NOTE));
    expect(head).toMatchObject({ size: 1432088532, timeMs: null });
    expect(toBase64(head?.root as Uint8Array)).toBe("U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=");
    expect(cosignatureOf(crypto, REMORA, noteOf(ARCHE_NOTE))).toEqual({ kind: "right", timeSeconds: 0x6a122120 });
    expect(cosignatureOf(crypto, REMORA, noteOf(ARCHE_NOTE.replace("1432088532", "1432088533")))).toEqual({
      kind: "wrong",
    });
    expect(cosignatureOf(crypto, { ...REMORA, name: "another" }, noteOf(ARCHE_NOTE))).toEqual({ kind: "none" });
  });
});

describe("the layout of a note", () => {
  const right = `${PETERS_TEXT}\n${PETERS_LINE}`;
  test("the text may have empty lines; the last one parts it from the signatures", () => {
    const read = noteOf(`a\n\nb\n\n${PETERS_LINE}`);
    expect(fromUtf8(read.body)).toBe("a\n\nb\n");
    expect(read.signatures).toHaveLength(1);
    expect(readNote(utf8(`é\u2028\n\n${PETERS_LINE}`))?.lines).toEqual(["é\u2028"]);
  });

  const wrong: Record<string, string | Uint8Array> = {
    empty: "",
    "no signature": PETERS_TEXT,
    "no signature after the empty line": `${PETERS_TEXT}\n`,
    "no empty line": `${PETERS_TEXT}${PETERS_LINE}`,
    "no newline at the end": right.slice(0, -1),
    "a control character": right.replace("think", "\tthink"),
    "a carriage return": right.replaceAll("\n", "\r\n"),
    "a hyphen for the dash": right.replace("—", "-"),
    "a word too many": right.replace("— PeterNeumann", "— Peter Neumann"),
    "a plus in the name": right.replace("— PeterNeumann", "— Peter+Neumann"),
    "an unusual space in the name": right.replace("— PeterNeumann", "— Peter\u00a0Neumann"),
    "no name": right.replace("— PeterNeumann", "— "),
    "a signature that is no base64": right.replace("x08go/", "x08go_"),
    "base64 without its padding": right.replace("nAM=", "nAM"),
    "base64 with bits to spare": right.replace("nAM=", "nAN="),
    "a key id alone": `${PETERS_TEXT}\n— PeterNeumann x08gow==\n`,
    "what is no UTF-8": new Uint8Array([...utf8("a\xff\n\n"), ...utf8(PETERS_LINE)]).fill(0xff, 1, 2),
    "too long": `${"a".repeat(4096)}\n\n${PETERS_LINE}`,
    "seventeen signatures": `${PETERS_TEXT}\n${PETERS_LINE.repeat(17)}`,
  };
  test.each(Object.keys(wrong))("is not: %s", (name) => {
    const bytes = wrong[name] as string | Uint8Array;
    expect(readNote(typeof bytes === "string" ? utf8(bytes) : bytes)).toBeNull();
  });

  test("sixteen signatures are read, as C2SP demands", () => {
    expect(readNote(utf8(`a\n\n${PETERS_LINE.repeat(16)}`))?.signatures).toHaveLength(16);
  });
});

describe("a log's head", () => {
  let at: LogBench;
  let note: Uint8Array;
  beforeEach(() => {
    at = logBench(crypto);
    post(at, openOf(at, logSale(at, "one")), START);
    note = publish(at, START + 1);
  });
  const read = (bytes: Uint8Array, changes: Partial<LogBench["descriptor"]> = {}) =>
    readHead(crypto, { ...at.descriptor, ...changes }, bytes);
  const lines = () => (fromUtf8(note) as string).split("\n");

  test("is what the log and a quorum have signed", () => {
    expect(read(note)).toMatchObject({ size: 1, timeMs: START + 1 });
    expect(lines()[3]).toBe(`counterfoil-time ${START + 1}`);
  });

  test("needs the log's own signature", () => {
    const without = lines().filter((line) => !line.startsWith(`— ${at.descriptor.origin}`));
    expect(read(utf8(without.join("\n")))).toBeNull();
    expect(read(note, { key: at.bank.publicKey })).toBeNull();
    expect(read(note, { origin: "log.example/another" })).toBeNull();
  });

  test("needs the quorum, each witness counted once", () => {
    const ann = at.witnesses[0]?.config.name;
    const annOnly = lines().filter((line, i) => i < 6 || line === "" || line.startsWith(`— ${ann}`));
    expect(read(utf8(annOnly.join("\n")))).toBeNull();
    expect(read(utf8(annOnly.join("\n")), { quorum: 1 })).not.toBeNull();
    const twice = [...annOnly.slice(0, -1), annOnly.at(-2), ""].join("\n");
    expect(readNote(utf8(twice))?.signatures).toHaveLength(3);
    expect(read(utf8(twice))).toBeNull();
    const [first, , third] = at.descriptor.witnesses;
    const named = [first, first, third].filter((each) => each !== undefined);
    expect(read(utf8(annOnly.join("\n")), { witnesses: named })).toBeNull();
    expect(read(note, { quorum: 3 })).toBeNull();
    expect(read(note, { witnesses: [third].filter((each) => each !== undefined) })).toBeNull();
  });

  test("a witness's signature as an ordinary one does not count, nor one of another note", () => {
    const body = noteOf(fromUtf8(note) as string).body;
    const own = noteOf(signCheckpoint(crypto, at.config.key, at.descriptor, headOf(at, note)));
    const other = noteOf(signCheckpoint(crypto, at.config.key, at.descriptor, { ...headOf(at, note), size: 2 }));
    const text = utf8(signCheckpoint(crypto, at.config.key, at.descriptor, headOf(at, note)));
    const by = (of: Note) => at.witnesses.map(({ config }) => cosign(crypto, config.key, config.name, of.body, 5));
    expect(own.body).toEqual(body);
    expect(read(withSignatures(text, by(own)))).not.toBeNull();
    expect(read(withSignatures(text, by(other)))).toBeNull();
    const ordinary = at.witnesses.map(({ config }) => {
      return signCheckpoint(crypto, config.key, { origin: config.name }, headOf(at, note)).split("\n\n")[1] as string;
    });
    expect(read(withSignatures(text, ordinary))).toBeNull();
  });

  test("one known signature that is wrong spoils the note; unknown ones are passed over", () => {
    const [ann, ben] = lines().slice(6, 8) as [string, string];
    const wrong = (fromUtf8(note) as string).replace(ben, `${ben.slice(0, -8)}AAAAAA==`);
    expect(wrong).not.toBe(fromUtf8(note));
    expect(read(utf8(wrong), { quorum: 1 })).toBeNull();
    // The id alone is not the key: neither is a line under another name.
    expect(read(utf8((fromUtf8(note) as string).replace("/ann", "/zoe")))).toBeNull();
    const stranger = `${ann.replace("ann", "zoe")}\n${PETERS_LINE}`;
    expect(read(withSignatures(note, [stranger]))).not.toBeNull();
  });

  test("needs one time, whole, of the log's own, and not past what an instant can be", () => {
    const head = headOf(at, note);
    expect(read(headBy(at, head, START))).not.toBeNull();
    expect(read(headBy(at, { ...head, timeMs: 2 ** 52 + 1 }, START))).toBeNull();
    const body = `${lines().slice(0, 3).join("\n")}\n`;
    for (const extension of [
      "",
      "\ncounterfoil-time 1\n",
      "counterfoil-time 1\ncounterfoil-time 1\n",
      "counterfoil-time 01\n",
      "counterfoil-time\n",
    ]) {
      expect(read(signedBody(`${body}${extension}`))).toBeNull();
    }
    expect(read(signedBody(`${body}counterfoil-time 1\n`))?.timeMs).toBe(1);
    expect(read(signedBody(`${body}another line\ncounterfoil-time 1\n`))?.timeMs).toBe(1);
  });

  test.each([
    ["a size with a zero in front", 1, "01"],
    ["a negative size", 1, "-1"],
    ["a size past 2^53", 1, "9007199254740993"],
    ["no size", 1, ""],
    ["a short root", 2, "AAAA"],
    ["a root that is no base64", 2, "*".repeat(44)],
    ["another origin", 0, "log.example/another"],
  ])("is not: %s", (_, line, text) => {
    const changed = [...lines().slice(0, 4)];
    changed[line] = text;
    expect(read(signedBody(`${changed.join("\n")}\n`))).toBeNull();
    expect(readCheckpoint(crypto, at.descriptor, signedBody(`${changed.join("\n")}\n`))).toBeNull();
  });

  test("holds for no other bytes: every one of them counts", () => {
    for (const [i, byte] of note.entries()) {
      for (const bit of [1 << (i % 7), 1 << ((i + 3) % 8)]) {
        expect(read(note.map((each, at) => (at === i ? byte ^ bit : each)))).toBeNull();
      }
      expect(read(note.slice(0, i))).toBeNull();
    }
  });

  /** Any body, rightly signed by all. */
  function signedBody(body: string): Uint8Array {
    const { key, descriptor } = at.config;
    const id = noteKeyId(crypto, { name: descriptor.origin, key: key.publicKey });
    const signature = toBase64(Uint8Array.from([...id, ...crypto.sign(key, utf8(body))]));
    const text = utf8(`${body}\n— ${descriptor.origin} ${signature}\n`);
    const cosignatures = at.witnesses.map(({ config }) => cosign(crypto, config.key, config.name, utf8(body), 5));
    return withSignatures(text, cosignatures);
  }
});

test("base64 is read in its one form", () => {
  for (const hex of ["", "00", "0001", "000102", "fffffefdfc"]) {
    const bytes = fromHex(hex) as Uint8Array;
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  }
  for (const text of ["A", "AA", "AAA", "AB==", "AA=", "====", "AA=A", "A A=", "AAB="])
    expect(fromBase64(text)).toBeNull();
  expect(altered(Uint8Array.of(0))).toEqual(Uint8Array.of(1));
});
