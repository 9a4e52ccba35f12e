export { type Draft, draftOf } from "./draft.ts";
export { GAP_LIMIT, secretOf, signingKeyOf } from "./errands.ts";
export { renewalMs } from "./hearing.ts";
export * from "./keys.ts";
export { readIds, readPath } from "./own.ts";
export * from "./plan.ts";
export { decidePurse, largestOf, purseDue, release, reserve } from "./purse.ts";
export * from "./rows.ts";
export * from "./secrets.ts";
