/** What the conformance list asks of node:assert, for a page that has no Node. browser.test.ts shows that each of these fails. */
export class AssertionError extends Error {}

export function ok(value: unknown, message = "not true"): asserts value {
  if (!value) throw new AssertionError(message);
}

export function equal(actual: unknown, expected: unknown, message = ""): void {
  ok(Object.is(actual, expected), `${message} ${shown(actual)} is not ${shown(expected)}`);
}

export function deepEqual(actual: unknown, expected: unknown, message = ""): void {
  ok(isSame(actual, expected), `${message} ${shown(actual)} is not ${shown(expected)}`);
}

export default { ok, equal, deepEqual };

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b) || keys.length !== others.length) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return keys.every((key) => key in right && isSame(left[key], right[key]));
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)) ?? String(value);
}
