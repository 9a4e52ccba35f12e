/** What came of an errand to the bank, in words. */
import type { ErrandEnd } from "../../wallet/desk.ts";

/** What the bank has not answered yet is not done, and not failed either. */
export function saidOf({ end }: ErrandEnd, done: string): string {
  if (end === "done") return done;
  if (end === "unknown")
    return "The bank has not answered yet. The wallet asks again by itself; nothing is paid twice.";
  return `${end.refused.detail} ${end.refused.money} ${end.refused.next}`;
}
