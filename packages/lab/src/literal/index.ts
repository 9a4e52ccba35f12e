export { STUDIES } from "./papers.ts";
