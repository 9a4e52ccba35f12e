/** The thread of `openReports`: reads a role's file, which it never writes, and adds it up. */
import { type MessagePort, parentPort } from "node:worker_threads";
import { nodeCrypto } from "@counterfoil/host";
import type { ShopSale } from "@counterfoil/protocols/exchange";
import { accusationOfSale } from "../accusations.ts";
import { auditBooks } from "../bank.ts";
import { type BankNotes, readBankNotes } from "../bank-reports.ts";
import { allRows } from "../rows.ts";
import { earningsOf, readShop, saleLines } from "../shop-reports.ts";
import type { ReportAnswer, Reported, ReportQuestion, SalesReport } from "./reports.ts";

/** Sales of a list: what a person scrolls through. All of them: counterfoil shop sales --csv. */
const SALES_SHOWN = 500;
/** The same of movements: counterfoil bank reports --csv has all. */
const MOVEMENTS_SHOWN = 500;

const port = parentPort as MessagePort;
const crypto = await nodeCrypto();

port.on("message", (question: ReportQuestion) => {
  const say = (answer: ReportAnswer) => port.postMessage(answer);
  make(question).then(
    (report) => say({ id: question.id, report }),
    (error: unknown) => say({ id: question.id, failed: error instanceof Error ? error.message : String(error) }),
  );
});

function make({ kind, folder, now }: ReportQuestion): Promise<Reported[typeof kind]> {
  switch (kind) {
    case "books":
      return auditBooks(folder, now);
    case "notes":
      return notesIn(folder);
    case "sales":
      return salesIn(folder);
  }
}

async function notesIn(folder: string): Promise<BankNotes> {
  const notes = await readBankNotes(folder);
  return { ...notes, movements: notes.movements.slice(-MOVEMENTS_SHOWN).reverse() };
}

async function salesIn(folder: string): Promise<SalesReport> {
  const sales = await readShop(folder, (rows) => allRows<ShopSale>(rows, "sale"));
  const lines = saleLines(sales);
  return {
    lines: lines.slice(-SALES_SHOWN).reverse(),
    count: lines.length,
    earnings: earningsOf(lines),
    contradicted: sales.flatMap(([tid, sale]) => (accusationOfSale(crypto, tid, sale) === null ? [] : [tid])),
  };
}
