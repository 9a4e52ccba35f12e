/** What became of a purchase, in words: where the goods are, what happened to the money, what to do next. */
import { showMoney } from "@counterfoil/base";
import type { Bought } from "@counterfoil/sdk";
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
    case "ended": {
      const money = "Not taken, and it never will be: the bank has signed so.";
      const detail = ENDED[bought.cause] ?? `The purchase is over: ${bought.cause}.`;
      const trouble = { reason: bought.cause, detail, money, next: "Buy again when you like.", tid: bought.id };
      tell(trouble, place.json, EXIT.refused);
      return EXIT.refused;
    }
    case "awaiting": {
      const money =
        "Locked at the bank: it is paid if the log says that the shop committed in time, and yours again if not.";
      const detail = `The log has not decided about "${title}" yet.`;
      const next =
        "counterfoil resume goes on asking. However long the log is silent, that delays the money and loses none.";
      tell({ reason: "awaiting", detail, money, next }, place.json, EXIT.unknown);
      return EXIT.unknown;
    }
    case "scheduled": {
      const { id: tid, releaseMs, paid } = bought;
      const when = `"${title}" comes from ${day(releaseMs)} UTC on`;
      const said = paid ? `${when}, into ${outPath}. Its key is due then.` : `${when}, once its bundle is paid.`;
      print(place.json, { status: "done", tid, title, releaseMs, paid, outPath }, said);
      return EXIT.done;
    }
    case "claiming": {
      const money = "Paid. The bank's receipt is in the wallet.";
      const detail = `The shop does not release "${title}"; ${bought.answers} trustees have answered so far.`;
      const next = "counterfoil resume goes on asking the shop and the trustees. Nothing is paid twice.";
      tell({ reason: "claiming", detail, money, next }, place.json, EXIT.unknown);
      return EXIT.unknown;
    }
    case "forfeited": {
      const money = "Paid. The bank's receipt proves it.";
      const detail = `Neither the shop nor enough trustees released "${title}" while they could be asked.`;
      const next = `counterfoil evidence ${bought.id.slice(0, 12)} --out proof.evidence --payment-only proves the payment.`;
      tell({ reason: "forfeited", detail, money, next }, place.json, EXIT.refused);
      return EXIT.refused;
    }
    case "unknown": {
      const trouble = { reason: "unknown", detail: `No answer yet about "${title}".`, ...UNKNOWN, tid: bought.id };
      tell(trouble, place.json, EXIT.unknown);
      return EXIT.unknown;
    }
    case "undelivered": {
      const money = "Paid. The key is in the wallet, so the goods are yours.";
      const next = `counterfoil resume puts them in their place, resume --out FILE into another.`;
      const detail = `"${title}" could not be put into ${outPath}: ${bought.detail}`;
      const trouble = { reason: bought.reason, detail, money, next, tid: bought.id };
      tell(trouble, place.json, EXIT.refused);
      return EXIT.refused;
    }
    case "faulty": {
      const money = "Paid. The bank's receipt and the signatures of seller and certifier prove what was sold.";
      const id = bought.id.slice(0, 12);
      const next = `counterfoil evidence ${id} --out proof.evidence, then counterfoil verify proof.evidence says who is at fault, and counterfoil claim ${id} --evidence proof.evidence asks their bond for the price.`;
      const detail = `What was sold does not open the goods for ${outPath} (${bought.fault}).`;
      tell({ reason: bought.fault, detail, money, next }, place.json, EXIT.refused);
      return EXIT.refused;
    }
  }
}

const ENDED: Readonly<Record<string, string>> = {
  "insufficient-funds": "There was not enough money in the account.",
  buyer: "The shop did not complete the sale, so the bank was told to end it.",
  log: "The log has decided that the sale did not come about: the shop declined, or did not commit in time.",
  expired: "The order's time ran out before it was paid.",
};
