/** The bank's operator at the command line. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { showMoney } from "@counterfoil/base";
import { wireClient } from "@counterfoil/host";
import {
  auditBooks,
  type Books,
  bankConfig,
  bytesOf,
  epochsOf,
  keyEpochs,
  lockFolder,
  type Market,
  NO_MONEY_MOVED,
  newestEpoch,
  type OperatorDoor,
  openBank,
  type Ports,
  Refusal,
  readMintList,
  readSeed,
  readShown,
  rotateMint,
  SANDBOX_BANK,
} from "@counterfoil/sdk";
import { type Place, ports } from "./place.ts";
import { announce, announced, listen, ownFolder, type ServeFlags, untilStopped } from "./running.ts";
import { counted, day, EXIT, print } from "./terminal.ts";

export async function bankServe(place: Place, flags: ServeFlags): Promise<void> {
  const own = await ports();
  const folder = bankFolder(place);
  const lock = ownFolder(folder, "bank");
  const bank = await openBank(folder, SANDBOX_BANK, own);
  const operated = { folder, clock: own.clock, bank: { folder, bank, ports: own } };
  const shown = { url: null, descriptor: bank.descriptor };
  const market = { bank: shown, shop: null, trustees: shownBy(folder), logs: bank.logs, operated };
  const served = await listen(flags, [bank.role], market, null);
  const withdraw = announce(folder, served.url);
  print(place.json, { status: "running", url: served.url, bank: bank.key }, [
    `The bank is open at ${served.url}. It is a sandbox: all its money is play money.`,
    `A shop that is paid here:  COUNTERFOIL_URL=${served.url} npx counterfoil shop serve`,
  ]);
  await untilStopped([() => lock.release(), () => bank.close(), withdraw, () => served.close()]);
}

/** Groups that `bank trust --trustees` has named. */
export function shownBy(folder: string): NonNullable<Market["trustees"]> {
  return readShown(folder).map(({ group, urls }) => ({ group: bytesOf(group), urls }));
}

function bankFolder(place: Place): string {
  return join(place.data, "bank");
}

export function existingBank(place: Place): string {
  const folder = bankFolder(place);
  if (existsSync(join(folder, "bank.db"))) return folder;
  const next = "Pass --data, or counterfoil start.";
  throw new Refusal("no-bank", `There is no bank in ${place.data}.`, NO_MONEY_MOVED, next);
}

export async function bankAudit(place: Place): Promise<void> {
  const books = await auditBooks(existingBank(place), Date.now());
  const { trial, sheets, coins } = books;
  const faults = [...trial.faults, ...coins.faults];
  const totals = [...trial.totals].map(([unit, total]) => ({ unit, total }));
  const balanced = faults.length === 0;
  const { postings, transactions } = trial;
  const status = balanced ? "done" : "refused";
  print(place.json, { status, postings, transactions, totals, sheets, coins: coins.standings, faults }, [
    `Trial balance: ${postings} postings in ${transactions} transactions; ${totals.map(({ unit, total }) => `${unit} ${total}`).join(", ") || "empty"}.`,
    ...sheetLines(books),
    ...(balanced ? ["The books balance."] : faults.map((fault) => `FAULT: ${fault}`)),
  ]);
  process.exitCode = balanced ? EXIT.done : EXIT.refused;
}

export async function bankSheet(place: Place): Promise<void> {
  const books = await auditBooks(existingBank(place), Date.now());
  print(
    place.json,
    { status: "done", sheets: books.sheets, epochs: epochsOf(books.coins.standings) },
    sheetLines(books),
  );
}

function sheetLines({ sheets, coins, locks }: Books): string[] {
  return sheets.flatMap((sheet) => {
    const money = (minor: bigint) => showMoney(minor, sheet.unit);
    const epochs = epochsOf(coins.standings).map(
      ({ epoch, issuedMinor, redeemedMinor }) =>
        `    epoch ${epoch}: ${money(issuedMinor)} ever out, ${money(redeemedMinor)} back, ${money(issuedMinor - redeemedMinor)} in circulation`,
    );
    return [
      `Balance sheet in ${sheet.unit}:`,
      `  owed to ${sheet.accounts} accounts ${money(sheet.depositsMinor)} (held ${money(sheet.heldMinor)})`,
      `  owed to whoever holds coins ${money(sheet.coinsMinor)}`,
      `  set aside as bonds ${money(sheet.bondsMinor)}`,
      ...(locks.contracts === 0
        ? []
        : [
            `  of which ${money(locks.lockedMinor)} waits for logs, in ${counted(locks.contracts, "contract", "contracts")}`,
          ]),
      ...epochs,
      `  issued as play money ${money(sheet.issuedMinor)}`,
    ];
  });
}

/** Asks the running bank, or, where none runs, opens it for as long as it takes. */
export async function rotateKeys(place: Place): Promise<void> {
  const own = await ports();
  const folder = existingBank(place);
  const { key } = bankConfig(own.crypto, readSeed(folder) as Uint8Array, SANDBOX_BANK);
  const before = readMintList(own.crypto, folder, key.publicKey);
  const after = before === null ? null : newestEpoch(before);
  const list = await throughBank(place, own, (door) => rotateMint(own.crypto, key, door, after, own.clock()));
  const epoch = newestEpoch(list);
  const fresh = list.keys.filter((each) => each.epoch === epoch);
  const from = day(fresh[0]?.withdrawFromMs ?? 0);
  const until = day(fresh[0]?.withdrawUntilMs ?? 0);
  print(place.json, { status: "done", epoch, sequence: list.sequence, keys: fresh.length }, [
    `Epoch ${epoch}: ${fresh.length} keys, withdrawn under from ${from} until ${until}. List ${list.sequence} names them.`,
    "Coins of earlier epochs stay good until their own dates.",
  ]);
}

/** The bank's door: of the process that runs it, or, where none does, opened for as long as it takes. */
export async function throughBank<T>(place: Place, own: Ports, use: (door: OperatorDoor) => Promise<T>): Promise<T> {
  const folder = bankFolder(place);
  const lock = lockFolder(folder);
  if (lock === null) {
    const client = wireClient(announced(folder) ?? place.url);
    return use((message) => client.post(message)).finally(() => client.close());
  }
  try {
    const bank = await openBank(folder, SANDBOX_BANK, own);
    return await use((message) => bank.role.handle(message)).finally(() => bank.close());
  } finally {
    lock.release();
  }
}

export async function listKeys(place: Place): Promise<void> {
  const own = await ports();
  const folder = existingBank(place);
  const { key, unit } = bankConfig(own.crypto, readSeed(folder) as Uint8Array, SANDBOX_BANK);
  const list = readMintList(own.crypto, folder, key.publicKey);
  const { coins } = await auditBooks(folder, own.clock());
  const standings = epochsOf(coins.standings);
  const epochs = keyEpochs(list).map(({ keys: _, ...dates }) => {
    const standing = standings.find(({ epoch }) => epoch === dates.epoch);
    return { ...dates, circulationMinor: (standing?.issuedMinor ?? 0n) - (standing?.redeemedMinor ?? 0n) };
  });
  print(
    place.json,
    { status: "done", sequence: list?.sequence ?? null, epochs },
    epochs.length === 0
      ? "No coin keys yet: they are made when somebody first asks for coins."
      : epochs.map(
          (each) =>
            `epoch ${each.epoch}: withdrawn ${day(each.withdrawFromMs)} to ${day(each.withdrawUntilMs)}, pays until ${day(each.depositUntilMs)}, exchanged until ${day(each.refreshUntilMs)}, out ${showMoney(each.circulationMinor, unit)}`,
        ),
  );
}
