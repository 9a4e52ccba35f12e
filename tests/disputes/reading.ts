/** Looking into a party's own file, while it runs, until what is waited for is there. */
import { openSqliteReadOnly } from "@counterfoil/host";
import type { Shapes } from "@counterfoil/protocols";

/** Longer than anybody waits for anybody, on the slowest machine. A run that is over is not waited for. */
export const BOUND_MS = 90_000;
const LOOK_MS = 200;

/** Resolves when it holds. Whoever waits in vain gets what is there when the time is over. */
export async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean, boundMs = BOUND_MS): Promise<T> {
  const end = Date.now() + boundMs;
  for (;;) {
    const value = await read();
    if (holds(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

type Reader = ReturnType<typeof openSqliteReadOnly>;

export async function reading<T>(path: string, shapes: Shapes, read: (store: Reader) => Promise<T>): Promise<T> {
  const store = openSqliteReadOnly(path, shapes);
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}
