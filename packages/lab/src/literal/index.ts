export { STUDIES } from "./papers.ts";
export { runsOf } from "./runs.ts";
