import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryStore, type Store, type View } from "@counterfoil/protocols";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { onBoundary } from "./boundary.ts";
import { Fenced, Overloaded, Stopped, Unknown } from "./failures.ts";
import {
  type Bank,
  bank,
  type Command,
  decideOne,
  host,
  type Outcome,
  pay,
  type Rows,
  SEVEN,
  shapes,
} from "./group.fixture.ts";
import { type CommitFault, faulty } from "./stores/faults.ts";
import { openSqlite } from "./stores/sqlite.ts";

/** Lets every wait of the host pass, by turns of the loop and a clock that is turned by hand, until `promise` settles. */
async function passing<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  for (let turn = 0; turn < 5_000 && !settled; turn++) {
    await nextTurn();
    vi.runOnlyPendingTimers();
  }
  expect(settled, "settles in 5,000 turns").toBe(true);
  return promise;
}

async function ledger(store: Store): Promise<Record<string, bigint>> {
  const rows = await store.page({ table: "account", limit: 99 });
  return Object.fromEntries(rows.map(({ id, row }) => [id, row.minor as bigint]));
}
const PAID = { a0: -9n, a1: -12n, a2: -7n, m: 28n };

/** Every command of seven was applied once, in the order submitted, and each caller heard its own answer. */
async function expectOnceEach(store: Store, heard: readonly { outcome: Outcome; answer: Uint8Array }[]): Promise<void> {
  expect(await ledger(store)).toEqual(PAID);
  expect(heard.map(({ outcome }) => outcome.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(heard.map(({ answer }) => String.fromCharCode(...answer)).join("")).toBe("1234567");
}

const directory = mkdtempSync(join(tmpdir(), "counterfoil-group-"));
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("whatever goes wrong with a commit, every command is applied exactly once:", () => {
  const passingFaults: CommitFault[] = ["not-persisted", "persisted", "conflict"];
  const plans = passingFaults.flatMap((first) => passingFaults.map((second) => [first, second] as const));

  for (const [first, second] of plans) {
    test(`${first} at any commit, ${second} at the next`, async () => {
      for (let at = 0; at < 4; at++) {
        const inner = memoryStore();
        const store = faulty(inner, { commit: (n) => (n === at ? first : n === at + 1 ? second : null) });
        const { submit, told } = await host(store, { limits: { batch: 2 } });
        const heard = await passing(Promise.all(SEVEN.map(submit)));
        await expectOnceEach(inner, heard);
        expect(told.bugs).toEqual([]);
      }
    });
  }

  for (const fault of ["fenced", "fatal"] as const) {
    test(`${fault} at any commit: the host stops for ever, and the next one finishes`, async () => {
      for (let at = 0; at < 4; at++) {
        const inner = memoryStore();
        const first = await host(faulty(inner, { commit: (n) => (n === at ? fault : null) }), { limits: { batch: 2 } });
        const heard = await passing(Promise.allSettled(SEVEN.map(first.submit)));
        const refused = heard.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
        expect(refused).toHaveLength(7 - 2 * at);
        for (const reason of refused) expect(reason).toBeInstanceOf(fault === "fenced" ? Fenced : Stopped);
        expect(first.told.fatal).toEqual([refused[0]]);
        await expect(first.submit(pay(1))).rejects.toBe(refused[0]);
        const second = await host(inner);
        await expectOnceEach(inner, await passing(Promise.all(SEVEN.map(second.submit))));
      }
    });
  }

  test("a read that fails is tried again", async () => {
    const inner = memoryStore();
    const { submit } = await host(faulty(inner, { read: (n) => n < 3 }), { limits: { batch: 2 } });
    await expectOnceEach(inner, await passing(Promise.all(SEVEN.map(submit))));
  });

  test("on sqlite as well", async () => {
    for (const fault of passingFaults) {
      const inner = openSqlite(join(directory, `${fault}.db`), shapes);
      const { submit } = await host(faulty(inner, { commit: (n) => (n % 2 === 0 ? fault : null) }), {
        limits: { batch: 2 },
      });
      await expectOnceEach(inner, await passing(Promise.all(SEVEN.map(submit))));
      await inner.close();
    }
  });

  test("and the check notices an authority that is not idempotent", async () => {
    const forgetful: Bank = { ...bank, decide: (command, view, now) => decideOne(command, forgetting(view), now) };
    const inner = memoryStore();
    const { submit } = await host(faulty(inner, { commit: (n) => (n === 0 ? "persisted" : null) }), {}, forgetful);
    const heard = await passing(Promise.all(SEVEN.map(submit)));
    await expect(expectOnceEach(inner, heard)).rejects.toThrow();
  });

  test("after the last try the callers hear that nobody knows, and the host goes on", async () => {
    let broken = true;
    const inner = memoryStore();
    const { submit } = await host(faulty(inner, { commit: () => (broken ? "persisted" : null) }), {
      limits: { attempts: 3 },
    });
    const heard = await passing(submit(pay(1)).catch((error) => error));
    expect(heard).toBeInstanceOf(Unknown);
    broken = false;
    expect((await passing(submit(pay(1)))).outcome.sequence).toBe(1);
    expect(await ledger(inner)).toEqual({ a1: -1n, m: 1n });
  });

  test("what may have been written is committed over before it is answered", async () => {
    const commits: number[] = [];
    const inner = memoryStore();
    const counted: Store = {
      ...inner,
      commit: (batch) => {
        commits.push(batch.writes.length);
        return inner.commit(batch);
      },
    };
    const { submit } = await host(faulty(counted, { commit: (n) => (n === 0 ? "persisted" : null) }));
    await passing(submit(pay(1)));
    expect(commits).toEqual([4, 0]);
  });
});

describe("durable before visible:", () => {
  /** Whether an answer or a message was to be seen while the write was not yet on disk. */
  async function seenEarly(commitOf: (inner: Store, disk: Promise<void>) => Store["commit"]): Promise<boolean> {
    let finish = () => {};
    let durable = false;
    let early = false;
    const disk = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const inner = memoryStore();
    const look = () => {
      early ||= !durable;
    };
    const { submit, drain } = await host({ ...inner, commit: commitOf(inner, disk) }, { deliver: look });
    const heard = submit(pay(1)).then(look);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    durable = true;
    finish();
    await passing(heard);
    await passing(drain());
    return early;
  }

  test("no answer and no message leaves while the commit is under way", async () => {
    expect(await seenEarly((inner, disk) => (batch) => disk.then(() => inner.commit(batch)))).toBe(false);
  });

  test("and the check notices a store that answers before it has written", async () => {
    expect(await seenEarly((inner) => (batch) => inner.commit(batch))).toBe(true);
  });

  test("the answer is made before the commit, and the messages are sent after the answers", async () => {
    const events: string[] = [];
    const inner = memoryStore();
    const store: Store = {
      ...inner,
      commit: (batch) => {
        events.push("commit");
        return inner.commit(batch);
      },
    };
    const noting: Bank = {
      ...bank,
      answer: (outcome, now) => {
        events.push("answer");
        return bank.answer(outcome, now);
      },
    };
    const stop = onBoundary(({ at }) => void events.push(at));
    const { submit, drain } = await host(store, { deliver: ({ to }) => void events.push(`to ${to}`) }, noting);
    await passing(submit(pay(1)));
    await passing(drain());
    stop();
    const order = [
      "answer",
      "before-commit",
      "commit",
      "after-commit",
      "before-answer",
      "before-send",
      "to m",
      "after-send",
    ];
    expect(events).toEqual(order);
  });

  test("a message that cannot be delivered disturbs nobody", async () => {
    const deliver = vi.fn().mockImplementationOnce(() => {
      throw new Error("no address");
    });
    deliver.mockRejectedValue(new Error("no network"));
    const { submit, told, drain } = await host(memoryStore(), { deliver });
    await passing(Promise.all([pay(1), pay(2)].map(submit)));
    await passing(drain());
    await nextTurn();
    expect(told.bugs.map(String)).toEqual(["Error: no address", "Error: no network"]);
  });
});

describe("a batch", () => {
  test("is what one turn of the loop brought, and decides nothing it need not write", async () => {
    const inner = memoryStore();
    const commit = vi.fn(inner.commit);
    const { submit } = await host({ ...inner, commit });
    await passing(Promise.all([...SEVEN, { kind: "look" } as const].map(submit)));
    expect(commit).toHaveBeenCalledTimes(1);
    expect(commit.mock.lastCall?.[0].read).toContainEqual({ table: "transfer", id: "t1", version: 0, row: undefined });
    await passing(submit({ kind: "look" }));
    await passing(submit(pay(1)));
    expect(commit).toHaveBeenCalledTimes(1);
    await passing(submit({ kind: "fix" }));
    expect(commit).toHaveBeenCalledTimes(2);
  });

  test("reads what was not named in as many rounds as one command is deep", async () => {
    const inner = memoryStore();
    const read = vi.fn(inner.read);
    const { reads: _, ...unnamed } = bank;
    const { submit } = await host({ ...inner, read }, {}, unnamed);
    await passing(Promise.all(Array.from({ length: 100 }, (_, n) => submit(pay(n)))));
    expect(read.mock.calls.length).toBeLessThanOrEqual(5);
  });

  for (const kind of ["bug", "bad-answer", "misfit"] as const) {
    test(`with a bug (${kind}) rejects that one command and no other`, async () => {
      const inner = kind === "misfit" ? openSqlite(join(directory, "misfit.db"), shapes) : memoryStore();
      const { submit, told } = await host(inner);
      const commands: Command[] = [...SEVEN.slice(0, 4), { kind }, ...SEVEN.slice(4)];
      const heard = await passing(Promise.allSettled(commands.map(submit)));
      expect(heard.map(({ status }) => status).indexOf("rejected")).toBe(4);
      const fine = heard.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      await expectOnceEach(inner, fine);
      expect(told.bugs).toHaveLength(1);
      expect(told.fatal).toEqual([]);
    });
  }

  test("refuses at once what the queue does not hold, and takes more later", async () => {
    const inner = memoryStore();
    const { submit } = await host(inner, { limits: { queue: 3 } });
    const heard = await passing(Promise.allSettled(SEVEN.map(submit)));
    expect(heard.map(({ status }) => status === "fulfilled")).toEqual([true, true, true, false, false, false, false]);
    expect((heard[3] as PromiseRejectedResult).reason).toBeInstanceOf(Overloaded);
    expect((await passing(submit(pay(4)))).outcome.sequence).toBe(4);
  });

  test("stop settles what is queued and refuses the rest", async () => {
    const inner = memoryStore();
    const { submit, stop, told } = await host(inner);
    const heard = Promise.all(SEVEN.map(submit));
    const stopped = stop();
    await expect(submit(pay(8))).rejects.toBeInstanceOf(Stopped);
    await passing(stopped);
    await expectOnceEach(inner, await heard);
    expect(told.fatal).toEqual([]);
  });
});

test("now never goes back, not with the clock and not over a restart", async () => {
  const inner = memoryStore();
  let clock = 5_000;
  const first = await host(inner, { clock: () => clock });
  const nowOf = async (hosted: typeof first) => (await passing(hosted.submit({ kind: "fix" }))).outcome.now;
  expect(await nowOf(first)).toBe(5_000);
  clock = 3_000;
  expect([first.now(), await nowOf(first)]).toEqual([5_000, 5_000]);
  const second = await host(inner, { clock: () => clock });
  expect([second.now(), await nowOf(second)]).toEqual([5_000, 5_000]);
  clock = 6_000;
  expect(await nowOf(second)).toBe(6_000);
});

function forgetting(view: View<Rows>): View<Rows> {
  return { get: (table, id) => (table === "transfer" ? undefined : view.get(table, id)) };
}
