/**
 * The validated receipt: what it costs to know, before paying, that v will open exactly the certified goods, against the bare
 * scalar multiplications that the statement needs, on the same library, by turns in the same run. Beside it the proofs of
 * a registration, which a buyer checks once for a certificate, and of a trustee's answer. `node bench/receipt.ts [seconds]`
 */
import {
  answerHolds,
  answerWith,
  type Crypto,
  encryptedBytes,
  H,
  PIECE_BYTES,
  type Point,
  pieceLeaf,
  raw,
  type Scalar,
  scalarFrom,
  treeRoot,
} from "@counterfoil/crypto";
import { nodeCrypto } from "@counterfoil/host";
import {
  type Certificate,
  certHashOf,
  escrowHolds,
  goodsPointOf,
  type Label,
  makeEscrow,
  makeOffer,
  offerHolds,
} from "@counterfoil/protocols/contract";

/**
 * Every multiplication by which each is done, read off the statements (P§2C *Offer*, *Registration*, *Dispute*). A point
 * before `·G` is a multiple of the base, which costs a third of any other point's.
 */
const WORK = {
  checkOffer: ["z_a·G − c·A", "z_b·G − c·A'", "z_a·Y − z_b·V − c·(D − D')"],
  makeOffer: ["V = v·G", "A' = b·G", "D' = P + b·V", "T1 = s·G", "T2 = u·G", "T3 = s·Y − u·V"],
  checkRegistration: ["z·G − c·A", "z·Ḡ − c·Ā"],
  makeAnswer: ["Y_i = y·G", "R = r·G", "U = r·X − y·A", "T1 = s·G", "T2 = u·G", "T3 = s·X − u·A"],
  checkAnswer: ["z_r·G − c·R", "z_y·G − c·Y_i", "z_r·X − z_y·A − c·U"],
} as const;
type Job = keyof typeof WORK;

const NAMES: Readonly<Record<Job, string>> = {
  checkOffer: "check an offer",
  makeOffer: "make an offer",
  checkRegistration: "check a registration, once",
  makeAnswer: "make a trustee's answer",
  checkAnswer: "check a trustee's answer",
};

/** Of the goods; nothing but the certificate says so. */
const SIZES = { "1 kB": 1_000, "1 MB": 1_000_000, "1 GiB": 2 ** 30 } as const;
type Size = keyof typeof SIZES;
const SIZE_NAMES = Object.keys(SIZES) as Size[];

interface Against {
  readonly micros: number;
  /** Its multiplications alone. */
  readonly floorMicros: number;
  readonly ratio: number;
  readonly base: number;
  readonly any: number;
}

export interface ReceiptFigures {
  readonly jobs: Readonly<Record<Job, Against>>;
  /** Checking the offer of goods of that size. */
  readonly checkMicros: Readonly<Record<Size, number>>;
  /** Hashing the download of that size, in memory: what a buyer does beside it. */
  readonly hashMicros: Readonly<Record<Size, number>>;
  readonly hashBytesPerSecond: number;
}

export async function measureReceipt(seconds: number): Promise<ReceiptFigures> {
  const crypto = await nodeCrypto();
  const runs = SIZE_NAMES.map((size) => ({ size, ...casesOf(crypto, SIZES[size]) }));
  const [first] = runs as [(typeof runs)[number]];
  const names = Object.keys(WORK) as Job[];
  const tasks = [
    ...names.flatMap((name) => {
      const needed = neededBy(name, counted(crypto, SIZES["1 kB"], name));
      return [first.cases[name], bareWork(crypto, needed)];
    }),
    ...runs.map(({ cases }) => cases.checkOffer),
  ];
  const micros = byTurns(tasks, seconds * 1_000);
  const jobs = names.map((name, at): [Job, Against] => {
    const [spent, floorMicros] = micros.slice(2 * at) as [number, number];
    return [name, { micros: spent, floorMicros, ratio: spent / floorMicros, ...multiplicationsIn(WORK[name]) }];
  });
  const perSize = (values: readonly number[]) =>
    Object.fromEntries(SIZE_NAMES.map((size, at) => [size, values[at]])) as Record<Size, number>;
  const hashMicros = perSize(SIZE_NAMES.map((size) => hashingMicros(crypto, SIZES[size])));
  return {
    jobs: Object.fromEntries(jobs) as Record<Job, Against>,
    checkMicros: perSize(micros.slice(2 * names.length)),
    hashMicros,
    hashBytesPerSecond: (SIZES["1 GiB"] / hashMicros["1 GiB"]) * 1e6,
  };
}

interface Needed {
  readonly base: number;
  readonly any: number;
}

/** The list is what is counted, so that what is printed is what is measured. */
function multiplicationsIn(work: readonly string[]): Needed {
  const all = work.join().match(/·/g)?.length ?? 0;
  const base = work.join().match(/·G/g)?.length ?? 0;
  return { base, any: all - base };
}

/** A list that is longer than what is done would flatter the ratio. */
function neededBy(name: Job, done: Needed): Needed {
  const listed = multiplicationsIn(WORK[name]);
  if (listed.base > done.base || listed.any > done.any) throw new Error(`${NAMES[name]} does less than is listed`);
  return listed;
}

/** How many multiplications one run really makes. */
function counted(crypto: Crypto, bytes: number, name: Job): Needed {
  const done = { base: 0, any: 0 };
  const group: Crypto["group"] = {
    ...crypto.group,
    base(k) {
      done.base += 1;
      return crypto.group.base(k);
    },
    multiply(k, point) {
      done.any += 1;
      return crypto.group.multiply(k, point);
    },
  };
  const { cases } = casesOf({ ...crypto, group }, bytes);
  Object.assign(done, { base: 0, any: 0 });
  cases[name]();
  return done;
}

function bareWork(crypto: Crypto, { base, any }: Needed): () => void {
  const scalars = Array.from({ length: base + any }, (_, i) => scalar(crypto, `bare ${i}`));
  const points = scalars.map((each) => crypto.group.base(each));
  return () => {
    for (let i = 0; i < base; i++) crypto.group.base(scalars[i] as Scalar);
    for (let i = base; i < base + any; i++) crypto.group.multiply(scalars[i] as Scalar, points[i] as Point);
  };
}

function scalar(crypto: Crypto, name: string): Scalar {
  return scalarFrom(crypto, raw(H(crypto, "bench")), name);
}

/** One of everything, for goods of this size. Each throws where a proof does not hold. */
function casesOf(crypto: Crypto, contentBytes: number): { readonly cases: Readonly<Record<Job, () => void>> } {
  const { group } = crypto;
  const point = (name: string) => group.base(scalar(crypto, name));
  const seed = raw(H(crypto, "bench seed"));
  const certificate = certificateOf(crypto, contentBytes, seed, point("y"));
  const certified = { ...certificate, certHash: certHashOf(crypto, certificate) };
  const goods = goodsPointOf(crypto, seed, REGISTRATION);
  const tid = H(crypto, "bench tid", contentBytes);
  const offer = makeOffer(crypto, seed, tid, goods, certified);
  const asked = {
    head: raw(certificate.escrow.head),
    disputes: point("x"),
    context: ["answer/1", raw(certificate.group), 1, raw(tid)],
  };
  const share = scalar(crypto, "y 1");
  const known = { ...asked, publicShare: group.base(share) };
  const answer = answerWith(crypto, { ...asked, share });
  const cases = {
    checkOffer: () => must(offerHolds(crypto, offer, certified)),
    makeOffer: () => makeOffer(crypto, seed, tid, goods, certified),
    checkRegistration: () => must(escrowHolds(crypto, certificate)),
    makeAnswer: () => answerWith(crypto, { ...asked, share }),
    checkAnswer: () => must(answerHolds(crypto, known, answer)),
  };
  return { cases };
}

const REGISTRATION = "07".repeat(32);

function certificateOf(crypto: Crypto, contentBytes: number, seed: Uint8Array, key: Point): Certificate {
  const hash = (name: string) => H(crypto, "bench", name);
  const label: Label = {
    merchant: hash("merchant"),
    pid: hash("pid"),
    version: 1,
    descriptionHash: hash("description"),
    contentBytes,
    contentHash: hash("content"),
    fileBytes: encryptedBytes(contentBytes),
    pieceBytes: PIECE_BYTES,
    root: hash("root"),
    keyCommitment: hash("kc"),
    group: hash("group"),
    groupKey: Buffer.from(key).toString("hex"),
  };
  return {
    ...label,
    certifier: hash("certifier"),
    escrow: makeEscrow(crypto, label, goodsPointOf(crypto, seed, REGISTRATION)),
  };
}

function must(holds: boolean): void {
  if (!holds) throw new Error("a proof does not hold");
}

/** A turn of each: some 5 ms, short against whatever else the machine does. */
const TURN = 5;

/**
 * Each task's microseconds of CPU: the lower quartile of its turns, the first of which are warm-up. What disturbs a turn
 * only ever makes it longer, and the same for all.
 */
function byTurns(tasks: readonly (() => unknown)[], forMs: number): readonly number[] {
  const turns: number[][] = tasks.map(() => []);
  const warmUntil = performance.now() + forMs / 5;
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    const warm = performance.now() > warmUntil;
    tasks.forEach((task, at) => {
      const spent = microsOf(task, TURN);
      if (warm) turns[at]?.push(spent);
    });
  }
  return turns.map((each) => each.sort((a, b) => a - b)[Math.floor(each.length / 4)] ?? Number.NaN);
}

function microsOf(task: () => unknown, count: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Bytes held at a time; a larger download is as many times these. */
const HELD_BYTES = 64 * PIECE_BYTES;
/** Small downloads are hashed so often, to have something to measure. */
const LEAST_BYTES = 64 * PIECE_BYTES;

/** As a buyer checks a download: a hash of every piece, and the tree over them. */
function hashingMicros(crypto: Crypto, contentBytes: number): number {
  const fileBytes = encryptedBytes(contentBytes);
  const held = crypto.random(Math.min(fileBytes, HELD_BYTES));
  const hash = () => {
    const leaves: Uint8Array[] = [];
    for (let at = 0; at < fileBytes; at += PIECE_BYTES) {
      const from = at % HELD_BYTES;
      leaves.push(pieceLeaf(crypto, held.subarray(from, from + Math.min(PIECE_BYTES, fileBytes - at))));
    }
    treeRoot(crypto, new Uint8Array(Buffer.concat(leaves)));
  };
  const times = Math.max(1, Math.floor(LEAST_BYTES / fileBytes));
  if (times > 1) microsOf(hash, times); // warm
  return microsOf(hash, times);
}

/** What the table shows. */
export function receiptRows({ jobs, checkMicros, hashMicros, hashBytesPerSecond }: ReceiptFigures): [string, string][] {
  const whole = (micros: number) => (micros < 10_000 ? `${micros.toFixed(0)} µs` : `${(micros / 1_000).toFixed(0)} ms`);
  const sizes = (micros: Readonly<Record<Size, number>>) =>
    SIZE_NAMES.map((size) => `${size} ${whole(micros[size])}`).join(", ");
  return [
    ...(Object.entries(jobs) as [Job, Against][]).flatMap(([name, job]): [string, string][] => [
      [
        NAMES[name],
        `${whole(job.micros)}, its multiplications ${whole(job.floorMicros)}, ratio ${job.ratio.toFixed(2)}`,
      ],
      [`    ${job.base} × base, ${job.any} × any point`, WORK[name].join("; ")],
    ]),
    ["check an offer, by size of goods", sizes(checkMicros)],
    ["  hashing the download beside it", `${sizes(hashMicros)}; ${(hashBytesPerSecond / 1e6).toFixed(0)} MB/s`],
  ];
}

if (import.meta.main) {
  const figures = await measureReceipt(Number(process.argv[2] ?? 20));
  for (const [name, value] of receiptRows(figures)) console.log(`${name.padEnd(34)} ${value}`);
  console.log(JSON.stringify(figures));
}
