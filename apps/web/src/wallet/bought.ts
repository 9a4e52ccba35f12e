/** What became of a purchase, as the page says it: where the goods are, what happened to the money, what to press. */
import { type Bought as BoughtOfSdk, type NotHere, sayBought } from "@counterfoil/sdk/portable";
import type { Bought } from "./desk.ts";
import { AGAIN } from "./trouble.ts";

export function boughtOf(title: string, bought: BoughtOfSdk): Bought {
  const tid = bought.id;
  if (bought.kind === "delivered") {
    return { kind: "delivered", tid, priceMinor: bought.row.price, fileName: fileNameOf(bought.row.out_path) };
  }
  if (bought.kind === "scheduled") {
    const when = new Date(bought.releaseMs).toISOString().replace("T", " ").slice(0, 16);
    const money = bought.paid ? "Paid, with what it belongs to." : "Paid once what it belongs to is paid.";
    const next = "Nothing to do: the wallet asks for its key when it is due and the wallet is open.";
    return {
      kind: "open",
      tid,
      trouble: { reason: "scheduled", detail: `"${title}" comes from ${when} UTC on.`, money, next },
    };
  }
  const { kind, next } = NEXT[bought.kind];
  return { kind, tid, trouble: { ...sayBought(title, "this browser", bought), next } };
}

/** Of the item, as the market numbers it: what buying.ts begins the place of its goods with. */
export function pidOf({ out_path: place }: { readonly out_path: string }): string {
  return place.split("/", 1)[0] as string;
}

/** A browser's room has names and no folders. */
export function fileNameOf(place: string): string {
  return place.split("/").at(-1) ?? place;
}

interface Next {
  readonly kind: Exclude<Bought["kind"], "delivered">;
  readonly next: string;
}

const NEXT: Readonly<Record<NotHere["kind"], Next>> = {
  ended: { kind: "ended", next: "Buy again when you like." },
  awaiting: {
    kind: "open",
    next: "The wallet goes on asking while it is open. However long the log is silent, that delays the money and loses none.",
  },
  claiming: {
    kind: "open",
    next: "The wallet goes on asking the shop and the trustees while it is open; Ask the trustees does so now. Nothing is paid twice.",
  },
  forfeited: { kind: "faulty", next: "Save the evidence of payment: it proves what was paid." },
  unknown: { kind: "open", next: AGAIN },
  undelivered: { kind: "undelivered", next: "Resume opens them when what is said here is mended." },
  faulty: { kind: "faulty", next: "Save the evidence: it says who is at fault, and the judge's page reads it." },
};
