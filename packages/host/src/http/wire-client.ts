/** A client of one server, as whoever asks sees it: on Node (client.ts), and in a browser. */
import { SECOND_MS } from "@counterfoil/base";

export interface Range {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export interface DownloadOptions {
  readonly range?: Range;
  readonly signal?: AbortSignal | undefined;
}

/** Everything rejects with `Refused`, `Unreachable` or `Overloaded`, and nothing else but a caller's own error. */
export interface WireClient {
  readonly baseUrl: string;
  /** One message to `/wire`; its answer's bytes. */
  post(message: Uint8Array): Promise<Uint8Array>;
  /** `path` begins with a slash and stands below the base URL. */
  getJson(path: string): Promise<unknown>;
  /** Puts bytes at a path, once or again: the same request twice does no more than once. */
  put(path: string, body: Uint8Array): Promise<void>;
  /** Hands over the bytes as they come and waits for `take`, so that what is not taken yet stays with the server. */
  download(path: string, take: (chunk: Uint8Array) => void | Promise<void>, options?: DownloadOptions): Promise<void>;
  close(): void;
}

/** The longest that anybody waits for an answer, or for its next bytes. */
export const TIMEOUT_MS = 15 * SECOND_MS;
/** The longest answer of `getJson`: a page of the catalogue with the longest descriptions is half of it. */
export const JSON_LIMIT_BYTES = 1024 * 1024;
