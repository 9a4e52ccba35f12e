/**
 * Faults planted into a process as its modules load: the campaign must report each of them, or it proves nothing. The lines
 * to replace have to be there exactly once, so that a fault which no longer fits is an error and not a quiet pass.
 */
import { registerHooks } from "node:module";
import type { Role } from "./boundaries.ts";

export interface Fault {
  readonly role: Role;
  readonly what: string;
  readonly file: string;
  readonly line: string;
  readonly instead: string;
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  "bank-answers-first": {
    role: "bank",
    what: "the bank's answer leaves before its write is durable",
    file: "packages/host/src/attempt.ts",
    line: "    const result = await store.commit({ epoch, nowMs: now, read: rows.versions(decided.read), writes });",
    instead: `    const result = "done" as const;
    setTimeout(() => store.commit({ epoch, nowMs: now, read: rows.versions(decided.read), writes }), 30);`,
  },
  "bank-pays-again": {
    role: "bank",
    what: "the bank does not look for the row of a tid before it pays",
    file: "packages/protocols/src/money/settle.ts",
    line: "  if (row !== undefined) return repeated(command, row, view, now);",
    instead: "  void repeated;",
  },
  "wallet-forgets": {
    role: "wallet",
    what: "a wallet that starts again does not find the rows of the process before it",
    file: "packages/sdk/src/wallet.ts",
    line: '  const store = openSqlite(join(folder, "wallet.db"), walletShapes);',
    instead: `  const { rmSync } = await import("node:fs");
  for (const end of ["", "-wal", "-shm"]) rmSync(join(folder, "wallet.db" + end), { force: true });
  const store = openSqlite(join(folder, "wallet.db"), walletShapes);`,
  },
  "wallet-keeps-no-index": {
    role: "wallet",
    what: "a request for coins leaves and their index is not durable",
    file: "packages/protocols/src/purse/errands.ts",
    line: '  return { writes: draft.writes(), outcome: { kind: "errand", id, row }, effects: [sendOf(id, row)] };',
    instead: `  const writes = draft.writes().filter(({ table }) => table !== "coin_index");
  return { writes, outcome: { kind: "errand", id, row }, effects: [sendOf(id, row)] };`,
  },
  "bank-debits-again": {
    role: "bank",
    what: "the bank debits again for values that it has signed before",
    file: "packages/protocols/src/money/mint.ts",
    line: '  const fresh = outputs.filter((output) => view.get("issued", output.id) === undefined);',
    instead: "  const fresh = outputs;",
  },
  "bank-signs-first": {
    role: "bank",
    what: "the mint signs before the withdrawal is durable",
    file: "packages/sdk/src/bank.ts",
    line: "      const { outcome, answer } = await hosted.submit(admitted(hosted.admit(message)));",
    instead: `      const command = admitted(hosted.admit(message));
      if (command.kind === "withdraw") {
        const made = { kind: "issued", request: command.id, sign: command.outputs, deposited: null } as const;
        const early = withSignatures(config, made, await mint.signed(made));
        setTimeout(() => hosted.submit(command), 2_000);
        return early;
      }
      const { outcome, answer } = await hosted.submit(command);`,
  },
  "bank-lists-first": {
    role: "bank",
    what: "a list names keys that are not on disk yet",
    file: "packages/sdk/src/mint.ts",
    line: '        writeDurably(pemPath(place, keyId), privateKeyPem, "coin key");',
    instead: '        setTimeout(() => writeDurably(pemPath(place, keyId), privateKeyPem, "coin key"), 500);',
  },
  "coins-spent-unpaid": {
    role: "wallet",
    what: "the coins of a purchase that was never paid are marked as spent",
    file: "packages/protocols/src/exchange/wallet.ts",
    line: "release(config, draft, id, !unpaid, now);",
    instead: "release(config, draft, id, true, now);",
  },
  "restored-as-before": {
    role: "wallet",
    what: "a restored wallet takes the device number of the lost one again",
    file: "packages/sdk/src/restore.ts",
    line: 'await wallet.run({ kind: "device", bank, device });',
    instead: 'await wallet.run({ kind: "device", bank, device: 0 });',
  },
  "resume-leaves-coins": {
    role: "wallet",
    what: "`resume` does not wait for what was asked about coins",
    file: "packages/sdk/src/cash.ts",
    line: '.filter(([, row]) => row.phase === "asked" && row.reason === null);',
    instead: ".filter(() => false);",
  },
};

/** No fault: the campaign's banks make keys of three denominations in an epoch, because keys take long to make. */
export const FEW_KEYS = "few-keys";
export const DENOMINATIONS = 3;
const EDITS: Readonly<Record<string, Pick<Fault, "file" | "line" | "instead">>> = {
  ...FAULTS,
  [FEW_KEYS]: {
    file: "packages/sdk/src/mint.ts",
    line: "  denominations: 16,",
    instead: `  denominations: ${DENOMINATIONS},`,
  },
};

for (const name of (process.env.CRASH_PLANTED ?? "").split(" ").filter((each) => each !== "")) {
  plant(name, EDITS[name] as Fault);
}

function plant(name: string, { file, line, instead }: Pick<Fault, "file" | "line" | "instead">): void {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(file)) return loaded;
      const parts = String(loaded.source instanceof Uint8Array ? Buffer.from(loaded.source) : loaded.source).split(
        line,
      );
      if (parts.length !== 2) throw new Error(`the fault ${name} does not fit ${file} any more`);
      return { ...loaded, source: parts.join(instead) };
    },
  });
}
