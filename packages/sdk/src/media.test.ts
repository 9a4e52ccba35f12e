/** Each type takes what is one, and refuses what is another. */
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { looksLike, MEDIA_HEAD_BYTES, mediaTypeOf } from "./media.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const from = (...parts: (string | number[] | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));

const SAMPLES: Readonly<Record<string, Uint8Array>> = {
  "text/csv": bytes("name,price\nthing,2.50\n"),
  "text/html": bytes("<!doctype html><title>Thing</title>"),
  "image/jpeg": from([0xff, 0xd8, 0xff, 0xe0, 0, 16], "JFIF", [0]),
  "application/json": bytes('{"name": "thing"}'),
  "text/markdown": bytes("# Thing\n\nGrüße.\n"),
  "application/pdf": from("%PDF-1.7\n", [0xe2, 0xe3, 0xcf, 0xd3]),
  "image/png": from([0x89], "PNG\r\n", [0x1a, 0x0a], deflateSync("pixels")),
  "image/svg+xml": bytes('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
  "text/plain": bytes("A thing.\n"),
  "audio/wav": from("RIFF", [36, 0, 0, 0], "WAVEfmt ", [16, 0, 0, 0]),
  "application/zip": from("PK\x03\x04", [20, 0, 0, 0]),
};
const BINARY = ["image/jpeg", "application/pdf", "image/png", "audio/wav", "application/zip"];

test.each(Object.keys(SAMPLES))("%s is what it says", (type) => {
  expect(looksLike(type, SAMPLES[type] as Uint8Array)).toBe(true);
});

test.each(BINARY)("%s is none of the others, and none of them is one", (type) => {
  for (const other of Object.keys(SAMPLES)) {
    if (other === type) continue;
    expect(looksLike(type, SAMPLES[other] as Uint8Array), `${other} as ${type}`).toBe(false);
    expect(looksLike(other, SAMPLES[type] as Uint8Array), `${type} as ${other}`).toBe(false);
  }
});

test("a text without the marks of its kind is not of its kind", () => {
  for (const type of ["text/html", "application/json", "image/svg+xml"]) {
    expect(looksLike(type, bytes("A thing.\n")), type).toBe(false);
  }
});

test("a letter cut at the end of what is looked at is no fault, and one cut at the end of the content is", () => {
  const long = bytes(`${"a".repeat(MEDIA_HEAD_BYTES - 1)}ü`).subarray(0, MEDIA_HEAD_BYTES);
  expect(looksLike("text/plain", long)).toBe(true);
  expect(looksLike("text/plain", bytes("ü").subarray(0, 1))).toBe(false);
});

test("what is not in the table says nothing that could be checked", () => {
  expect(looksLike("application/octet-stream", from([0, 1, 2]))).toBe(true);
  expect(mediaTypeOf("thing.unheard-of")).toBe("application/octet-stream");
  expect(mediaTypeOf("Thing.PNG")).toBe("image/png");
});
