/** What became of a purchase, in words: where the goods are, what happened to the money, what to do next. */
import { showMoney } from "@counterfoil/base";
import { type Bought, type NotHere, sayBought } from "@counterfoil/sdk";
import type { Place } from "./place.ts";
import { day, EXIT, type ExitStatus, print, tell, UNKNOWN } from "./terminal.ts";

export function tellBought(place: Place, title: string, outPath: string, bought: Bought): ExitStatus {
  switch (bought.kind) {
    case "delivered": {
      const { id: tid, row } = bought;
      const paid = row.price > 0n ? `Paid ${showMoney(row.price, row.unit)}. ` : "";
      print(
        place.json,
        { status: "done", tid, title, priceMinor: row.price, unit: row.unit, outPath: row.out_path },
        `${paid}"${title}" is in ${row.out_path}\ntid ${tid}`,
      );
      return EXIT.done;
    }
    case "scheduled": {
      const { id: tid, releaseMs, paid } = bought;
      const when = `"${title}" comes from ${day(releaseMs)} UTC on`;
      const said = paid ? `${when}, into ${outPath}. Its key is due then.` : `${when}, once its bundle is paid.`;
      print(place.json, { status: "done", tid, title, releaseMs, paid, outPath }, said);
      return EXIT.done;
    }
    default: {
      const { status, next } = nextAfter(bought);
      const trouble = { ...sayBought(title, outPath, bought), next, tid: bought.id };
      tell(trouble, place.json, status);
      return status;
    }
  }
}

function nextAfter(bought: NotHere): { readonly status: ExitStatus; readonly next: string } {
  const id = bought.id.slice(0, 12);
  switch (bought.kind) {
    case "ended":
      return { status: EXIT.refused, next: "Buy again when you like." };
    case "awaiting": {
      const next =
        "counterfoil resume goes on asking. However long the log is silent, that delays the money and loses none.";
      return { status: EXIT.unknown, next };
    }
    case "claiming": {
      const next = "counterfoil resume goes on asking the shop and the trustees. Nothing is paid twice.";
      return { status: EXIT.unknown, next };
    }
    case "forfeited": {
      const next = `counterfoil evidence ${id} --out proof.evidence --payment-only proves the payment.`;
      return { status: EXIT.refused, next };
    }
    case "unknown":
      return { status: EXIT.unknown, next: UNKNOWN.next };
    case "undelivered": {
      const next = "counterfoil resume puts them in their place, resume --out FILE into another.";
      return { status: EXIT.refused, next };
    }
    case "faulty": {
      const next = `counterfoil evidence ${id} --out proof.evidence, then counterfoil verify proof.evidence says who is at fault, and counterfoil claim ${id} --evidence proof.evidence asks their bond for the price.`;
      return { status: EXIT.refused, next };
    }
  }
}
