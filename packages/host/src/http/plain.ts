/** One request whose answer's status says something that is no failure, as in protocols of others: any status is an answer. */
import * as http from "node:http";
import * as https from "node:https";
import { SECOND_MS } from "@counterfoil/base";
import { Unreachable } from "./failures.ts";

export interface PlainAnswer {
  readonly status: number;
  /** The media type, without parameters; empty where there is none. */
  readonly type: string;
  readonly body: Uint8Array;
}

export interface PlainClient {
  /** `path` stands below the base URL. @throws Unreachable where no answer came whole. */
  post(path: string, body: Uint8Array): Promise<PlainAnswer>;
  close(): void;
}

export interface PlainOptions {
  /** From asking to the last byte of the answer. */
  readonly timeoutMs?: number;
  readonly answerLimitBytes?: number;
}

const TIMEOUT_MS = 10 * SECOND_MS;
const ANSWER_LIMIT_BYTES = 16 * 1024;

export function plainClient(baseUrl: string, options: PlainOptions = {}): PlainClient {
  const { timeoutMs = TIMEOUT_MS, answerLimitBytes = ANSWER_LIMIT_BYTES } = options;
  const { Agent, request: open } = baseUrl.startsWith("https:") ? https : http;
  const agent = new Agent({ keepAlive: true });
  const base = baseUrl.replace(/\/+$/, "");

  return {
    post(path, body) {
      return new Promise((resolve, reject) => {
        const headers = { "content-type": "text/plain; charset=utf-8", "content-length": body.length };
        const asked = open(`${base}${path}`, { method: "POST", agent, headers });
        const fail = (code: string, cause?: unknown) => {
          clearTimeout(timer);
          asked.destroy();
          reject(new Unreachable(code, true, cause));
        };
        const timer = setTimeout(() => fail("TIMEOUT"), timeoutMs);
        asked.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? "CUT_OFF", error));
        asked.on("response", (response) => {
          const chunks: Buffer[] = [];
          let length = 0;
          response.on("data", (chunk: Buffer) => {
            length += chunk.length;
            if (length > answerLimitBytes) fail("TOO_LARGE");
            else chunks.push(chunk);
          });
          response.on("close", () => {
            if (!response.complete) return fail("CUT_OFF");
            clearTimeout(timer);
            const type = (response.headers["content-type"] ?? "").split(";", 1)[0] as string;
            resolve({ status: response.statusCode ?? 0, type, body: new Uint8Array(Buffer.concat(chunks)) });
          });
        });
        asked.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}
