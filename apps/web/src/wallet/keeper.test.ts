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
  keeper.hold({ opened: {} as Holding["opened"], locking: new AbortController(), close });
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

test("locked while it waits for its owner's word, it takes that for no and closes", async () => {
  const { keeper, close } = held();
  const never = new Promise<boolean>(() => {});
  const asking = keeper.change(() => keeper.ownersWord(never, false));
  const locking = keeper.lock();
  expect(keeper.lock()).toBe(locking);
  expect(await asking).toEqual({ ok: true, value: false });
  await locking;
  expect(close).toHaveBeenCalledOnce();
});

test("left alone with a question, it is locked as if nothing were under way; answered in time, it is not", async () => {
  const { keeper, close } = held();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { promise: paying, resolve: paid } = Promise.withResolvers<void>();
  const buying = keeper.change(async () => {
    const agreed = await keeper.ownersWord(promise, false);
    await paying;
    return agreed;
  });
  await vi.advanceTimersByTimeAsync((IDLE_MINUTES - 1) * MINUTE_MS);
  resolve(true);
  await vi.advanceTimersByTimeAsync(3 * IDLE_MINUTES * MINUTE_MS);
  expect(keeper.opened).not.toBeNull();
  paid();
  expect(await buying).toEqual({ ok: true, value: true });
  const asking = keeper.change(() => keeper.ownersWord(new Promise<boolean>(() => {}), false));
  await vi.advanceTimersByTimeAsync(IDLE_MINUTES * MINUTE_MS);
  expect(await asking).toEqual({ ok: true, value: false });
  expect(close).toHaveBeenCalledOnce();
});

test("a wallet that cannot be closed is told of as a fault, and does not keep the next one from opening", async () => {
  const { keeper, close, bugs } = held();
  close.mockRejectedValueOnce(new Error("planted"));
  await keeper.lock();
  await keeper.closed();
  expect(bugs).toHaveLength(1);
});

test("what runs behind in a wallet that closes ends quietly", async () => {
  const { keeper, close, bugs } = held();
  const { promise, reject } = Promise.withResolvers<void>();
  keeper.behind(() => promise);
  await vi.advanceTimersByTimeAsync(0);
  await keeper.lock();
  expect(close).toHaveBeenCalledOnce();
  reject(new Error("the store is closed"));
  await vi.advanceTimersByTimeAsync(0);
  expect(bugs).toEqual([]);
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
