/** The batch, the view, the session and the store that forgets: what every protocol stands on. */
import { count, type Instant, record, text, union } from "@counterfoil/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Decision, Write } from "./authority.ts";
import { decideBatch, Missing, placeOf, viewOf } from "./batch.ts";
import { desk } from "./desk.fixture.ts";
import { type Machine, sessions } from "./machine.ts";
import { memoryStore } from "./memory.ts";

type Counters = { counter: { value: number } };
type Command = { readonly kind: "add" | "remove" | "look" | "wait" | "break"; readonly id: string };

/** Counts up to three, and knows no more. */
const counting = {
  decide(
    command: Command,
    view: { get(table: "counter", id: string): { value: number } | undefined },
  ): Decision<Counters, number> {
    const value = view.get("counter", command.id)?.value ?? 0;
    const put = (row: { value: number } | null): Write<Counters> => ({ table: "counter", id: command.id, row });
    if (command.kind === "add" && value < 3) return { writes: [put({ value: value + 1 })], outcome: value + 1 };
    if (command.kind === "remove") return { writes: [put(null)], outcome: 0 };
    if (command.kind === "wait") return { writes: [], outcome: value, fixesTime: true };
    if (command.kind === "break") throw new Error("planted");
    return { writes: [], outcome: value };
  },
};

const commands: fc.Arbitrary<Command> = fc.record({
  kind: fc.constantFrom("add", "add", "remove", "look", "wait", "break"),
  id: fc.constantFrom("a", "b", "c"),
});

describe("a batch", () => {
  test("decides as its commands would one after the other, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 20 }), fc.nat(20), (all, cut) => {
        const [whole, parts] = [new Map<string, { value: number }>(), new Map<string, { value: number }>()];
        const outcomes = run(all, whole);
        expect([...run(all.slice(0, cut), parts), ...run(all.slice(cut), parts)]).toEqual(outcomes);
        expect(parts).toEqual(whole);
      }),
    );
  });

  function run(all: readonly Command[], rows: Map<string, { value: number }>): readonly unknown[] {
    const view = { get: (_table: string, id: string) => rows.get(id) } as never;
    const { decisions, writes } = decideBatch<Counters, Command, number, never>(counting as never, all, view, 0);
    expect(new Set(writes.map(({ id }) => id)).size, "one write a row").toBe(writes.length);
    for (const { id, row } of writes) {
      if (row === null) rows.delete(id);
      else rows.set(id, row);
    }
    return decisions.map((decision) => ("bug" in decision ? "bug" : decision.outcome));
  }

  test("names every row that it read in the base, and whether an answer rests on time", () => {
    const rows = new Map([["counter/a", { value: 1 }]]);
    const wanted: Command[] = [
      { kind: "add", id: "a" },
      { kind: "look", id: "a" },
    ];
    const decided = decideBatch<Counters, Command, number, never>(counting as never, wanted, viewOf(rows), 0);
    expect(decided).toMatchObject({ read: [{ table: "counter", id: "a" }], fixesTime: false });
    const waiting: Command[] = [{ kind: "wait", id: "a" }];
    expect(decideBatch<Counters, Command, number, never>(counting as never, waiting, viewOf(rows), 0).fixesTime).toBe(
      true,
    );
  });

  test("a row that is not read yet is asked for, not taken for absent", () => {
    const wanted: Command[] = [{ kind: "break", id: "a" }];
    const look = () => decideBatch<Counters, Command, number, never>(counting as never, wanted, viewOf(new Map()), 0);
    expect(look).toThrow(Missing);
    expect(viewOf(new Map([[placeOf("counter", "a"), undefined]])).get("counter", "a")).toBeUndefined();
  });
});

describe("a session", () => {
  type State = { readonly phase: "open" | "done"; readonly heard: number };
  const state = union("phase", {
    open: record(null, { heard: count() }),
    done: record(null, { heard: count() }),
  });
  const machine: Machine<State, { readonly note: string }> = {
    state,
    input: record(null, { note: text(9) }),
    step(from, { note }) {
      if (from.phase === "done") return null;
      return note === "end" ? { ...from, phase: "done" } : { ...from, heard: from.heard + 1 };
    },
    sends: (from) => (from.phase === "done" ? [] : [{ to: "peer", bytes: Uint8Array.of(from.heard) }]),
    deadline: (from) => (from.phase === "done" ? null : 100 + from.heard),
    expired: () => ({ note: "late" }),
  };
  const start = { kind: "start", id: "s", state: { phase: "open", heard: 0 } } as const;
  const step = (note: string) => ({ kind: "step", id: "s", input: { note } }) as const;

  test("starts once, steps, and says what it owes each time", () => {
    const at = desk(sessions(machine));
    expect(at.decide(step("early"), 0).outcome).toEqual({ result: "absent", state: null });
    expect(at.decide(start, 0).outcome.result).toBe("stepped");
    expect(at.decide({ ...start, state: { phase: "open", heard: 9 } }, 0).outcome).toEqual({
      result: "ignored",
      state: start.state,
    });
    expect(at.decide(step("x"), 0).outcome.state).toEqual({ phase: "open", heard: 1 });
    expect(at.takeSends().map(({ bytes }) => bytes[0])).toEqual([0, 1]);
  });

  test("is due by its row, and no more once it is done", () => {
    const at = desk(sessions(machine));
    at.decide(start, 0);
    const due = () => at.authority.due?.session?.("s", at.rows.get("session/s") as never) ?? null;
    expect(due()).toEqual({ atMs: 100, command: step("late") });
    at.decide(step("end"), 0);
    expect(due()).toBeNull();
    expect(at.decide(step("x"), 0)).toMatchObject({ writes: [], outcome: { result: "ignored" } });
    expect(at.authority.admit(new Uint8Array(0), 0).ok).toBe(false);
  });
});

describe("the store in memory", () => {
  const row = { value: 1 };
  const write = (id: string, dueMs: Instant | null = null) => ({ table: "counter", id, row, dueMs });

  test("commits over what was read, by the newest lease only", async () => {
    const store = memoryStore();
    const first = await store.acquire();
    const [absent] = await store.read([{ table: "counter", id: "a" }]);
    if (absent === undefined) throw new Error("nothing found");
    const batch = { epoch: first.epoch, nowMs: 5, read: [absent], writes: [write("a")] };
    expect(await store.commit(batch)).toBe("done");
    expect(await store.commit(batch)).toBe("conflict");
    const second = await store.acquire();
    expect(second).toEqual({ epoch: first.epoch + 1, highWaterMs: 5 });
    expect(await store.commit({ ...batch, read: [] })).toBe("fenced");
  });

  test("says what is due, earliest first, and pages by id", async () => {
    const store = memoryStore();
    const { epoch } = await store.acquire();
    const writes = [write("c", 30), write("a", 20), write("b"), write("d", 10)];
    expect(await store.nextDue()).toBeNull();
    await store.commit({ epoch, nowMs: 1, read: [], writes });
    expect((await store.due(20, 9)).map(({ id }) => id)).toEqual(["d", "a"]);
    expect((await store.due(99, 1)).map(({ id }) => id)).toEqual(["d"]);
    expect(await store.nextDue()).toBe(10);
    const page = await store.page({ table: "counter", after: "a", limit: 2 });
    expect(page.map(({ id }) => id)).toEqual(["b", "c"]);
    expect(await store.page({ table: "counter", prefix: "d", limit: 9 })).toHaveLength(1);
    await store.commit({ epoch, nowMs: 1, read: [], writes: [{ ...write("d"), row: null }] });
    expect(await store.nextDue()).toBe(20);
    await store.close();
  });
});
