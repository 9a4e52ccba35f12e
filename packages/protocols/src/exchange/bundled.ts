/** The parts of a bundle in a wallet's rows: begun with what pays for them, in one commit, and told with it what came of it. */
import { decode, encode, type Hex, hex32, list } from "@counterfoil/base";
import type { Send, SessionCommand, SessionTables, View, Write } from "../index.ts";
import { PARTS_LIMIT } from "./bundle-rows.ts";
import type { PurchaseInput, PurchaseState } from "./customer.ts";
import { own } from "./own.ts";
import { startPart } from "./parting.ts";
import { type Purchase, paymentOf } from "./purchase.ts";

export const bundledShapes = {
  /** By the tid of what is paid: the tids of its parts. */
  bundled: { parts: "bytes" },
} as const;
type Bundled = { readonly bundled: { readonly parts: Uint8Array } };
const tidsSchema = list(hex32, PARTS_LIMIT);

interface Stepped {
  readonly writes: readonly Write<SessionTables>[];
  readonly effects?: readonly Send[];
}
type Session = (command: SessionCommand<PurchaseState, PurchaseInput>) => Stepped;

export function beginParts(
  session: Session,
  main: Hex,
  parts: readonly Purchase[],
): readonly (Write<SessionTables> | Write<Bundled>)[] {
  if (parts.length === 0) return [];
  const begun = parts.flatMap((part) => session({ kind: "start", id: part.tid, state: startPart(part) }).writes);
  const tids = encode(
    tidsSchema,
    parts.map(({ tid }) => tid),
  );
  return [...begun, { table: "bundled", id: main, row: { parts: tids } }];
}

/** @returns what each part makes of it, with the messages that this sends about it. */
export function tellParts(
  session: Session,
  main: PurchaseState,
  view: View<Bundled>,
): readonly { readonly id: Hex; readonly stepped: Stepped }[] {
  const row = view.get("bundled", main.purchase.tid);
  const input = row && inputOf(main);
  if (row === undefined || input === null || input === undefined) return [];
  const tids = own(decode(tidsSchema, row.parts));
  return tids.map((id) => ({ id, stepped: session({ kind: "step", id, input }) }));
}

/** Said at every step from which it is known: what a part has heard it hears no more. */
function inputOf(main: PurchaseState): PurchaseInput | null {
  switch (main.phase) {
    case "claiming":
    case "paid":
    case "forfeited":
      return { kind: "main-paid", main: { slip: paymentOf(main.purchase).slip, receipt: main.receipt } };
    case "ended":
      return { kind: "main-ended", cause: main.cause, proof: main.proof };
    default:
      return null;
  }
}
