export { append, rootAt, tilesOf, treeOf } from "./append.ts";
export * from "./audit.ts";
export type { FaultKind } from "./audit-rules.ts";
export * from "./claims.ts";
export * from "./follow.ts";
export * from "./log.ts";
export { admit as admitToLog, LOG_TAGS, type LogDoor } from "./log-admit.ts";
export * from "./logged.ts";
export * from "./messages.ts";
export * from "./note.ts";
export {
  entryId,
  type LogCommand,
  type LogConfig,
  type LogDecision,
  type LogOutcome,
  type LogRecord,
  type LogTables,
  type LogView,
  logShapes,
  ONLY,
  type PaidLeaf,
  type Posting,
  tileId,
} from "./rows.ts";
export * from "./tree.ts";
export * from "./witness.ts";
