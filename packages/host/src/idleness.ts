/** Counts what is under way and tells whoever waits once there is nothing. */
export interface Idleness {
  enter(): void;
  leave(): void;
  wait(): Promise<void>;
}

export function idleness(): Idleness {
  let active = 0;
  let waiting: (() => void)[] = [];
  return {
    enter(): void {
      active += 1;
    },
    leave(): void {
      active -= 1;
      if (active > 0) return;
      const told = waiting;
      waiting = [];
      for (const tell of told) tell();
    },
    wait: () => (active === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve))),
  };
}
