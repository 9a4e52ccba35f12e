/** Whatever goes wrong, as it crosses to the page: a cause, what happened to the money, what to do. Never an exception. */
import { RoomFailure } from "@counterfoil/browser";
import { DownloadRefused, Overloaded, Refused, Stopped, Unknown, Unreachable } from "@counterfoil/host/portable";
import { StoreFailure } from "@counterfoil/protocols";
import { MONEY_UNKNOWN, NO_MONEY_MOVED, Refusal } from "@counterfoil/sdk/portable";
import type { Answer, Trouble } from "./desk.ts";

/** Runs what may fail. Only a fault of this program is told to `onBug`, since everything else is somebody else's. */
export async function answered<T>(action: () => Promise<T>, onBug: (bug: unknown) => void): Promise<Answer<T>> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble.reason === "bug") onBug(error);
    return { ok: false, trouble };
  }
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof Refusal) {
    const { reason, message: detail, money, next } = error;
    return { reason, detail, money, next: onPage(reason, next), ...openIf(isNotKnown(reason, money)) };
  }
  if (error instanceof Refused) {
    // Whatever the server writes about money is its own word; what was asked before paying cannot have moved any.
    const { reason, detail, next, message } = error;
    return { reason, detail: detail || message, money: NO_MONEY_MOVED, next: onPage(reason, next || "Try again.") };
  }
  if (error instanceof DownloadRefused) {
    const detail = `The goods that were served are not the certified ones (${error.reason}, piece ${error.piece}).`;
    return { reason: error.reason, detail, money: NO_MONEY_MOVED, next: "Try again, or tell the shop." };
  }
  if (error instanceof Overloaded) return unreached("The server is too busy.");
  if (error instanceof Unreachable && !error.sent) return unreached(`The server cannot be reached (${error.code}).`);
  if (error instanceof StoreFailure) return ofDisk(error);
  if (error instanceof RoomFailure) {
    const detail = `The goods cannot be kept here: ${error.message}.`;
    return { reason: "no-room", detail, money: "As it was.", next: "Make room on this device, then try again." };
  }
  if (error instanceof Unreachable || error instanceof Unknown || error instanceof Stopped) {
    return {
      reason: "unknown",
      detail: `No answer came (${error.message}).`,
      money: MONEY_UNKNOWN,
      next: AGAIN,
      isOpen: true,
    };
  }
  const detail = `A fault of this program: ${error instanceof Error ? error.message : String(error)}`;
  const next = "Reload the page and unlock the wallet. What was decided is in it, and it finishes what was begun.";
  return { reason: "bug", detail, money: MONEY_UNKNOWN, next, isOpen: true };
}

/** A refusal after something was sent: the same reasons before that say that no money has moved. */
function isNotKnown(reason: string, money: string): boolean {
  return money === MONEY_UNKNOWN || (NOT_KNOWN.has(reason) && money !== NO_MONEY_MOVED);
}

const NOT_KNOWN: ReadonlySet<string> = new Set(["unknown", "outcome-unknown", "unsigned-refusal", "no-trustees"]);

function openIf(isOpen: boolean): Pick<Trouble, "isOpen"> {
  return isOpen ? { isOpen } : {};
}

/** What the wallet does by itself while it is open. */
export const AGAIN = "The wallet asks again by itself while it is open. Repeating is safe: nothing is paid twice.";

function unreached(detail: string): Trouble {
  return { reason: "unreachable", detail, money: NO_MONEY_MOVED, next: "Is it running? Trying again is safe." };
}

function ofDisk({ message, transient }: StoreFailure): Trouble {
  const next = transient ? AGAIN : "Make room on this device, reload the page and unlock the wallet.";
  return {
    reason: "wallet-not-written",
    detail: `The wallet could not be written: ${message}.`,
    money: MONEY_UNKNOWN,
    next,
    isOpen: true,
  };
}

/** A next step that names a command says on a page what there is to press. */
function onPage(reason: string, next: string): string {
  return COMMAND.test(next) ? (PRESSED[reason] ?? "The wallet's page shows what there is.") : next;
}

const COMMAND = /counterfoil |COUNTERFOIL_|--[a-z]/;

const PRESSED: Readonly<Record<string, string>> = {
  "not-an-answer": "Try again, or ask whoever runs this market.",
  "unsigned-refusal": "Do not rely on it. Ask whoever runs this market, then try again.",
  "no-such-account": "Lock the wallet and unlock it: that opens the account.",
  "too-many-keys": "Buy without showing a certified key, or wait until some have lapsed.",
  "no-exact-coins": "Withdraw a little more, then try again.",
  "outcome-unknown": AGAIN,
  "too-few-coins": "Withdraw more from the account into coins.",
  restoring: "Wait until all coins of the phrase are found, then try again.",
  "price-above-maximum": "Set a higher maximum to pay it, or bid more.",
  "another-bank": "Use the market of your own bank, or another browser profile for this one.",
  "no-such-item": "Look at the market again: the item is not there any more.",
  "not-a-market": "Reload the page. If it stays so, ask whoever runs this market.",
  "above-purchase-cap": "Buy it with a wallet whose cap is higher.",
  "above-day-cap": "Wait for the next day (UTC).",
  "above-shop-cap": "Wait for the next day (UTC).",
  "no-trustees": "Let the bank release the key: choose NetBill.",
  "no-log": "Let the bank release the key: choose NetBill.",
  "nothing-to-dispute": "Its evidence file proves what was sold.",
  "no-key": "Save the evidence of payment only.",
  "two-slips": "Do not buy here. The wallet has kept both slips: they convict the shop.",
};
