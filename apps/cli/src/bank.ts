/** The bank's operator at the command line. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { showMoney } from "@counterfoil/base";
import { auditBooks, NO_MONEY_MOVED, openBank, Refusal, SANDBOX_BANK } from "@counterfoil/sdk";
import { type Place, ports } from "./place.ts";
import { listen, ownFolder, type ServeFlags, untilStopped } from "./running.ts";
import { EXIT, print } from "./terminal.ts";

export async function bankServe(place: Place, flags: ServeFlags): Promise<void> {
  const own = await ports();
  const folder = join(place.data, "bank");
  const lock = ownFolder(folder, "bank");
  const bank = await openBank(folder, SANDBOX_BANK, own);
  const served = await listen(
    flags,
    [bank.role],
    { bank: { url: null, descriptor: bank.descriptor }, shop: null },
    null,
  );
  print(place.json, { status: "running", url: served.url, bank: bank.key }, [
    `The bank is open at ${served.url}. It is a sandbox: all its money is play money.`,
    `A shop that is paid here:  COUNTERFOIL_URL=${served.url} npx counterfoil shop serve`,
  ]);
  await untilStopped([() => lock.release(), () => bank.close(), () => served.close()]);
}

export async function bankAudit(place: Place): Promise<void> {
  const folder = join(place.data, "bank");
  if (!existsSync(join(folder, "bank.db"))) {
    throw new Refusal(
      "no-bank",
      `There is no bank in ${place.data}.`,
      NO_MONEY_MOVED,
      "Pass --data, or counterfoil start.",
    );
  }
  const { trial, sheets, coins } = await auditBooks(folder, Date.now());
  const totals = [...trial.totals].map(([unit, total]) => ({ unit, total }));
  const balanced = trial.faults.length === 0;
  const { postings, transactions, faults } = trial;
  print(place.json, { status: balanced ? "done" : "refused", postings, transactions, totals, sheets, faults }, [
    `Trial balance: ${postings} postings in ${transactions} transactions; ${totals.map(({ unit, total }) => `${unit} ${total}`).join(", ") || "empty"}.`,
    ...sheets.map(
      (sheet) =>
        `Balance sheet: owed to ${sheet.accounts} accounts ${showMoney(sheet.depositsMinor, sheet.unit)} (held ${showMoney(sheet.heldMinor, sheet.unit)}); issued as play money ${showMoney(sheet.issuedMinor, sheet.unit)}.`,
    ),
    ...(balanced ? ["The books balance."] : faults.map((fault) => `FAULT: ${fault}`)),
  ]);
  process.exitCode = balanced ? EXIT.done : EXIT.refused;
}
