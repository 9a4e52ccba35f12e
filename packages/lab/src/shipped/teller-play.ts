/**
 * A sale paid in tokens of a mint, in every order of events: the very teller, over a network that loses, delays and repeats; a
 * mint that keeps NUT-14's rules by a clock of its own, ahead of the log's or behind it; a log; a buyer who offers spent tokens
 * and takes back what it can; a merchant who commits, or not.
 */
import { type Play, playOf, type Role, type Scene } from "../explore/index.ts";
import {
  type Decision,
  decided,
  hasLockedSpent,
  isExpired,
  type Message,
  mintRole,
  type Plan,
  SAID,
  type Spent,
  tellerRole,
  tellerRow,
} from "./teller-parts.ts";

interface Entered {
  readonly is: Decision | "nothing";
  /** The merchant committed when the lock had ended. */
  readonly isLate: boolean;
}

/** `isReleased`: the goods are out. */
interface Selling {
  readonly isLocked: boolean;
  readonly isReleased: boolean;
}

export interface TellerStates extends Record<string, unknown> {
  readonly "the teller": number;
  readonly "the mint": Spent;
  readonly "the log": Entered;
  readonly "the merchant": Selling;
}

export type TellerScene = Scene<TellerStates, Message>;

/** Ticks of time. The log's deadline is one of them, the lock's end another, by the mint's own clock. */
export const DEADLINE_TICK = 1;
const TICKS = 5;

/** @param look at each world, besides. */
export function tellerPlay(plan: Plan, look: (scene: TellerScene) => void = () => {}): Play {
  return playOf<TellerStates, Message>({
    name: plan.name,
    roles: {
      "the teller": tellerRole(plan),
      "the mint": mintRole(plan),
      "the log": logRole(plan),
      "the merchant": merchantRole(plan),
    },
    clocks: { "the clock": TICKS + 1 },
    said: SAID,
    nameOf,
    fault(scene) {
      look(scene);
      return faultIn(scene);
    },
    // With the merchant dead, the teller and the mint up again: who has paid has the goods, who has not, the money.
    endings: [{ name: "the sale", roles: ["the teller", "the mint", "the log"], isOver }],
  });
}

function logRole(plan: Plan): Role<Entered, Message> {
  return {
    start: { is: "nothing", isLate: false },
    hears(state, message, instant) {
      if (message.to !== "the log" || state.is !== "nothing") return null;
      const isOver = instant > DEADLINE_TICK;
      if (message.asks === "commit") {
        return isOver ? null : { next: { is: "committed", isLate: isExpired(plan, instant) } };
      }
      return message.asks === "decline" || isOver ? { next: { is: "aborted", isLate: false } } : null;
    },
    owes({ is }) {
      if (is === "nothing") return [];
      return [decided(is), ...(is === "committed" ? [{ to: "the merchant", word: "committed" } as const] : [])];
    },
  };
}

/** Commits or declines whenever it likes, once the money is locked; and may say either as often as it likes. */
function merchantRole({ releasesOnCommit }: Plan): Role<Selling, Message> {
  return {
    start: { isLocked: false, isReleased: false },
    hears(state, message) {
      if (message.to !== "the merchant") return null;
      if (message.word === "locked") return { next: { ...state, isLocked: true } };
      const opens = message.word === (releasesOnCommit ? "committed" : "paid");
      return opens ? { next: { ...state, isReleased: true } } : null;
    },
    owes({ isLocked }) {
      return isLocked ? (["commit", "decline"] as const).map((asks) => ({ to: "the log", asks })) : [];
    },
  };
}

function nameOf(message: Message): string {
  switch (message.to) {
    case "the teller":
      return message.name;
    case "the mint":
      return `${message.errand.kind} errand`;
    case "the log":
      return message.asks;
    case "the merchant":
      return `that it is ${message.word}`;
  }
}

/** What must hold wherever one is. */
function faultIn({ of }: TellerScene): string | null {
  const [teller, spent, log] = [of("the teller"), of("the mint"), of("the log")];
  const phase = tellerRow(teller, "told_sale")?.phase;
  const isDelivered = of("the merchant").isReleased || phase === "PAID";
  if (isDelivered && spent !== "paid") return "goods: goods without money";
  if (spent === "paid" && log.is !== "committed") return "money: money without a commit";
  if (spent === "freed" && log.is !== "aborted") return "money: given back without an abort";
  if (hasLockedSpent(teller)) return "money: locked what was spent";
  return log.isLate ? "money: committed to no lock" : null;
}

function isOver({ of }: TellerScene): boolean {
  const [teller, spent, { is }] = [of("the teller"), of("the mint"), of("the log")];
  const phase = tellerRow(teller, "told_sale")?.phase;
  if (is === "nothing" || phase === undefined) return true;
  if (spent === "paid") return phase === "PAID";
  if (is === "aborted") return phase === "RETURNED";
  return spent !== "no" || tellerRow(teller, "ecash")?.payout === null;
}
