/** How the operator's key is looked at, and how wrong ones are met. */
import * as nodeCryptoModule from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { operatorGate } from "./gate.ts";
import { operatorKeyIn, renewOperatorKey } from "./key.ts";

vi.mock("node:crypto", async (original) => {
  const real = await original<typeof nodeCryptoModule>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});

let now = Date.now();
const folder = mkdtempSync(join(tmpdir(), "counterfoil-gate-"));
const key = operatorKeyIn(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every key that is said is compared to its end, whatever its length", () => {
  const equal = vi.mocked(nodeCryptoModule.timingSafeEqual);
  const gate = operatorGate(folder, () => now);
  for (const said of ["x", key.slice(0, -1), `${key}x`, key]) {
    equal.mockClear();
    expect(gate.admit(`Bearer ${said}`, said)).toBe(said === key ? "in" : "wrong-key");
    expect(equal.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])).toEqual([[32, 32]]);
  }
});

test("ten wrong keys a minute come from one address, which keep nobody out who has the right one", async () => {
  const gate = operatorGate(folder, () => now);
  for (let tries = 0; tries < 10; tries++) expect(gate.admit("Bearer wrong", "192.0.2.7")).toBe("wrong-key");
  expect(gate.admit("Bearer wrong", "192.0.2.7")).toBe("too-many");
  expect(gate.admit("Bearer wrong", "192.0.2.8")).toBe("wrong-key");
  expect(gate.admit(`Bearer ${key}`, "192.0.2.7"), "behind a proxy, the operator's address too").toBe("in");
  expect(gate.admit("Bearer wrong", "192.0.2.7"), "a right key forgives no wrong ones").toBe("too-many");
  now += 60_000;
  expect(gate.admit("Bearer wrong", "192.0.2.7")).toBe("wrong-key");
});

test("a host that has a whole prefix of addresses is one, and whoever says no key guesses nothing", () => {
  const gate = operatorGate(folder, () => now);
  for (let tries = 0; tries < 20; tries++) expect(gate.admit(undefined, "2001:db8:1:2::9")).toBe("no-key");
  for (let tries = 0; tries < 10; tries++) gate.admit("Bearer wrong", `2001:db8:1:2::${tries}`);
  expect(gate.admit("Bearer wrong", "2001:db8:1:2::99")).toBe("too-many");
  expect(gate.admit("Bearer wrong", "2001:db8:1:3::99")).toBe("wrong-key");
});

test("another key counts from the next request on; one that others can read opens nothing", async () => {
  const place = mkdtempSync(join(tmpdir(), "counterfoil-operator-key-"));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const first = operatorKeyIn(place);
  expect(operatorKeyIn(place)).toBe(first);
  expect(statSync(join(place, "operator")).mode & 0o777).toBe(0o600);
  const gate = operatorGate(place, () => now);
  expect(gate.admit(`Bearer ${first}`, "a")).toBe("in");
  const second = renewOperatorKey(place);
  expect(gate.admit(`Bearer ${first}`, "a")).toBe("wrong-key");
  expect(gate.admit(`Bearer ${second}`, "a")).toBe("in");
  chmodSync(join(place, "operator"), 0o644);
  expect(gate.admit(`Bearer ${second}`, "a")).toBe("wrong-key");
  expect(() => operatorKeyIn(place)).toThrow("can be read by other users");
});
