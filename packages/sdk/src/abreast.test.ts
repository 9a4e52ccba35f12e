import { expect, test } from "vitest";
import { abreast } from "./abreast.ts";

test("so many at a time, and each in its place", async () => {
  let busy = 0;
  let most = 0;
  const results = await abreast([5, 1, 4, 2, 3], 2, async (turns) => {
    busy += 1;
    most = Math.max(most, busy);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    busy -= 1;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect([most, busy]).toEqual([2, 0]);
});

test("none of none", async () => {
  expect(await abreast([], 8, async () => "never")).toEqual([]);
});

test("after a failure nothing begins, and it is told once all that was under way is over", async () => {
  const begun: number[] = [];
  let isOver = false;
  const working = abreast([0, 1, 2, 3], 2, async (index) => {
    begun.push(index);
    if (index === 1) throw new Error("the second");
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    isOver = true;
  });
  await expect(working).rejects.toThrow("the second");
  expect([begun, isOver]).toEqual([[0, 1], true]);
});
