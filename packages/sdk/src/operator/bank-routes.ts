/** The console of a bank: who it is, for anyone; its books, coins, keys and notes, for its operator. */

import { read } from "@counterfoil/crypto";
import { bankDescriptorSchema } from "@counterfoil/protocols/money";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { type Books, bankConfig, type OpenBank, SANDBOX_BANK } from "../bank.ts";
import { epochsOf, keyEpochs } from "../bank-reports.ts";
import { readSeed } from "../folder.ts";
import { mintListReader } from "../mint.ts";
import { readThresholds, rotateMint } from "../operate.ts";
import type { Ports } from "../ports.ts";
import { NO_MONEY_INVOLVED } from "../refusal.ts";
import { jsonAnswer, PROBLEM_HEADERS, problem, problemAnswer } from "../route-answers.ts";
import { REFUSALS } from "./problems.ts";
import type { Made, Reported, Reports } from "./reports.ts";
import { type BankJson, type BooksJson, bankJson, booksJson, type NotesJson, notesJson, rotateJson } from "./shapes.ts";

/** A bank whose pages its operator opens. */
export interface OperatedBank {
  readonly folder: string;
  readonly bank: OpenBank;
  readonly ports: Ports;
}

const AT = "/v1/operator/bank";
const security = [{ operator: [] }];

const bankRoute = createRoute({
  method: "get",
  path: "/v1/bank",
  summary: "Who the bank of this address is, whom it endorses, and the dates of its coin keys, as its signed words say",
  responses: { 200: jsonAnswer("The bank", bankJson), 404: problemAnswer("No bank is at this address") },
});

const booksRoute = createRoute({
  method: "get",
  path: `${AT}/books`,
  summary: "Trial balance, balance sheet and coins in circulation, added up again some seconds ago",
  security,
  responses: { 200: jsonAnswer("The books", booksJson), ...REFUSALS },
});

const notesRoute = createRoute({
  method: "get",
  path: `${AT}/notes`,
  summary: "Movements above thresholds, bonds, and sales whose merchant signed two slips",
  security,
  responses: { 200: jsonAnswer("The notes", notesJson), ...REFUSALS },
});

const rotateRoute = createRoute({
  method: "post",
  path: `${AT}/keys/rotate`,
  summary: "Opens a new epoch of coin keys; a repeat opens no second one",
  security,
  request: { body: { content: { "application/json": { schema: rotateJson } }, required: true } },
  responses: { 200: jsonAnswer("The keys as they are now", bankJson), ...REFUSALS },
});

/** For anyone; it says no more than what the bank signs for anyone. */
export function addBankRoute(app: OpenAPIHono, operated: OperatedBank | null): void {
  const bankNow = operated && bankReader(operated);
  app.openapi(bankRoute, (c) => (bankNow === null ? c.json(NO_BANK, 404, PROBLEM_HEADERS) : c.json(bankNow(), 200)));
}

export function addBankRoutes(app: OpenAPIHono, operated: OperatedBank, reports: Reports): void {
  const { folder, bank, ports } = operated;
  const bankNow = bankReader(operated);
  app.openapi(booksRoute, async (c) => c.json(booksJsonOf(await reports.make("books", folder)), 200));
  app.openapi(notesRoute, async (c) => c.json(await notesJsonOf(operated, await reports.make("notes", folder)), 200));
  app.openapi(rotateRoute, async (c) => {
    const { key } = bankConfig(ports.crypto, readSeed(folder) as Uint8Array, SANDBOX_BANK);
    const { after } = c.req.valid("json");
    await rotateMint(ports.crypto, key, (message) => bank.role.handle(message), after, ports.clock());
    return c.json(bankNow(), 200);
  });
}

/** Anyone may ask as often as he likes: what costs is done once. */
function bankReader({ folder, bank, ports }: OperatedBank): () => BankJson {
  const terms = read(bankDescriptorSchema, bank.descriptor);
  if (!terms.ok) throw new Error("a bank's own descriptor does not decode");
  const { unit, sandbox, longestHoldMs, certifiers, groups, logs } = terms.value.value;
  const listNow = mintListReader(ports.crypto, folder, bank.key);
  const endorsed = { certifiers: [...certifiers], groups: [...groups], logs: [...logs] };
  return () => {
    const list = listNow();
    const keys = { sequence: list?.sequence ?? null, epochs: [...keyEpochs(list)] };
    return { bank: bank.key, unit, sandbox, longestHoldMs, ...endorsed, ...keys };
  };
}

function booksJsonOf({ madeMs, report }: Made<Books>): BooksJson {
  const { trial, sheets, coins, locks } = report;
  const text = (minor: bigint) => minor.toString();
  return {
    madeMs,
    postings: trial.postings,
    transactions: trial.transactions,
    totals: [...trial.totals].map(([unit, total]) => ({ unit, totalMinor: text(total) })),
    faults: [...trial.faults, ...coins.faults].slice(0, FAULTS),
    sheets: sheets.map((sheet) => ({
      unit: sheet.unit,
      accounts: sheet.accounts,
      depositsMinor: text(sheet.depositsMinor),
      heldMinor: text(sheet.heldMinor),
      coinsMinor: text(sheet.coinsMinor),
      bondsMinor: text(sheet.bondsMinor),
      issuedMinor: text(sheet.issuedMinor),
    })),
    locks: { contracts: locks.contracts, lockedMinor: text(locks.lockedMinor) },
    epochs: epochsOf(coins.standings).map(({ epoch, issuedMinor, redeemedMinor }) => ({
      epoch,
      issuedMinor: text(issuedMinor),
      redeemedMinor: text(redeemedMinor),
    })),
  };
}

/** Of more than that a person reads the first: counterfoil bank audit says all. */
const FAULTS = 200;
const BONDS = 500;

async function notesJsonOf(
  { folder, bank }: OperatedBank,
  { madeMs, report }: Made<Reported["notes"]>,
): Promise<NotesJson> {
  const { thresholds } = await readThresholds(folder);
  const text = (minor: bigint) => minor.toString();
  return {
    madeMs,
    unit: bank.unit,
    thresholds: thresholds && {
      recordAboveMinor: text(thresholds.recordAboveMinor),
      reportAboveMinor: text(thresholds.reportAboveMinor),
      perDay: thresholds.perDay,
    },
    movements: report.movements.map(({ time_ms: timeMs, level, account, kind, amount, day_total, unit }) => {
      return { timeMs, level, account, kind, amountMinor: text(amount), dayTotalMinor: text(day_total), unit };
    }),
    bonds: report.bonds.slice(0, BONDS).map(([owner, { put, claimed, unit, until_ms: untilMs }]) => {
      return { owner, putMinor: text(put), claimedMinor: text(claimed), unit, untilMs };
    }),
    equivocations: report.equivocations.slice(0, BONDS),
  };
}

const NO_BANK = problem(
  404,
  "no-bank",
  "No bank",
  "No bank is at this address.",
  "See /v1/market for where it is.",
  NO_MONEY_INVOLVED,
);
