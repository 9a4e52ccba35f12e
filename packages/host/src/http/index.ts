export * from "./admission.ts";
export * from "./client.ts";
export * from "./download.ts";
export * from "./failures.ts";
export type { FindGoods, GoodsFile } from "./goods.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { PROBLEM_CONTENT_TYPE, PROBLEM_TYPE_PREFIX, type Problem, type ProblemReason, problemOf } from "./problem.ts";
export * from "./server.ts";
export type { WireRole } from "./wire.ts";
