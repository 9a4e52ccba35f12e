/** What the command line says: one line or one JSON object a result, one form for every error, bars only for eyes. */

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  DownloadRefused,
  Fenced,
  Overloaded,
  PROXY_FAILED,
  Refused,
  Stopped,
  Unknown,
  Unreachable,
} from "@counterfoil/host";
import { MONEY_UNKNOWN, NO_MONEY_MOVED, proxyFailure, Refusal } from "@counterfoil/sdk";
import { Presets, SingleBar } from "cli-progress";

export const EXIT = { done: 0, refused: 1, wrongUse: 2, unknown: 3 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

export class WrongUse extends Error {}

/** JSON knows no bigint: money goes out as text. */
export function print(json: boolean, value: object, lines: string | readonly string[]): void {
  if (json) console.log(JSON.stringify(value, (_, each) => (typeof each === "bigint" ? each.toString() : each)));
  else console.log((typeof lines === "string" ? lines.split("\n") : lines).map(harmless).join("\n"));
}

/** A number of things, as English says it. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A line of CSV that a spreadsheet takes for text: quoted where needed, and never a formula. */
export function csvLine(cells: readonly (string | bigint)[]): string {
  const cellOf = (text: string) => {
    const plain = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  return cells.map((cell) => cellOf(String(cell))).join(",");
}

/** Titles and reasons come from strangers: what moves a cursor, hides text or turns its direction is shown as a mark. */
export function harmless(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, "\u{fffd}");
}

/** For files that hold a key or disclose one: nobody else can read them, also where a file of that name was there before. */
export function writePrivately(path: string, content: Uint8Array | string): void {
  const draft = `${path}.${process.pid}.partial`;
  writeFileSync(draft, content, { mode: 0o600, flag: "wx", flush: true });
  renameSync(draft, path);
}

/** For goods: whole or not at all, with the mode that any file gets. */
export function writeGoods(path: string, content: Uint8Array): void {
  const draft = `${path}.${process.pid}.partial`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(draft, content, { flag: "wx", flush: true });
  renameSync(draft, path);
}

export interface Trouble {
  readonly reason: string;
  readonly detail: string;
  readonly money: string;
  readonly next: string;
}

/** Says what went wrong: the cause, what happened to the money, and the next step. */
export function report(error: unknown, json: boolean): ExitStatus {
  const [status, trouble] = explain(error);
  tell(trouble, json, status);
  return status;
}

export function tell(trouble: Trouble, json: boolean, status: ExitStatus): void {
  if (json) console.log(JSON.stringify({ status: STATUS_WORDS[status], ...trouble }));
  else
    console.error([trouble.detail, `  Money: ${trouble.money}`, `  Next:  ${trouble.next}`].map(harmless).join("\n"));
}

export const STATUS_WORDS: Readonly<Record<ExitStatus, string>> = {
  0: "done",
  1: "refused",
  2: "wrong-use",
  3: "unknown",
};

function explain(error: unknown): readonly [ExitStatus, Trouble] {
  if (error instanceof WrongUse) {
    return [
      EXIT.wrongUse,
      { reason: "wrong-use", detail: error.message, money: NO_MONEY_MOVED, next: "counterfoil --help" },
    ];
  }
  if (error instanceof Refusal) {
    const { reason, message: detail, money, next } = error;
    return [EXIT.refused, { reason, detail, money, next }];
  }
  if (error instanceof Refused) {
    // Whatever the server writes about money is its own word; what was asked before paying cannot have moved any.
    const { reason, detail, next } = error;
    return [
      EXIT.refused,
      { reason, detail: detail || error.message, money: NO_MONEY_MOVED, next: next || "Check the address." },
    ];
  }
  if (error instanceof DownloadRefused) {
    const detail = `The goods that were served are not the certified ones (${error.reason}, piece ${error.piece}).`;
    return [
      EXIT.refused,
      { reason: error.reason, detail, money: NO_MONEY_MOVED, next: "Try again, or fetch them from another host." },
    ];
  }
  if (error instanceof Unreachable && error.code === PROXY_FAILED && !error.sent) return explain(proxyFailure());
  if (error instanceof Overloaded || (error instanceof Unreachable && !error.sent)) {
    const detail =
      error instanceof Overloaded ? "The server is too busy." : `The server cannot be reached (${error.code}).`;
    return [
      EXIT.refused,
      {
        reason: "unreachable",
        detail,
        money: NO_MONEY_MOVED,
        next: "Is it running? See COUNTERFOIL_URL. Trying again is safe.",
      },
    ];
  }
  if (error instanceof Unreachable || error instanceof Unknown || error instanceof Stopped || error instanceof Fenced) {
    return [EXIT.unknown, { reason: "unknown", detail: `No answer came (${error.message}).`, ...UNKNOWN }];
  }
  if (isFileTrouble(error)) {
    return [
      EXIT.refused,
      { reason: error.code, detail: error.message, money: NO_MONEY_MOVED, next: "Check the path." },
    ];
  }
  const detail = `A fault of this program: ${error instanceof Error ? error.message : String(error)}`;
  if (process.env.COUNTERFOIL_DEBUG !== undefined) console.error(error);
  return [EXIT.unknown, { reason: "bug", detail, ...UNKNOWN }];
}

export const UNKNOWN = {
  money: MONEY_UNKNOWN,
  next: "counterfoil resume finishes what was begun; repeating is safe.",
} as const;

const FILE_CODES = new Set(["ENOENT", "EACCES", "EISDIR", "ENOTDIR", "EEXIST", "ENOSPC", "EROFS"]);

function isFileTrouble(error: unknown): error is Error & { code: string } {
  return error instanceof Error && FILE_CODES.has((error as NodeJS.ErrnoException).code ?? "");
}

/** A bar on a terminal for what takes long, nothing when piped. */
export function bar(label: string, json: boolean): { readonly at: (done: number, total: number) => void; end(): void } {
  if (json || !process.stderr.isTTY) return { at() {}, end() {} };
  const format = `${label} {bar} {percentage}% {value}/{total} MiB`;
  const single = new SingleBar(
    { format, stream: process.stderr, clearOnComplete: true, hideCursor: true },
    Presets.shades_classic,
  );
  let begun = false;
  return {
    at(done, total) {
      if (total < MEBIBYTE * 8) return; // over before an eye could follow
      if (!begun) single.start(Math.ceil(total / MEBIBYTE), 0);
      begun = true;
      single.update(Math.floor(done / MEBIBYTE));
    },
    end: () => begun && single.stop(),
  };
}

const MEBIBYTE = 1024 * 1024;

export function showBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < MEBIBYTE) return `${(bytes / 1024).toFixed(1)} KiB`;
  return bytes < MEBIBYTE * 1024
    ? `${(bytes / MEBIBYTE).toFixed(1)} MiB`
    : `${(bytes / MEBIBYTE / 1024).toFixed(2)} GiB`;
}

export { showInstant as day } from "@counterfoil/base";
