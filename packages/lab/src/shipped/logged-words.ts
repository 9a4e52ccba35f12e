/** What the parties of logged sales say to each other, each thing numbered once. */
import { decode, type Hex, peekTag, toHex } from "@counterfoil/base";
import { bodyOf, raw } from "@counterfoil/crypto";
import { merchantAnswer } from "@counterfoil/protocols/exchange";
import { ENTRY_LIMIT_BYTES, type Entry, entrySchema, logAnswer, loggedSchema } from "@counterfoil/protocols/log";
import { bankAnswer, refusalSchema } from "@counterfoil/protocols/money";
import type { LoggedSale } from "@counterfoil/protocols/players";
import { type Interner, interner, spell } from "../explore/index.ts";

export const CUSTOMERS = ["the customer", "the other customer"] as const;
export type Customer = (typeof CUSTOMERS)[number];
export type Who = Customer | "the bank" | "the shop" | "the log" | "the trustee";

export interface Said {
  readonly from: Who;
  readonly to: Who;
  readonly bytes: Uint8Array;
  /** What it answers, where whoever hears it wants to know. */
  readonly re: Uint8Array | null;
  /** Of a head of the log, which is `bytes`: all entries under it, as the tiles have them. */
  readonly entries: readonly Uint8Array[] | null;
}

/** Nobody ever gets these. */
export type Loses = (said: Said) => boolean;

/** All that was ever said in one play. */
export interface Words {
  readonly who: readonly Who[];
  readonly sales: readonly LoggedSale[];
  /** Whether a liar has more contracts than these. */
  readonly hasOthers: boolean;
  readonly all: Interner<Said>;
  /** Its number; none where it makes no difference to anybody, or is lost. */
  say(from: Who, to: Who, bytes: Uint8Array, more?: Partial<Pick<Said, "re" | "entries">>): readonly number[];
  /** In a word: a refusal's reason, else its kind or tag. */
  wordOf(message: number): string;
  /** Which sale it is about; -1 for a head, and for what names none. */
  saleOf(message: number): number;
  nameOf(message: number): string;
}

/** @param others tids of contracts that a liar has besides: what is about them is about none of the sales. */
export function wordsOf(sales: readonly LoggedSale[], loses: Loses = () => false, others: readonly Hex[] = []): Words {
  const who: readonly Who[] = [...CUSTOMERS.slice(0, sales.length), "the bank", "the shop", "the log", "the trustee"];
  const all = interner<Said>(spellSaid);
  const names = namer();
  const [words, about, named]: [string[], number[], string[]] = [[], [], []];
  const remembered = <T>(known: T[], message: number, make: (said: Said) => T): T => {
    known[message] ??= make(all.at(message));
    return known[message] as T;
  };
  const wordOf = (message: number) => remembered(words, message, wordIn);
  const saleOf = (message: number) => remembered(about, message, (said) => saleIn(sales, others, said));
  return {
    ...{ who, sales, all, wordOf, saleOf },
    hasOthers: others.length > 0,
    say(from, to, bytes, { re = null, entries = null } = {}) {
      const said = { from, to, bytes, re, entries };
      return isHeeded(said) && !loses(said) ? [all.of(said)] : [];
    },
    nameOf: (message) =>
      remembered(named, message, (said) => {
        const sale = sales.length > 1 && saleOf(message) >= 0 ? ` of sale ${saleOf(message) + 1}` : "";
        return names(`${wordOf(message)}${sale} from ${said.from}${said.entries === null ? "" : ` to ${said.to}`}`);
      }),
  };
}

/** Two things that read the same are told apart by a number. */
function namer(): (name: string) => string {
  const times = new Map<string, number>();
  return (name) => {
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    return before === 0 ? name : `${name} (${before + 1})`;
  };
}

function spellSaid({ from, to, bytes, re, entries }: Said): string {
  return `${from} ${to} ${spellBytes(from, to, bytes)} ${re && toHex(re)} ${entries?.length}`;
}

function spellBytes(from: Who, to: Who, bytes: Uint8Array): string {
  if (!isCustomer(to)) return toHex(bytes);
  if (from === "the log") return spell(entriesShown(bytes));
  const said = from === "the shop" ? decode(merchantAnswer, bytes) : null;
  // The customer goes to the bank, whatever the shop says in its no.
  return said?.ok && said.value.kind === "declined" ? "declined" : toHex(bytes);
}

export function isCustomer(who: Who): who is Customer {
  return (CUSTOMERS as readonly Who[]).includes(who);
}

/** Whether it can make a difference to whoever hears it, in any state: else it only makes more worlds of the same. */
function isHeeded({ from, to, bytes, entries }: Said): boolean {
  // An acceptance of the log's only has the bank say things less often.
  if (to === "the bank") return from !== "the log" || entries !== null;
  if (!isCustomer(to)) return true;
  if (from === "the log") return entriesShown(bytes).some(({ kind }) => kind === "opened" || kind === "paid");
  if (from === "the shop") {
    const said = decode(merchantAnswer, bytes);
    return said.ok && ["offer", "settled", "declined"].includes(said.value.kind);
  }
  if (from !== "the bank") return true;
  const said = decode(bankAnswer, bytes);
  return said.ok && said.value.kind !== "undecided";
}

function wordIn({ from, to, bytes, entries }: Said): string {
  if (entries !== null) return `the log up to ${entries.map((each) => entryOf(each).kind).join(", ")}`;
  if (from === "the shop" && isCustomer(to)) {
    const said = decode(merchantAnswer, bytes);
    return said.ok ? said.value.kind : "";
  }
  if (from === "the log") {
    const said = decode(logAnswer, bytes);
    if (said.ok && said.value.kind === "logged")
      return entriesShown(bytes)
        .map(({ kind }) => kind)
        .join(" and ");
    return said.ok ? said.value.kind : "";
  }
  if (from !== "the bank" || to === "the log") return peekTag(bytes) ?? "";
  const said = decode(bankAnswer, bytes);
  if (!said.ok) return "";
  if (said.value.kind !== "refused") return said.value.kind;
  const refusal = decode(refusalSchema, bodyOf(said.value.refusal));
  return refusal.ok ? refusal.value.reason : "";
}

/** By the tid, or the log's name for it, that it has in it; else by the customer that it is from or to. */
function saleIn(sales: readonly LoggedSale[], others: readonly Hex[], said: Said): number {
  const { from, to, bytes, re, entries } = said;
  if (entries !== null) return -1;
  const customers: readonly Who[] = CUSTOMERS;
  if (isCustomer(to)) return customers.indexOf(to);
  const names = (name: Hex) => includes(bytes, raw(name)) || (re !== null && includes(re, raw(name)));
  const named = sales.findIndex(({ contract, recKey }) => names(contract.slip.tid) || names(recKey));
  return named >= 0 || others.some(names) ? named : customers.indexOf(from);
}

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = bytes.indexOf(part[0] as number); at >= 0; at = bytes.indexOf(part[0] as number, at + 1)) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

/** What of an answer of the log's proves something. */
export function entriesShown(bytes: Uint8Array): readonly Entry[] {
  const said = decode(logAnswer, bytes);
  if (!said.ok || said.value.kind !== "logged") return [];
  return said.value.entries.map((each) => {
    const logged = decode(loggedSchema, each);
    return entryOf(logged.ok ? logged.value.entry : new Uint8Array(0));
  });
}

export function entryOf(bytes: Uint8Array): Entry {
  const entry = decode(entrySchema, bytes, ENTRY_LIMIT_BYTES);
  if (!entry.ok) throw new Error(entry.reason);
  return entry.value;
}
