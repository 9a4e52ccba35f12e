/** The list is run by the page itself: nothing in it describes or tests. */
export const describe = unused;
export const test = unused;

function unused(): never {
  throw new Error("there is no vitest in a page");
}
