/**
 * Does the same for each of many, so many at a time. The first failure ends it: what is under way is waited for, nothing new begins.
 * @returns what came of each, in their order. @throws the first failure.
 */
export async function abreast<T, R>(
  each: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    while (next < each.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(each[index] as T);
      } catch (error) {
        failures.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, each.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}
