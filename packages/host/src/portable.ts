/**
 * What of the host runs anywhere that has timers: the group commit and how requests fail. Nothing reachable from here names
 * Node; tsconfig.portable.json compiles it without.
 */
export { atBoundary, type Boundary, type BoundaryMessage } from "./boundary.ts";
export { Fenced, Overloaded as QueueFull, SigningFault, Stopped, Unknown } from "./failures.ts";
export * from "./goods-opening.ts";
export * from "./group.ts";
export { NotAdmitted } from "./http/admission.ts";
export * from "./http/downloading.ts";
export * from "./http/failures.ts";
export * from "./http/problem-shape.ts";
export * from "./http/wire-client.ts";
export * from "./piece-verifier.ts";
export type { Progress } from "./progress.ts";
