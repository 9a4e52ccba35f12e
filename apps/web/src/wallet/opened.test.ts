import { memoryStore } from "@counterfoil/protocols";
import { expect, test, vi } from "vitest";

vi.stubGlobal("self", { name: "http://market.example" });
const { timed } = await import("./opened.ts");

test("the latest time that a wallet has seen is known once it is opened", async () => {
  const store = memoryStore();
  const { epoch } = await store.acquire();
  expect(await store.commit({ epoch, nowMs: 5_000, read: [], writes: [] })).toBe("done");
  const { store: same, latestMs } = timed(store);
  expect(latestMs()).toBe(0);
  await same.acquire();
  expect(latestMs()).toBe(5_000);
});
