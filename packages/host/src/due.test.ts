import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryStore, type Store } from "@counterfoil/protocols";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Bank, bank, host } from "./group.fixture.ts";
import { faulty } from "./stores/faults.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("what is due", () => {
  /** Turns the clock to `ms`, and lets the timers set until then run. */
  async function turnTo(time: { ms: number }, ms: number): Promise<void> {
    await settleTurns();
    while (time.ms < ms) {
      const step = Math.min(100, ms - time.ms);
      time.ms += step;
      vi.advanceTimersByTime(step);
      await settleTurns();
    }
  }
  async function settleTurns(): Promise<void> {
    for (let turn = 0; turn < 15; turn++) {
      await nextTurn();
      vi.advanceTimersByTime(0);
    }
  }
  const timesOf = async (store: Store, id: string) => (await store.read([{ table: "reminder", id }]))[0]?.row?.times;

  test("runs once at its time, neither before nor again, and its message is sent", async () => {
    const time = { ms: 1_000 };
    const inner = memoryStore();
    const due = vi.fn(inner.due);
    const { submit, told } = await host({ ...inner, due }, { clock: () => time.ms });
    await settleTurns();
    const heard = [
      submit({ kind: "remind", id: "late", atMs: 9_000 }),
      submit({ kind: "remind", id: "soon", atMs: 2_000 }),
    ];
    await settleTurns();
    await Promise.all(heard);
    await turnTo(time, 1_900);
    expect(told.sent).toEqual([]);
    await turnTo(time, 2_000);
    expect(told.sent).toEqual(["soon"]);
    await turnTo(time, 20_000);
    expect(told.sent).toEqual(["soon", "late"]);
    expect(await timesOf(inner, "late")).toBe(1);
    expect(due.mock.calls.length, "no polling").toBeLessThanOrEqual(6);
  });

  test("is found again by the next process, also when its time passed meanwhile", async () => {
    const time = { ms: 1_000 };
    const inner = memoryStore();
    const first = await host(inner, { clock: () => time.ms });
    await settleTurns();
    for (const [id, atMs] of [
      ["passed", 2_000],
      ["ahead", 8_000],
    ] as const) {
      const heard = first.submit({ kind: "remind", id, atMs });
      await settleTurns();
      await heard;
    }
    await first.stop();
    time.ms = 5_000;
    const second = await host(inner, { clock: () => time.ms });
    await settleTurns();
    expect(second.told.sent).toEqual(["passed"]);
    await turnTo(time, 8_000);
    expect(second.told.sent).toEqual(["passed", "ahead"]);
    expect(first.told.sent).toEqual([]);
  });

  test("waits ever longer when it leaves its row as it was, and holds up nobody", async () => {
    const time = { ms: 1_000 };
    const inner = memoryStore();
    const ran: number[] = [];
    const watched: Bank = {
      ...bank,
      decide(command, view, now) {
        if (command.kind === "stuck") ran.push(now);
        return bank.decide(command, view, now);
      },
    };
    const due = vi.fn(inner.due);
    const { submit, told } = await host({ ...inner, due }, { clock: () => time.ms, limits: { due: 1 } }, watched);
    await settleTurns();
    const rows = [
      ["stuck", 1_000],
      ["stuck2", 1_001],
      ["fine", 1_500],
      ["later", 6_000],
    ] as const;
    const heard = rows.map(([id, atMs]) => submit({ kind: "remind", id, atMs }));
    await settleTurns();
    await Promise.all(heard);
    await turnTo(time, 20_000);
    expect(told.sent).toEqual(["fine", "later"]);
    expect(ran.length).toBeGreaterThanOrEqual(6);
    expect(ran.length).toBeLessThanOrEqual(12);
    expect(due.mock.calls.length, "no spinning").toBeLessThanOrEqual(60);
  });

  test("all of a backlog runs, a few at a time", async () => {
    const inner = memoryStore();
    const { epoch } = await inner.acquire();
    const writes = Array.from({ length: 150 }, (_, n) => ({
      table: "reminder",
      id: `r${n}`,
      row: { due_ms: n, times: 0 },
      dueMs: n,
    }));
    await inner.commit({ epoch, nowMs: 1, read: [], writes });
    const { told } = await host(inner, { limits: { due: 20, queue: 0 } }); // deadlines have their own limit
    await turnTo({ ms: 0 }, 1_000);
    expect(told.sent).toHaveLength(150);
    expect(new Set(told.sent).size).toBe(150);
    expect(await inner.nextDue()).toBeNull();
  });

  test("is not missed when it is written while the store is asked what comes next", async () => {
    const time = { ms: 1_000 };
    const inner = memoryStore();
    const due = vi.fn(inner.due);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const nextDue = vi.fn(inner.nextDue).mockImplementationOnce(() => held.then(() => null));
    const { submit, told } = await host({ ...inner, due, nextDue }, { clock: () => time.ms });
    await settleTurns();
    const heard = [
      submit({ kind: "remind", id: "now", atMs: 900 }),
      submit({ kind: "remind", id: "soon", atMs: 2_000 }),
    ];
    await settleTurns();
    await Promise.all(heard);
    expect(due, "one sweep at a time").toHaveBeenCalledTimes(1);
    release();
    await settleTurns();
    expect(told.sent).toEqual(["now"]);
    await turnTo(time, 2_000);
    expect(told.sent).toEqual(["now", "soon"]);
  });

  test("is tried again when the store fails for a moment", async () => {
    const inner = memoryStore();
    const time = { ms: 1_000 };
    const { epoch } = await inner.acquire();
    const row = { table: "reminder", id: "r", row: { due_ms: 1, times: 0 }, dueMs: 1 };
    await inner.commit({ epoch, nowMs: 1, read: [], writes: [row] });
    const { told } = await host(
      faulty(inner, { read: (n) => n < 2, commit: (n) => (n < 2 ? "not-persisted" : null) }),
      {
        clock: () => time.ms,
      },
    );
    await turnTo(time, 10_000);
    expect(told.sent).toEqual(["r"]);
  });
});
