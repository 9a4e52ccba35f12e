/** Waiting for a row to come to its end, in this process: told by whoever wrote it, or looked at when patience is over. */
import type { Hex } from "@counterfoil/base";

export interface Watchers<State> {
  /** The state when it is told, or as it stands after a while. Rejects where there is no such row. */
  watch(id: Hex, patienceMs: number): Promise<State>;
  tell(id: Hex, state: State): void;
  /** Nobody need look any more. */
  forget(id: Hex): void;
}

export function watchers<State>(stateOf: (id: Hex) => Promise<State | null>): Watchers<State> {
  const watching = new Map<Hex, Set<{ finish(state: State): void; stop(): void }>>();
  return {
    watch(id, patienceMs) {
      return new Promise((resolve, reject) => {
        const those = watching.get(id) ?? new Set();
        watching.set(id, those);
        const look = () =>
          stateOf(id).then((state) => (state === null ? reject(new Error("no such row")) : one.finish(state)), reject);
        const timer = setTimeout(look, patienceMs);
        const one = {
          stop() {
            clearTimeout(timer);
            those.delete(one);
            if (those.size === 0) watching.delete(id);
          },
          finish(state: State) {
            one.stop();
            resolve(state);
          },
        };
        those.add(one);
      });
    },
    tell(id, state) {
      for (const one of [...(watching.get(id) ?? [])]) one.finish(state);
    },
    forget(id) {
      for (const one of [...(watching.get(id) ?? [])]) one.stop();
    },
  };
}
