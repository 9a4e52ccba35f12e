/** A bank's books against what others have signed: for whoever has to find out what was done to them. */
import { showMoney } from "@counterfoil/base";
import {
  bankConfig,
  describedBy,
  NO_MONEY_MOVED,
  Refusal,
  readSeed,
  SANDBOX_BANK,
  sourceOf,
  unwindBank,
} from "@counterfoil/sdk";
import { existingBank } from "./bank.ts";
import { reader } from "./log-audit.ts";
import { type Place, ports } from "./place.ts";
import { counted, EXIT, print } from "./terminal.ts";

/** @param flags.log where logs, or mirrors of them, are. Exits 1 where anything differs. */
export async function bankUnwind(place: Place, flags: { readonly log: readonly string[] }): Promise<void> {
  const own = await ports();
  const folder = existingBank(place);
  const seed = readSeed(folder);
  if (seed === null) {
    const next = "The bank's own seed opens the debits that were sealed to it: put it back.";
    throw new Refusal("no-seed", `There is no seed in ${folder}.`, NO_MONEY_MOVED, next);
  }
  const config = bankConfig(own.crypto, seed, SANDBOX_BANK);
  const readers = flags.log.map((where) => ({ where, ...reader(where) }));
  try {
    const logs = await Promise.all(
      readers.map(async ({ where, files }) => ({
        descriptor: await describedBy(files, where),
        source: sourceOf(files),
      })),
    );
    const { balances, signed, onItsWord, leaves, faults } = await unwindBank(folder, config, logs, own.clock());
    const agrees = faults.length === 0;
    const word = [...onItsWord].map(([kind, count]) => ({ kind, count }));
    const accounts = [...balances].map(([account, balanceMinor]) => ({ account, balanceMinor }));
    const status = agrees ? "done" : "refused";
    print(place.json, { status, signed, onItsWord: word, leaves, accounts, faults }, [
      `${counted(signed, "transaction is", "transactions are")} shown by what others have signed.`,
      ...word.map(({ kind, count }) => `  on the bank's word alone: ${count} ${kind}`),
      flags.log.length === 0
        ? "No log was asked: --log names one."
        : `${counted(leaves, "leaf", "leaves")} of this bank in the logs.`,
      ...(agrees
        ? ["The books are what the evidence says."]
        : faults.map(({ kind, about, says }) => `DIFFERS: ${kind} ${about}: ${says}`)),
      ...(agrees
        ? []
        : [
            "By the evidence:",
            ...accounts.map(({ account, balanceMinor }) => `  ${account}  ${showMoney(balanceMinor, config.unit)}`),
          ]),
    ]);
    process.exitCode = agrees ? EXIT.done : EXIT.refused;
  } finally {
    for (const { close } of readers) close();
  }
}
