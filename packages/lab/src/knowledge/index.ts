export { type Anonymous, type AnonymousId, anonymousQuestion, isHiddenWithoutBank } from "./anonymous.ts";
export type { Moduli } from "./arithmetic.ts";
export {
  close,
  type Document,
  type Holding,
  type Knowledge,
  NOTHING_PUBLISHED,
  type Published,
  type Subject,
} from "./closure.ts";
export { contentsOf, type Part, parseCbor } from "./contents.ts";
