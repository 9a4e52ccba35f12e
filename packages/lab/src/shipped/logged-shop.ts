/** The shop of logged sales. */
import type { Instant } from "@counterfoil/base";
import type { Row } from "@counterfoil/protocols";
import { type Committing, hearBank, hearLog, type ShopCommand, type ShopSale } from "@counterfoil/protocols/exchange";
import type { Local, Player } from "../explore/index.ts";
import { addressed, clockOf, lastOf, type Rows, workOf } from "./logged-desk.ts";
import { batchOf, imaginedBatch, type Misreads, outcomesOf } from "./logged-follow.ts";
import { isCustomer, type Said, type Words } from "./logged-words.ts";

export interface Shop extends Player {
  rowsOf(state: number): Rows;
  isNews(state: number, message: number): boolean;
}

export interface ShopErrs extends Misreads {
  /** What it makes of what it is told. */
  readonly hears?: (command: ShopCommand, rows: Rows) => ShopCommand;
}

const SKIPPED: ReadonlySet<string> = new Set(["wake_ms", "tries", "time_ms"]);

export function shopOf(words: Words, errs: ShopErrs = {}): Shop {
  const [sale] = words.sales as [Words["sales"][number]];
  const { all, crypto } = sale;
  const work = workOf(all.shop, addressed(words, "the shop"), SKIPPED);
  const nowAt = clockOf(sale, "shop");
  const decided = (state: number, now: Instant, command: ShopCommand | null, to: Said["from"] | null): Local | null => {
    if (command === null) return null;
    return work.on(state, (rows) => {
      const { outcome } = all.shop.decide(errs.hears?.(command, rows) ?? command, now);
      // A word of the bank's may complete what its buyer has asked for.
      const asker = to !== null && isCustomer(to) ? to : askerOf(words, command);
      return asker === null ? [] : words.say("the shop", asker, all.shop.authority.answer(outcome, now));
    });
  };
  const commandOf = (state: number, said: Said, now: Instant): ShopCommand | null => {
    if (said.entries !== null) {
      const rows = work.states.at(state);
      const taken = errs.takes?.({ rows, now }, outcomesOf(sale, said.entries)) ?? null;
      const batch = taken === null ? batchOf(crypto, sale, rows, said) : imaginedBatch(crypto, sale, rows, taken);
      return batch === null ? null : { kind: "followed", batch };
    }
    if (said.from === "the bank") return hearBank(all.shopConfig, said.re as Uint8Array, said.bytes);
    if (said.from === "the log") return hearLog(all.shopConfig, said.re as Uint8Array, said.bytes);
    const command = all.shop.authority.admit(said.bytes, now);
    if (!command.ok) throw new Error(command.reason);
    return command.value;
  };
  return {
    name: "the shop",
    start: work.states.of(new Map(all.shop.rows)),
    rowsOf: work.states.at,
    isNews: (state, message) => batchOf(crypto, sale, work.states.at(state), words.all.at(message)) !== null,
    hears(state, message, instant) {
      const said = words.all.at(message);
      return decided(state, nowAt(instant), commandOf(state, said, nowAt(instant)), said.from);
    },
    moves(state, instant) {
      const rows = work.states.at(state);
      const now = nowAt(instant);
      const imagined = errs.imagines?.({ rows, now }) ?? null;
      if (imagined === null) return [];
      const batch = imaginedBatch(crypto, sale, rows, imagined);
      const local = decided(state, now, { kind: "followed", batch }, null);
      return local === null ? [] : [{ what: "errs", ...local }];
    },
    owes(state, instant) {
      const lastMs = lastOf(sale, "shop")(instant);
      return dueOf(all.shop.authority.due, work.states.at(state)).flatMap(({ atMs, command }) => {
        if (atMs > lastMs) return [];
        return decided(state, Math.max(nowAt(instant), atMs), command, null)?.says ?? [];
      });
    },
    inWords: (state) => shopInWords(words, work.states.at(state)),
  };
}

/** The answer of a command that somebody else has brought is for the buyer of its sale; that of what is due, for nobody. */
function askerOf({ sales, who }: Words, command: ShopCommand) {
  if (!("tid" in command) || command.kind === "resend") return null;
  const place = sales.findIndex(({ contract }) => contract.slip.tid === command.tid);
  const asker = who[place];
  return asker !== undefined && isCustomer(asker) ? asker : null;
}

interface Due {
  readonly atMs: Instant;
  readonly command: ShopCommand;
}

/** What it still owes to bank or log. */
function dueOf(rules: object | undefined, rows: Rows): readonly Due[] {
  return [...rows].flatMap(([place, row]) => {
    const [table = "", ...id] = place.split("/");
    if (table !== "sale" && table !== "committing") return [];
    const due =
      ((rules ?? {}) as Record<string, (id: string, row: Row) => Due | null>)[table]?.(id.join("/"), row) ?? null;
    return due === null ? [] : [due];
  });
}

export function shopSaleIn(rows: Rows, tid: string): ShopSale | undefined {
  return rows.get(`sale/${tid}`) as ShopSale | undefined;
}

export function committingIn(rows: Rows, recKey: string): Committing | undefined {
  return rows.get(`committing/${recKey}`) as Committing | undefined;
}

function shopInWords({ sales }: Words, rows: Rows): string {
  return sales
    .map(({ contract, recKey }) => {
      const row = shopSaleIn(rows, contract.slip.tid);
      return row === undefined ? "nothing" : `${row.phase}, ${committingIn(rows, recKey)?.step ?? "no log"}`;
    })
    .join("; ");
}
