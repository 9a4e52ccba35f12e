/**
 * Faults planted into a process as its modules load: the campaign must report each of them, or it proves nothing. The line
 * to replace has to be there exactly once, so that a fault which no longer fits is an error and not a quiet pass.
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
};

const name = process.env.CRASH_PLANTED;
if (name !== undefined) plant(FAULTS[name] as Fault);

function plant({ file, line, instead }: Fault): void {
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
