import { MINUTE_MS } from "@counterfoil/base";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Holding, IDLE_MINUTES, keepWallet } from "./keeper.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function held() {
  const bugs: unknown[] = [];
  const close = vi.fn(async () => {});
  const tell = vi.fn();
  const keeper = keepWallet(tell, (bug) => bugs.push(bug));
  keeper.hold({ opened: {} as Holding["opened"], close });
  return { keeper, close, tell, bugs };
}

test("a wallet that is left alone is locked, and each use begins the time anew", async () => {
  const { keeper, close } = held();
  await vi.advanceTimersByTimeAsync((IDLE_MINUTES - 1) * MINUTE_MS);
  expect(await keeper.use(async () => 1)).toEqual({ ok: true, value: 1 });
  await vi.advanceTimersByTimeAsync((IDLE_MINUTES - 1) * MINUTE_MS);
  expect(keeper.opened).not.toBeNull();
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(keeper.opened).toBeNull();
  expect(close).toHaveBeenCalledOnce();
  expect(await keeper.use(async () => 1)).toMatchObject({ ok: false, trouble: { reason: "locked" } });
});

test("what is under way is never cut off: the time begins when it is over", async () => {
  const { keeper, close } = held();
  const { promise, resolve } = Promise.withResolvers<string>();
  const using = keeper.use(() => promise);
  await vi.advanceTimersByTimeAsync(3 * IDLE_MINUTES * MINUTE_MS);
  expect(keeper.opened).not.toBeNull();
  resolve("done");
  await using;
  await vi.advanceTimersByTimeAsync(IDLE_MINUTES * MINUTE_MS);
  expect(close).toHaveBeenCalledOnce();
});

test("told to lock, it takes nothing new at once, and closes when what was under way is over", async () => {
  const { keeper, close, tell } = held();
  const { promise, resolve } = Promise.withResolvers<string>();
  const using = keeper.use(() => promise);
  tell.mockClear();
  const locking = keeper.lock();
  expect(tell).toHaveBeenCalled();
  expect(await keeper.use(async () => 1)).toMatchObject({ ok: false, trouble: { reason: "locked" } });
  expect(close).not.toHaveBeenCalled();
  resolve("done");
  expect(await using).toEqual({ ok: true, value: "done" });
  await locking;
  expect(close).toHaveBeenCalledOnce();
});

test("its owner says how long", async () => {
  const { keeper } = held();
  keeper.setIdleMinutes(1);
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(keeper.opened).toBeNull();
});

test("what runs behind waits for what is under way, and does not begin in a wallet that was locked meanwhile", async () => {
  const { keeper, bugs } = held();
  const { promise, resolve } = Promise.withResolvers<string>();
  const order: string[] = [];
  void keeper.use(() => promise.then((done) => order.push(done)));
  keeper.behind(async () => void order.push("behind"));
  resolve("before");
  await vi.advanceTimersByTimeAsync(0);
  expect(order).toEqual(["before", "behind"]);
  keeper.behind(async () => void order.push("never"));
  await keeper.lock();
  await vi.advanceTimersByTimeAsync(0);
  expect(order).toEqual(["before", "behind"]);
  expect(bugs).toEqual([]);
});

test("a fault of the program is told apart from everybody else's", async () => {
  const { keeper, bugs } = held();
  const answer = await keeper.use(async () => {
    throw new Error("planted");
  });
  expect(answer).toMatchObject({ ok: false, trouble: { reason: "bug" } });
  expect(bugs).toHaveLength(1);
});
