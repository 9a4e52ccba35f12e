/** Who knows what, and lets out what: the rules of the vocabulary (fewest.ts). */

export type Party = "C" | "M" | "B";
export type Channel = `${Party}→${Party}`;
export const CHANNELS: readonly Channel[] = ["C→M", "M→C", "C→B", "B→C", "M→B", "B→M"];

export interface Terms {
  /** Whether B may have the key before C does: never, from M alone, or also sealed in what C carries. */
  readonly bankKey: "never" | "from M" | "sealed";
  /** Whether trustees can open the goods for whoever holds a receipt. */
  readonly trustees: boolean;
  /** Whether M must know that it is paid when the last message has come, and not only when it asks. */
  readonly merchantTold: boolean;
  /** The offer is the same for everybody and lies open: no order is needed. */
  readonly openOffer?: boolean;
  /** A planted fault: M lets the key out as soon as it has the payment. */
  readonly trustingMerchant?: boolean;
}

export const ITEMS = ["order", "offer", "pay", "sealed", "key", "receipt"] as const;
export type Item = (typeof ITEMS)[number];
/** Bits, in the order of ITEMS. */
export type Items = number;

export function bit(item: Item): Items {
  return 1 << ITEMS.indexOf(item);
}

export function has(items: Items, item: Item): boolean {
  return (items & bit(item)) !== 0;
}

export function startOf({ openOffer = false, bankKey }: Terms, party: Party): Items {
  const offer = openOffer ? bit("offer") | (bankKey === "sealed" ? bit("sealed") : 0) : 0;
  if (party === "C") return closed({ bankKey } as Terms, "C", bit("order") | offer);
  return party === "M" ? bit("key") | offer : 0;
}

/** What a party makes of what it has by itself. */
export function closed({ bankKey }: Terms, party: Party, items: Items): Items {
  let all = items;
  if (party === "M" && has(all, "order")) all |= bit("offer") | (bankKey === "sealed" ? bit("sealed") : 0);
  if (party === "C" && has(all, "offer")) all |= bit("pay");
  if (party === "B" && has(all, "sealed")) all |= bit("key");
  return all;
}

/** Whether B, asked to, can decide that it is paid: it has the payment, and the key where it is to give it out. */
export function canDecide({ bankKey }: Terms, items: Items): boolean {
  return has(items, "pay") && (bankKey === "never" || has(items, "key"));
}

export function letOut(terms: Terms, from: Party, to: Party, items: Items): Items {
  const isPaid = has(items, "receipt");
  const mayGiveKey =
    from === "C" ||
    isPaid ||
    (from === "M" && to === "B" && terms.bankKey !== "never") ||
    (from === "M" && to === "C" && terms.trustingMerchant === true && has(items, "pay"));
  return mayGiveKey ? items : items & ~bit("key");
}

/** One message of a protocol. */
export interface AbstractLetter {
  readonly from: Party;
  readonly to: Party;
  readonly items: Items;
  readonly name: string;
}

/** The messages of a row where nothing fails; null where one of them says nothing new, or the goods do not come. */
export function deliver(terms: Terms, row: readonly Channel[]): readonly AbstractLetter[] | null {
  const known: Record<Party, Items> = { C: startOf(terms, "C"), M: startOf(terms, "M"), B: 0 };
  const letters: AbstractLetter[] = [];
  for (const [at, channel] of row.entries()) {
    const [from, to] = channel.split("→") as [Party, Party];
    const items = letOut(terms, from, to, known[from]);
    if ((items & ~known[to]) === 0) return null;
    const fresh = ITEMS.filter((item) => has(items & ~known[to], item));
    letters.push({ from, to, items, name: `${at + 1} ${channel} ${fresh.join(", ")}` });
    known[to] = closed(terms, to, known[to] | items);
    if (to === "B" && canDecide(terms, known.B)) known.B |= bit("receipt");
  }
  const isDone = has(known.C, "key") && has(known.B, "receipt");
  return isDone && (!terms.merchantTold || has(known.M, "receipt")) ? letters : null;
}
