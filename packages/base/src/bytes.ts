/** Bytes as text and back, without TextEncoder or Buffer: pure packages compile with the ES library alone. */

/** Lower-case hex of some bytes. Keys and hashes are held as hex, so that equality is `===`. */
export type Hex = string;

const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** The digits of one key or hash, the common case. */
const CODES: number[] = new Array(64).fill(0);
const NIBBLES = nibbleTable();

export function toHex(bytes: Uint8Array): Hex {
  return hexOf(bytes, 0, bytes.length);
}

/** Hex of the bytes from `start` up to `end`, made flat at once: text joined piece by piece is joined again when it is used. */
export function hexOf(bytes: Uint8Array, start: number, end: number): Hex {
  let text = "";
  for (let from = start; from < end; from += CODES.length / 2) {
    const to = Math.min(end, from + CODES.length / 2);
    for (let i = from, at = 0; i < to; i++) {
      const byte = bytes[i] as number;
      CODES[at++] = DIGITS[byte >> 4] as number;
      CODES[at++] = DIGITS[byte & 0x0f] as number;
    }
    const whole = 2 * (to - from) === CODES.length ? CODES : CODES.slice(0, 2 * (to - from));
    text += String.fromCharCode.apply(null, whole);
  }
  return text;
}

/** @returns null unless `text` is an even number of lower-case hex digits. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0) return null;
  const bytes = new Uint8Array(text.length / 2);
  return fromHexInto(text, bytes, 0) ? bytes : null;
}

/** Puts the bytes of `text` into `target` from `at` on. @returns false where one is not a pair of lower-case hex digits. */
export function fromHexInto(text: string, target: Uint8Array, at: number): boolean {
  for (let i = 0; i < text.length / 2; i++) {
    const high = nibble(text, 2 * i);
    const low = nibble(text, 2 * i + 1);
    if (high < 0 || low < 0) return false;
    target[at + i] = (high << 4) | low;
  }
  return true;
}

/** UTF-8 of a well-formed string; a lone surrogate is a bug of the caller. */
export function utf8(text: string): Uint8Array {
  const plain = new Uint8Array(text.length);
  let i = 0;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) break;
    plain[i] = code;
  }
  return i === text.length ? plain : longUtf8(text);
}

function longUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    if (point >= 0xd800 && point <= 0xdfff) throw new Error("a lone surrogate has no UTF-8");
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(point));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(point >> 6), tail(point));
    else bytes.push(0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point));
  }
  return Uint8Array.from(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Equality of public bytes. Secrets are compared by `Crypto.equal`, in constant time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

function nibble(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < NIBBLES.length ? (NIBBLES[code] as number) : -1;
}

function nibbleTable(): Int8Array {
  const table = new Int8Array(128).fill(-1);
  for (let value = 0; value < 16; value++) table[value.toString(16).charCodeAt(0)] = value;
  return table;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Base64url without padding (RFC 4648 §5): bytes in a text that people pass on. */
export function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] as number, bytes[i + 1], bytes[i + 2]];
    text += BASE64.charAt(a >> 2) + BASE64.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    if (b !== undefined) text += BASE64.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    if (c !== undefined) text += BASE64.charAt(c & 63);
  }
  return text;
}

/** @returns null for any text that `toBase64Url` does not make. */
export function fromBase64Url(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let [bits, held, at] = [0, 0, 0];
  for (const digit of text) {
    const value = BASE64.indexOf(digit);
    if (value < 0) return null;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = bits >> held;
    }
  }
  // The last digit may hold bits that no byte takes: they are zero, so that one text is one value.
  return text.length % 4 === 1 || (bits & ((1 << held) - 1)) !== 0 ? null : bytes;
}
