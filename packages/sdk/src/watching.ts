/** Waiting for a row to come to its end, in this process: told by whoever wrote it, or looked at when patience is over. */
import type { Hex } from "@counterfoil/base";

export interface Watch<State> {
  /** As it is told, or as it stands after a while. Rejects where there is no such row. */
  readonly state: Promise<State>;
  /** Nobody waits for it any more. */
  stop(): void;
}

export interface Watchers<State> {
  watch(id: Hex, patienceMs: number): Watch<State>;
  tell(id: Hex, state: State): void;
}

export function watchers<State>(stateOf: (id: Hex) => Promise<State | null>): Watchers<State> {
  const watching = new Map<Hex, Set<(state: State) => void>>();
  return {
    watch(id, patienceMs) {
      const { promise: state, resolve, reject } = Promise.withResolvers<State>();
      const those = watching.get(id) ?? new Set();
      watching.set(id, those);
      const stop = () => {
        clearTimeout(timer);
        those.delete(finish);
        if (those.size === 0) watching.delete(id);
      };
      const finish = (told: State) => {
        stop();
        resolve(told);
      };
      const look = () =>
        stateOf(id).then((found) => (found === null ? reject(new Error("no such row")) : finish(found)), reject);
      const timer = setTimeout(look, patienceMs);
      those.add(finish);
      return { state, stop };
    },
    tell(id, state) {
      for (const finish of [...(watching.get(id) ?? [])]) finish(state);
    },
  };
}
