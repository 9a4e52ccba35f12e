/** What customers of logged sales have paid for and can show, and whom all that was ever said convicts (P§7A). */
import { encode, type Hex } from "@counterfoil/base";
import {
  certificateIn,
  certifiedDelivery,
  convict,
  encodeAccusation,
  encodeEvidence,
  groupIn,
  onlyTheGuilty,
  type Purchase,
  type PurchaseState,
  validatedReceipt,
} from "@counterfoil/protocols/exchange";
import { inclusionPath, loggedSchema, logSchema, rootAt, tilesOf } from "@counterfoil/protocols/log";
import { headBy, INSTANTS, type LoggedSale } from "@counterfoil/protocols/players";
import { remembered } from "../explore/index.ts";
import { evidenceOf } from "./faults.ts";
import { putRows, type Rows } from "./logged-desk.ts";
import { MARKS, type Parties } from "./logged-facts.ts";
import { purchaseOf } from "./logged-offers.ts";
import type { Words } from "./logged-words.ts";
import { type Testimony, testimonyOf } from "./testimony.ts";

/** Who may be guilty of what is looked for here, by the names of the roles. */
export type Guilty = ReadonlySet<"customer" | "shop" | "log">;

export interface Judged {
  /** Bits of the signed statements in a message, above those of logged-facts.ts. */
  marksOf(message: number): number;
  /** What is wrong with what a customer holds, by itself. */
  ofBuyer(sale: number, state: number): string | null;
  /** Whether what was said convicts anybody honest. */
  ofWords(marks: number): string | null;
  /** Whether a tree in which one contract is decided twice convicts its log, and none but that. */
  ofLog(state: number): string | null;
}

/** What may be wrong with the judging itself, for the search to find. */
export interface Misjudged {
  /** What a customer brings before the judge. */
  readonly shows?: (evidence: ReturnType<typeof evidenceOf>) => ReturnType<typeof evidenceOf>;
}

/** @param guilty who lies; a merchant that has signed two slips of one order is among them, whoever shows these. */
export function judgedOf(parties: Parties, guilty: Guilty, { shows = (all) => all }: Misjudged = {}): Judged {
  const { words, buyers, log } = parties;
  const [{ crypto, log: bench }] = words.sales as [LoggedSale];
  const honest = honestIn(words, guilty);
  const testimony = testimonyIn(words);
  const buyerFaults = buyers.map((buyer) =>
    remembered((state: number) => {
      const held = buyer?.stateOf(state);
      return held === undefined || held.phase === "ordering" ? null : faultInPurchase(held);
    }),
  );

  function faultInPurchase(state: PurchaseState): string | null {
    const unchecked = validated(state.purchase);
    if (unchecked !== null) return `validated: ${unchecked.replace(state.purchase.tid, "the sale")}`;
    if (state.phase !== "paid") return null;
    const accusation = encodeEvidence(shows(evidenceOf({ crypto }, state)));
    const uncertified =
      certifiedDelivery.refute({ crypto, evidence: accusation }) ??
      onlyTheGuilty.refute({ crypto, accusation, honest });
    return uncertified && `certified: ${uncertified}`;
  }

  const checked = new WeakMap<Purchase, string | null>();
  function validated(purchase: Purchase): string | null {
    const known = checked.get(purchase);
    if (known !== undefined) return known;
    const found = validatedReceipt.refute({ crypto, purchase });
    checked.set(purchase, found);
    return found;
  }

  return {
    marksOf(message) {
      const { bytes, entries } = words.all.at(message);
      return entries === null ? testimony.signedIn(bytes) : 0;
    },
    ofBuyer: (sale, state) => buyerFaults[sale]?.(state) ?? null,
    ofWords(marks) {
      for (const { bits, conviction } of testimony.conflicts) {
        if ((marks & bits) !== bits || !honest.has(conviction.who)) continue;
        return `certified: an honest ${conviction.role} is convicted of ${conviction.what}`;
      }
      return null;
    },
    ofLog: remembered((state: number) => {
      if (log === null) return null;
      const convicted = words.sales.flatMap((sale) => {
        const outcomes = log.outcomesOf(state, sale).map(({ index }) => index);
        return outcomes.length < 2 ? [] : [convictedBy(sale, log.rowsOf(state), log.entriesOf(state), outcomes)];
      });
      if (convicted.some((who) => who !== null && honest.has(who))) return "certified: an honest log is convicted";
      const isSpared = convicted.some((who) => who !== bench.descriptor.key);
      return isSpared ? "certified: a log decides twice, and nothing convicts it" : null;
    }),
  };
}

/** Whom two outcomes of one contract convict, as the tiles show them under a head with a quorum of witnesses. */
function convictedBy(
  { crypto, log }: LoggedSale,
  rows: Rows,
  entries: readonly Uint8Array[],
  outcomes: readonly number[],
): Hex | null {
  putRows(log.desk.rows, rows);
  const size = entries.length;
  const timeMs = (INSTANTS.at(-1) as number) + size;
  const note = headBy(log, { size, root: rootAt(crypto, log.desk.view, size), timeMs }, timeMs);
  const descriptor = encode(logSchema, log.descriptor);
  const [first, second] = outcomes.map((index) => {
    const path = inclusionPath(crypto, tilesOf(log.desk.view), index, size);
    return encode(loggedSchema, { descriptor, note, index, entry: entries[index] as Uint8Array, path });
  }) as [Uint8Array, Uint8Array];
  const convicted = convict(crypto, encodeAccusation({ kind: "two-outcomes", first, second }));
  return convicted.ok ? convicted.value.who : null;
}

function testimonyIn({ sales }: Words): Testimony {
  const [sale] = sales as [LoggedSale];
  const { crypto, all } = sale;
  const purchase = purchaseOf(sale);
  const group = groupIn(purchase);
  const orders = new Map(sales.map(({ contract }) => [contract.slip.tid, contract.orderSigned] as const));
  const disputed = group && { group, certificate: purchase.certificate, orders };
  const bank = { publicKey: all.bankConfig.key.publicKey, player: "the bank" };
  return testimonyOf(crypto, bank, "the shop", disputed, MARKS * sales.length);
}

function honestIn({ sales }: Words, guilty: Guilty): ReadonlySet<Hex> {
  const [sale] = sales as [LoggedSale];
  const { all, log } = sale;
  const purchase = purchaseOf(sale);
  return new Set<Hex>([
    all.bankConfig.key.publicKey,
    certificateIn(purchase).certifier,
    ...(groupIn(purchase)?.trustees.map(({ key }) => key) ?? []),
    ...(guilty.has("shop") ? [] : [all.shopConfig.key.publicKey]),
    ...(guilty.has("log") ? [] : [log.descriptor.key]),
  ]);
}
