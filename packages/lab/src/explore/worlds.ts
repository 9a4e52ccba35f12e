/**
 * Worlds as rows of one width of whole numbers, each kept once, in the order in which they were found. Ten million worlds of
 * twelve numbers take 700 MB so; as strings in a Set they would take four times as much.
 */

export interface Worlds {
  readonly size: number;
  readonly bytes: number;
  /** Its place, or -1 where it was there before. @param parent the place of the world that led to it. */
  add(row: Int32Array, parent: number): number;
  read(place: number, into: Int32Array): void;
  parentOf(place: number): number;
}

/** Worlds are kept so many at a time: for a search of millions, and for one of some hundreds. */
const [CHUNK_BITS, FEW_BITS] = [16, 6];
const FREE = -1;

/** @param areFew room for some hundreds is made: a search that asks for many small ones would else mostly make room. */
export function worldsOf(width: number, areFew = false): Worlds {
  const bits = areFew ? FEW_BITS : CHUNK_BITS;
  const chunk = 1 << bits;
  const chunks: Int32Array[] = [];
  const parents: Int32Array[] = [];
  let size = 0;
  let slots = new Int32Array(chunk / 4).fill(FREE);

  const isAt = (place: number, row: Int32Array): boolean => {
    const at = chunks[place >>> bits] as Int32Array;
    const from = (place & (chunk - 1)) * width;
    for (let i = 0; i < width; i++) if (at[from + i] !== row[i]) return false;
    return true;
  };
  const slotOf = (row: Int32Array): number => {
    const mask = slots.length - 1;
    let slot = hash(row, 0, width) & mask;
    while (slots[slot] !== FREE) {
      if (isAt(slots[slot] as number, row)) return -1 - slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  };
  const grow = (): void => {
    slots = new Int32Array(slots.length * 2).fill(FREE);
    for (let place = 0; place < size; place++) {
      const at = chunks[place >>> bits] as Int32Array;
      // What is in the table is there once, so a place is found without comparing.
      let slot = hash(at, (place & (chunk - 1)) * width, width) & (slots.length - 1);
      while (slots[slot] !== FREE) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = place;
    }
  };

  return {
    get size() {
      return size;
    },
    get bytes() {
      return 4 * (slots.length + chunks.length * chunk * (width + 1));
    },
    add(row, parent) {
      const slot = slotOf(row);
      if (slot < 0) return -1;
      if ((size & (chunk - 1)) === 0) {
        chunks.push(new Int32Array(chunk * width));
        parents.push(new Int32Array(chunk));
      }
      (chunks[size >>> bits] as Int32Array).set(row, (size & (chunk - 1)) * width);
      (parents[size >>> bits] as Int32Array)[size & (chunk - 1)] = parent;
      slots[slot] = size;
      size += 1;
      // Half full at most: a longer way to a free slot costs more than the room.
      if (size * 2 > slots.length) grow();
      return size - 1;
    },
    read(place, into) {
      const from = (place & (chunk - 1)) * width;
      into.set((chunks[place >>> bits] as Int32Array).subarray(from, from + width));
    },
    parentOf: (place) => (parents[place >>> bits] as Int32Array)[place & (chunk - 1)] as number,
  };
}

/** MurmurHash3's mixing, over whole numbers. */
function hash(row: Int32Array, from: number, width: number): number {
  let h = width;
  for (let i = from; i < from + width; i++) {
    let k = Math.imul(row[i] as number, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
