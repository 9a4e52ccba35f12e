/** The powers of two that a size is made of, largest first: a tree of that size has a complete subtree of each. */
export function subtreeSizes(size: number): number[] {
  const sizes: number[] = [];
  for (let power = 1, rest = size; rest > 0; power *= 2, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) sizes.unshift(power);
  }
  return sizes;
}
