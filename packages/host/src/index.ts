export { atBoundary, type Boundary, type BoundaryMessage } from "./boundary.ts";
export { Fenced, Overloaded as QueueFull, SigningFault, Stopped, Unknown } from "./failures.ts";
export * from "./goods.ts";
export * from "./group.ts";
export {
  DownloadRefused,
  downloadLeaves,
  downloadPieces,
  type Limits,
  type Login,
  NotAdmitted,
  Overloaded,
  type PageFiles,
  type PagesOptions,
  type PlainAnswer,
  type PlainClient,
  PROBLEM_CONTENT_TYPE,
  PROBLEM_TYPE_PREFIX,
  PROXY_FAILED,
  type Problem,
  type ProxyReason,
  parseProxy,
  plainClient,
  problemOf,
  Refused,
  readPages,
  retrying,
  type Served,
  type SocksProxy,
  serve,
  tunnelAgent,
  Unreachable,
  type WireClient,
  type WireRole,
  wireClient,
} from "./http/index.ts";
export { nodeCrypto } from "./native.ts";
export { generateCoinKey } from "./rsa.ts";
export { openSigners, type Signers, type SignersOptions } from "./signers.ts";
export { openSqlite, openSqliteReadOnly } from "./stores/sqlite.ts";
