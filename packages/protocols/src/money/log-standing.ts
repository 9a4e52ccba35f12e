/** What the bank knows of the logs that contracts name: which it takes, and what time it is on each. */
import type { Hex, Instant } from "@counterfoil/base";
import type { Slip } from "../contract/index.ts";
import type { BankReason } from "./messages.ts";
import type { BankConfig, BankView } from "./rows.ts";

/** Why no contract of this slip's log is taken, in the order of the checks; null where it names none, or one that is fit. */
export function logFault({ logs }: BankConfig, { mode, log }: Slip, view: BankView): BankReason | null {
  if (log === null) return mode === "logged" ? "unknown-log" : null;
  if (!logs.has(log)) return "unknown-log";
  return view.get("log_fault", log) === undefined ? null : "log-misbehaved";
}

/** The clock of a log's newest head of which the bank has seen everything; null before the first. */
export function headMsOf(log: string, view: BankView): Instant | null {
  return view.get("followed_log", log)?.head_ms ?? null;
}

/** By whose clock a slip's time is meant: its log's where a log decides it (P§3B-4), else the bank's, null. */
export function clockOf({ mode, log }: Pick<Slip, "mode" | "log">): Hex | null {
  return mode === "logged" ? log : null;
}

/** The time by that clock; null by a log's of which nothing was ever seen. */
export function timeBy(log: string | null, view: BankView, now: Instant): Instant | null {
  return log === null ? now : headMsOf(log, view);
}

/** Whether a slip's time is over. */
export function isOver(slip: Slip, view: BankView, now: Instant): boolean {
  const clockMs = timeBy(clockOf(slip), view, now);
  return clockMs !== null && clockMs >= slip.notAfterMs;
}
