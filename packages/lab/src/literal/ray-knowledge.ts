/**
 * Theorem 11's question: whether what some parties were told ties one name to another. What is blinded is another name than
 * what comes of it, and whoever learns the blinding factor sees the two side by side.
 */

/** Names that one message shows together, to whom. */
export interface Told {
  readonly to: string;
  readonly names: readonly string[];
}

/** The names that these parties know to belong to `from`, when they put together all that they were told. */
export function closureOf(told: readonly Told[], parties: readonly string[], from: string): ReadonlySet<string> {
  const records = told.filter(({ to }) => parties.includes(to));
  const known = new Set([from]);
  for (let size = 0; size < known.size; ) {
    size = known.size;
    for (const { names } of records)
      if (names.some((name) => known.has(name))) for (const name of names) known.add(name);
  }
  return known;
}
