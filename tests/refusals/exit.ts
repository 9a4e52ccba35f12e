/** How a scenario's process ends. */
export const EXIT = { refused: 0, accepted: 10, otherwise: 11 } as const;
