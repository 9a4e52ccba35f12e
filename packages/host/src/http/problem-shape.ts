/** RFC 9457 problem details with two members of our own: `money` says what happened to it, `next` what to do now. */

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly money: string;
  readonly next: string;
}

export const PROBLEM_CONTENT_TYPE = "application/problem+json";

/** Problem types are names, not addresses: nothing is to be fetched from them. */
export const PROBLEM_TYPE_PREFIX = "urn:counterfoil:problem:";
