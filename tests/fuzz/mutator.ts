/** Seeded inputs: random bytes, and valid messages cut, bent, spliced, nested and with lengths that lie. */

/** Mulberry32: 32 bits of state, the same sequence everywhere. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((((mixed ^ (mixed >>> 14)) >>> 0) * below) / 2 ** 32) | 0;
  };
}

/** Heads of every major type, in every width, and what strict decoders forget: break, floats, tags, indefinite lengths. */
const HEADS = Uint8Array.of(
  ...[0x00, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x20, 0x38, 0x40, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5f, 0x60, 0x77, 0x78, 0x79],
  ...[0x7a, 0x7b, 0x7f, 0x80, 0x81, 0x84, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9f, 0xa0, 0xa1, 0xbf, 0xc0, 0xc2, 0xd2, 0xd8],
  ...[0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xff],
);
const HUGE = [0x3b, 0x5b, 0x7b, 0x9b, 0xbb];

/** The next input. One in sixteen is valid as it stands, so that acceptance is exercised as well. */
export function inputFrom(random: (below: number) => number, valid: readonly Uint8Array[]): Uint8Array {
  const one = valid[random(valid.length)] as Uint8Array;
  const other = valid[random(valid.length)] as Uint8Array;
  switch (random(16)) {
    case 0:
      return one;
    case 1:
      return noise(random, random(64));
    case 2:
      return noise(random, random(700));
    case 3:
    case 4:
      return one.subarray(0, random(one.length + 1));
    case 5:
    case 6:
    case 7:
      return flipped(random, one);
    case 8:
    case 9:
      return spliced(one, other, random(one.length + 1), random(other.length + 1));
    case 10:
      return nested(random, one);
    case 11:
      return hugeLength(random, one);
    case 12:
      return spliced(one, one, random(one.length + 1), random(one.length + 1));
    case 13:
      return overwritten(random, one, other);
    default:
      return rehead(random, one);
  }
}

function noise(random: (below: number) => number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = random(256);
  return bytes;
}

function flipped(random: (below: number) => number, one: Uint8Array): Uint8Array {
  const bytes = one.slice();
  if (bytes.length === 0) return bytes;
  for (let flips = 1 + random(3); flips > 0; flips--) {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random(8));
  }
  return bytes;
}

/** A beginning and an end; with one message for both, a piece of it is missing or there twice. */
function spliced(one: Uint8Array, other: Uint8Array, to: number, from: number): Uint8Array {
  const bytes = new Uint8Array(to + other.length - from);
  bytes.set(one.subarray(0, to));
  bytes.set(other.subarray(from), to);
  return bytes;
}

/** Lists in lists, alone or in the place of an item; one in a hundred as deep as a message can be. */
function nested(random: (below: number) => number, one: Uint8Array): Uint8Array {
  const depth = random(100) === 0 ? 60_000 : random(200);
  const head = [0x81, 0x9f, 0x82, 0xa1, 0xc1, 0xd2][random(6)] as number;
  const at = random(one.length + 1);
  const bytes = new Uint8Array(at + depth + 1).fill(head);
  bytes.set(one.subarray(0, at));
  return bytes;
}

function hugeLength(random: (below: number) => number, one: Uint8Array): Uint8Array {
  const at = random(one.length + 1);
  const bytes = new Uint8Array(one.length + 9);
  bytes.set(one.subarray(0, at));
  bytes[at] = HUGE[random(HUGE.length)] as number;
  const zeros = random(8);
  for (let i = 1; i <= 8; i++) bytes[at + i] = i <= zeros ? 0 : random(2) === 0 ? 0xff : random(256);
  bytes.set(one.subarray(at), at + 9);
  return bytes;
}

function overwritten(random: (below: number) => number, one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = one.slice();
  const length = random(Math.min(one.length, other.length, 40) + 1);
  const from = random(other.length - length + 1);
  bytes.set(other.subarray(from, from + length), random(one.length - length + 1));
  return bytes;
}

function rehead(random: (below: number) => number, one: Uint8Array): Uint8Array {
  const bytes = one.slice();
  if (bytes.length > 0) bytes[random(Math.min(bytes.length, 80))] = HEADS[random(HEADS.length)] as number;
  return bytes;
}
