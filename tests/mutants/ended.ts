/** How a mutant's process ends; an assertion of the protocols' own ends it with Node's 1. */
export const ENDED = { held: 0, assertion: 1, refuted: 10 } as const;
