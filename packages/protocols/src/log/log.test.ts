/** The log's rules, each of them: what is entered, what is refused and why, and that a repeat is answered as before. */
import { decode, encode } from "@counterfoil/base";
import { H, portableCrypto } from "@counterfoil/crypto";
import { afterEach, describe, expect, test } from "vitest";
import {
  admitPublish,
  contentHashOf,
  ENTRY_LIMIT_BYTES,
  entryId,
  entrySchema,
  log,
  logQuery,
  oneOutcome,
  paidLeafOf,
  readLogged,
  treeIsTiles,
} from "./index.ts";
import {
  abortOf,
  altered,
  commitOf,
  declineOf,
  headBy,
  headOf,
  type LogBench,
  logBench,
  logSale,
  openedOf,
  openOf,
  paidOf,
  post,
  publish,
  query,
  RETENTION_MS,
  SALE_MS,
  START,
  sizeOf,
  tableOf,
} from "./log.fixture.ts";

const crypto = await portableCrypto();
const DEADLINE = START + SALE_MS;
const LATE = DEADLINE + RETENTION_MS + 1;

let at: LogBench;
function fresh(changes: Parameters<typeof logBench>[1] = {}): LogBench {
  at = logBench(crypto, changes);
  return at;
}

afterEach(() => {
  const logs = {
    crypto,
    descriptor: at.descriptor,
    rows: <N extends Parameters<typeof tableOf>[1]>(table: N) => tableOf(at.desk.rows, table),
  };
  for (const claim of [treeIsTiles, oneOutcome]) expect(claim.refute(logs)).toBeNull();
});

function entryAt(index: number) {
  const row = at.desk.view.get("log_entry", entryId(index));
  const entry = decode(entrySchema, row?.entry as Uint8Array, ENTRY_LIMIT_BYTES);
  if (!entry.ok) throw new Error("no entry");
  return entry.value;
}

describe("a sale that is paid", () => {
  test("is opened, committed, opened to everybody and paid: four entries that anybody can check", () => {
    fresh();
    const sale = logSale(at, "one");
    const { recKey } = sale;
    expect(post(at, openOf(at, sale), START)).toEqual([0]);
    expect(post(at, commitOf(at, sale), START + 1)).toEqual([1]);
    expect(post(at, openedOf(at, sale), START + 2)).toEqual([2]);
    expect(post(at, paidOf(at, [sale], START + 1), START + 3)).toEqual([3]);
    const hashOf = (kind: "open" | "committed") => contentHashOf(crypto, kind, at.bank.publicKey, sale.slipHash);
    expect(entryAt(0)).toEqual({ kind: "open", recKey, contentHash: hashOf("open"), timeMs: START });
    expect(entryAt(1)).toEqual({ kind: "committed", recKey, contentHash: hashOf("committed"), timeMs: START + 1 });
    expect(entryAt(2)).toEqual({ kind: "opened", recKey, opening: sale.opening, timeMs: START + 2 });
    expect(query(at, recKey, START + 3)).toEqual([]);
    publish(at, START + 4);
    const logged = query(at, recKey, START + 4);
    expect(logged.map((bytes) => readLogged(crypto, at.id, bytes)?.entry.kind)).toEqual([
      "open",
      "committed",
      "opened",
      "paid",
    ]);
    const leaf = paidLeafOf(crypto, sale.slip, sale.slipHash, logged[3] as Uint8Array);
    expect(leaf).toMatchObject({ recKey, timeMs: START + 1, log: at.id });
  });

  test("what is past the newest head is not answered yet", () => {
    fresh();
    const sale = logSale(at, "one");
    post(at, openOf(at, sale), START);
    publish(at, START + 1);
    post(at, commitOf(at, sale), START + 2);
    expect(query(at, sale.recKey, START + 3)).toHaveLength(1);
    publish(at, START + 4);
    expect(query(at, sale.recKey, START + 5)).toHaveLength(2);
    expect(query(at, H(crypto, "another"), START + 5)).toEqual([]);
  });
});

describe("the log refuses", () => {
  const other = () => logBench(crypto, {}, "other");
  const stranger = crypto.signingKey(crypto.sha256(Uint8Array.of(7)));
  const openWith = (changes: Parameters<typeof logSale>[2]) => openOf(at, logSale(at, "one", changes));
  const elsewhere = (id: string) => openOf({ ...at, id }, logSale(at, "one"));
  const committed = (commit: (sale: ReturnType<typeof logSale>) => Uint8Array) => {
    const sale = logSale(at, "one");
    post(at, openOf(at, sale), START);
    return commit(sale);
  };
  const cases: readonly [string, () => Uint8Array, string][] = [
    ["a posting to another log", () => elsewhere(other().id), "wrong-log"],
    ["what is another log's in everything", () => openOf(other(), logSale(other(), "one")), "wrong-log"],
    ["a slip that names another log", () => openWith({ slip: { log: other().id } }), "wrong-log"],
    ["a slip that names none", () => openWith({ slip: { log: null } }), "wrong-log"],
    ["a bank it does not serve", () => openWith({ slip: { bank: stranger.publicKey } }), "unknown-bank"],
    ["a slip that its merchant has not signed", () => openWith({ slipBy: stranger }), "wrong-slip"],
    ["a slip of another exchange", () => openWith({ slip: { mode: "optimistic" } }), "wrong-slip"],
    ["a tid that is not of the slip", () => openWith({ slip: { tid: H(crypto, "tid") } }), "wrong-slip"],
    ["a LOCK that the bank has not signed", () => openWith({ lockBy: stranger }), "wrong-lock"],
    ["a LOCK of another bank's", () => openWith({ lock: { bank: stranger.publicKey } }), "wrong-lock"],
    ["a LOCK for another log", () => openWith({ lock: { log: other().id } }), "wrong-lock"],
    ["a LOCK of another tid", () => openWith({ lock: { tid: H(crypto, "tid") } }), "wrong-lock"],
    ["a LOCK of another slip", () => openWith({ lock: { slipHash: H(crypto, "slip") } }), "wrong-lock"],
    ["a LOCK that has seen more of the tree than there is", () => openWith({ lock: { treeSize: 1 } }), "wrong-lock"],
    [
      "a commit that the merchant has not signed",
      () => committed((s) => commitOf(at, s, {}, stranger)),
      "wrong-commit",
    ],
    ["a commit in another log", () => committed((s) => commitOf(at, s, { log: other().id })), "wrong-commit"],
    [
      "a commit of another slip",
      () => committed((s) => commitOf(at, s, { slipHash: H(crypto, "slip") })),
      "wrong-commit",
    ],
    [
      "a decline that the merchant has not signed",
      () => declineOf(at, logSale(at, "one"), {}, stranger),
      "wrong-decline",
    ],
    ["a decline in another log", () => declineOf(at, logSale(at, "one"), { log: other().id }), "wrong-decline"],
    [
      "a decline of another slip",
      () => declineOf(at, logSale(at, "one"), { slipHash: H(crypto, "slip") }),
      "wrong-decline",
    ],
    [
      "an opening that opens nothing",
      () => openedOf(at, logSale(at, "one"), logSale(at, "two").opening),
      "wrong-opening",
    ],
    ["a commit without OPEN", () => commitOf(at, logSale(at, "one")), "not-open"],
    ["an opening without a commit", () => committed((s) => openedOf(at, s)), "not-committed"],
  ];

  test.each(cases)("%s", (_, message, reason) => {
    fresh();
    expect(post(at, message(), START)).toBe(reason);
  });

  test("takes any bank's where it serves all of them", () => {
    fresh({ banks: null });
    const slip = { bank: stranger.publicKey };
    expect(post(at, openOf(at, logSale(at, "one", { slip, lockBy: stranger })), START)).toEqual([0]);
  });

  test("what is no message of its own is not answered", () => {
    fresh();
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0x80), altered(openOf(at, logSale(at, "one")), 3)]) {
      expect(at.desk.authority.admit(bytes, START)).toEqual({ ok: false, reason: "malformed" });
    }
    const wrong = at.desk.authority.admit(encode(logQuery, { log: other().id, recKey: H(crypto, "x") }), START);
    expect(wrong).toMatchObject({ ok: true, value: { kind: "refuse", reason: "wrong-log" } });
  });
});

describe("the deadline, on the log's clock", () => {
  test("OPEN and COMMITTED are entered at it, and not after; the refusal fixes the time", () => {
    fresh();
    const [one, two] = [logSale(at, "one"), logSale(at, "two")];
    expect(post(at, openOf(at, one), DEADLINE)).toEqual([0]);
    expect(post(at, commitOf(at, one), DEADLINE)).toEqual([1]);
    expect(post(at, openOf(at, two), DEADLINE)).toEqual([2]);
    expect(post(at, commitOf(at, two), DEADLINE + 1)).toBe("expired");
    expect(post(at, openOf(at, logSale(at, "three")), DEADLINE + 1)).toBe("expired");
    const admitted = at.desk.authority.admit(commitOf(at, two), DEADLINE + 1);
    if (!admitted.ok) throw new Error(admitted.reason);
    expect(at.desk.authority.decide(admitted.value, at.desk.view, DEADLINE + 1).fixesTime).toBe(true);
  });

  test("ABORTED is entered after it from whoever has the LOCK, with or without OPEN", () => {
    fresh();
    const [one, two] = [logSale(at, "one"), logSale(at, "two")];
    post(at, openOf(at, one), START);
    expect(post(at, abortOf(at, one), DEADLINE)).toBe("not-expired");
    expect(post(at, abortOf(at, one), DEADLINE + 1)).toEqual([1]);
    expect(post(at, abortOf(at, two), DEADLINE + 1)).toEqual([2]);
  });

  test("before it, ABORTED takes the merchant's own decline", () => {
    fresh();
    const sale = logSale(at, "one");
    expect(post(at, declineOf(at, sale), START)).toEqual([0]);
    expect(post(at, openOf(at, sale), START)).toBe("already-decided");
  });
});

describe("one outcome, ever", () => {
  test("none after COMMITTED", () => {
    fresh();
    const sale = logSale(at, "one");
    post(at, openOf(at, sale), START);
    post(at, commitOf(at, sale), START);
    expect(post(at, declineOf(at, sale), START)).toBe("already-decided");
    expect(post(at, abortOf(at, sale), DEADLINE + 1)).toBe("already-decided");
    expect(sizeOf(at)).toBe(2);
  });

  test("none after ABORTED, and no v", () => {
    fresh();
    const sale = logSale(at, "one");
    post(at, openOf(at, sale), START);
    post(at, declineOf(at, sale), START);
    expect(post(at, commitOf(at, sale), START)).toBe("already-decided");
    expect(post(at, openedOf(at, sale), START)).toBe("not-committed");
    expect(post(at, paidOf(at, [sale], START), START)).toBe("already-decided");
    expect(sizeOf(at)).toBe(2);
  });

  test("another slip of an opened contract is refused in everything", () => {
    fresh();
    const sale = logSale(at, "one");
    const twin = logSale(at, "one", { slip: { priceMinor: 1n } });
    expect(twin.recKey).toBe(sale.recKey);
    post(at, openOf(at, sale), START);
    for (const message of [openOf(at, twin), commitOf(at, twin), declineOf(at, twin), openedOf(at, twin)]) {
      expect(post(at, message, START)).toBe("other-slip-open");
    }
    post(at, commitOf(at, sale), START);
    expect(post(at, openedOf(at, twin), START)).toBe("other-slip-open");
    expect(post(at, paidOf(at, [twin], START), START)).toBe("other-slip-open");
    expect(sizeOf(at)).toBe(2);
  });

  test("past the retention nothing is entered, before the purge and after it", () => {
    fresh();
    const [sale, unseen] = [logSale(at, "one"), logSale(at, "two")];
    post(at, openOf(at, sale), START);
    post(at, declineOf(at, sale), START);
    const everything = [
      openOf(at, sale),
      commitOf(at, sale),
      abortOf(at, sale),
      openedOf(at, sale),
      abortOf(at, unseen),
    ];
    for (const purged of [false, true]) {
      if (purged) purge(LATE);
      for (const message of everything) expect(post(at, message, LATE)).toBe("too-late");
    }
    expect(tableOf(at.desk.rows, "log_record")).toEqual([]);
    expect(sizeOf(at)).toBe(2);
  });
});

test("a record outlives everything that it keeps a second of out", () => {
  fresh();
  const sale = logSale(at, "one");
  post(at, openOf(at, sale), START);
  post(at, commitOf(at, sale), START);
  post(at, paidOf(at, [sale], DEADLINE + 5), DEADLINE + 5);
  post(at, openedOf(at, sale), DEADLINE + 6);
  purge(LATE);
  expect(post(at, paidOf(at, [sale], DEADLINE + 6), LATE)).toBe("already-decided");
  expect(post(at, paidOf(at, [sale], DEADLINE + 5), LATE)).toEqual([2]);
});

describe("a repeat", () => {
  test("of anything gets the same bytes and writes nothing", () => {
    fresh();
    const sale = logSale(at, "one");
    const aborted = logSale(at, "two");
    const messages = [
      openOf(at, sale),
      commitOf(at, sale),
      openedOf(at, sale),
      paidOf(at, [sale], START),
      declineOf(at, aborted),
    ];
    const answers = messages.map((message) => at.desk.hear(message, START));
    const before = new Map(at.desk.rows);
    for (const now of [START, START + 1, DEADLINE + 5]) {
      messages.forEach((message, i) => {
        expect(at.desk.hear(message, now)).toEqual(answers[i]);
      });
    }
    expect(at.desk.rows).toEqual(before);
    expect(post(at, abortOf(at, aborted), DEADLINE + 5)).toEqual([4]);
  });
});

describe("the purge", () => {
  test("deletes entries and records past the retention, and no proof breaks", () => {
    fresh();
    const old = logSale(at, "old");
    const young = logSale(at, "young", { slip: { notAfterMs: DEADLINE + RETENTION_MS } });
    post(at, openOf(at, old), START);
    post(at, openOf(at, young), START);
    for (let i = 0; i < 300; i++) post(at, openOf(at, logSale(at, `sale ${i}`)), START);
    publish(at, START + 1);
    const [before] = query(at, young.recKey, START + 1);
    expect(purge(LATE - 1)).toBe(0);
    expect(purge(LATE)).toBe(602);
    expect(query(at, old.recKey, LATE)).toEqual([]);
    expect(query(at, young.recKey, LATE)).toEqual([before]);
    expect(post(at, abortOf(at, young), LATE + RETENTION_MS - 1)).toEqual([302]);
  });
});

/** Runs what is due, as a host would. @returns how many rows went. */
function purge(now: number): number {
  const { due } = log(at.config);
  const before = at.desk.rows.size;
  for (const table of ["log_entry", "log_record"] as const) {
    for (const [id, row] of tableOf(at.desk.rows, table)) {
      const rule = due?.[table] as ((id: string, row: object) => { atMs: number; command: never }) | undefined;
      const wanted = rule?.(id, row);
      if (wanted === undefined) continue;
      // Too early, it does nothing.
      at.desk.decide(wanted.command, wanted.atMs - 1);
      expect(at.desk.rows.has(`${table}/${id}`)).toBe(true);
      if (wanted.atMs <= now) at.desk.decide(wanted.command, now);
    }
  }
  return before - at.desk.rows.size;
}

describe("heads", () => {
  test("a checkpoint is the tree as it stands, at an instant that no entry will be before", () => {
    fresh();
    post(at, openOf(at, logSale(at, "one")), START);
    const decision = at.desk.decide({ kind: "checkpoint" }, START + 9);
    expect(decision).toMatchObject({ fixesTime: true, outcome: { head: { size: 1, timeMs: START + 9 } } });
    expect(headOf(at, publish(at, START + 9)).size).toBe(1);
  });

  test("one that a quorum has not cosigned is not published, nor one of another tree, nor an older one", () => {
    fresh();
    post(at, openOf(at, logSale(at, "one")), START);
    const first = publish(at, START + 1);
    const head = headOf(at, first);
    const stand = () => at.desk.view.get("log_head", "own")?.note;
    const unsigned = at.desk.authority.answer(at.desk.decide({ kind: "checkpoint" }, START + 2).outcome, START + 2);
    expect(admitPublish(at.config, unsigned)).toEqual({ ok: false, reason: "wrong-note" });
    const others = [
      { ...head, timeMs: START + 3, root: altered(head.root) },
      { ...head, timeMs: START + 3, size: 2 },
      { ...head, timeMs: START + 3, size: 0, root: crypto.sha256(new Uint8Array(0)) },
      { ...head, timeMs: START },
    ];
    for (const other of others) {
      const command = admitPublish(at.config, headBy(at, other, START + 3));
      if (!command.ok) throw new Error(command.reason);
      expect(at.desk.decide(command.value, START + 3).writes).toEqual([]);
    }
    expect(stand()).toEqual(first);
    const next = publish(at, START + 4);
    expect(stand()).toEqual(next);
  });

  test("a log with another key, a name twice or a quorum that it cannot have does not start", () => {
    fresh();
    const { config, descriptor } = at;
    const [ann] = descriptor.witnesses;
    const wrong = [
      { ...config, key: at.bank },
      { ...config, descriptor: { ...descriptor, quorum: 4 } },
      { ...config, descriptor: { ...descriptor, origin: "a log" } },
      { ...config, descriptor: { ...descriptor, witnesses: [ann, ann].filter((each) => each !== undefined) } },
    ];
    for (const each of wrong) expect(() => log(each)).toThrow("assertion failed");
  });
});
