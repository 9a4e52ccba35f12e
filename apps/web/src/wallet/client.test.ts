import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { lookAgain, starting } from "./client.ts";

/** As much of a worker as tells its page how it does. */
class Told extends EventTarget {
  ended = false;
  terminate() {
    this.ended = true;
  }
}

const never = new Promise<string>(() => {});

test("a worker that does not load is a trouble to whoever asked it, and is ended", async () => {
  const worker = new Told();
  const orNotStarted = starting(worker as unknown as Worker);
  const asked = orNotStarted(never);
  worker.dispatchEvent(new Event("error"));
  await expect(asked).rejects.toMatchObject({ trouble: { reason: "not-started" } });
  await expect(orNotStarted(never)).rejects.toMatchObject({ trouble: { reason: "not-started" } });
  expect(worker.ended).toBe(true);
});

test("a fault in a worker that has answered ends nothing", async () => {
  const worker = new Told();
  const orNotStarted = starting(worker as unknown as Worker);
  worker.dispatchEvent(new Event("message"));
  worker.dispatchEvent(new Event("error"));
  expect(worker.ended).toBe(false);
  await expect(orNotStarted(Promise.resolve("there"))).resolves.toBe("there");
});

test("what changes while it is first looked at is looked at again", async () => {
  const queries = new QueryClient();
  const looks: ((seen: string) => void)[] = [];
  const look = () => new Promise<string>((resolve) => looks.push(resolve));
  const shown = new QueryObserver(queries, { queryKey: ["wallet", "history"], queryFn: look });
  const stop = shown.subscribe(() => {});
  expect(looks).toHaveLength(1);
  lookAgain(queries);
  await expect.poll(() => looks.length).toBe(2);
  looks[0]?.("before");
  looks[1]?.("after");
  await expect.poll(() => shown.getCurrentResult().data).toBe("after");
  stop();
});
