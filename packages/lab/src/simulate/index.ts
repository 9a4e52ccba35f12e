export { type Draws, drawsOf } from "./draws.ts";
export { PLANTED_FAULTS, type PlantedFault } from "./faults.ts";
export { KINDS, type Kind, MODES } from "./market.ts";
export { CALM, type Counts, type Rates, ROUGH } from "./rates.ts";
export * from "./simulate.ts";
