/**
 * The operators' keys that were said since the page was opened, by the server that each opens. In memory alone: a closed or
 * reloaded page has forgotten them, and none is ever sent to another server than the one it was said for.
 */
import { useSyncExternalStore } from "react";

const keys = new Map<string, string>();
const listeners = new Set<() => void>();

/** @param origin of the server. @returns null where none was said, or it was forgotten. */
export function useOperatorKey(origin: string): string | null {
  return useSyncExternalStore(listen, () => keyOf(origin));
}

/** The first that is known of several servers' keys. */
export function useFirstKey(origins: readonly string[]): string | null {
  return useSyncExternalStore(listen, () => origins.map(keyOf).find((key) => key !== null) ?? null);
}

export function keyOf(origin: string): string | null {
  return keys.get(origin) ?? null;
}

export function sayKey(origin: string, key: string): void {
  keys.set(origin, key);
  tell();
}

export function forgetKey(origin: string): void {
  if (keys.delete(origin)) tell();
}

function listen(onChange: () => void): () => void {
  listeners.add(onChange);
  return () => listeners.delete(onChange);
}

function tell(): void {
  for (const each of listeners) each();
}
