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

const COMMITS =
  "    const result = await store.commit({ epoch, nowMs: now, read: rows.versions(decided.read), writes });";
/** Only what the trial is about: a wallet that is made before it would meet the row that is not there yet. */
const COMMITS_LATER = `    const commit = () => store.commit({ epoch, nowMs: now, read: rows.versions(decided.read), writes });
    const late = writes.some(({ table }) => table === "sale" || table === "answered_case");
    if (late) setTimeout(commit, 500);
    const result = late ? "done" : await commit();`;

export const FAULTS: Readonly<Record<string, Fault>> = {
  "bank-answers-first": {
    role: "bank",
    what: "the bank's answer leaves before its write is durable",
    file: "packages/host/src/attempt.ts",
    line: COMMITS,
    instead: COMMITS_LATER,
  },
  "bank-locks-first": {
    role: "bank",
    what: "the bank's LOCK leaves before its row is durable",
    file: "packages/host/src/attempt.ts",
    line: COMMITS,
    instead: COMMITS_LATER,
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
    file: "packages/sdk/src/wallet-folder.ts",
    line: "  const place = placeIn(folder);",
    instead: `  const { rmSync } = await import("node:fs");
  for (const end of ["", "-wal", "-shm"]) rmSync(join(folder, "wallet.db" + end), { force: true });
  const place = placeIn(folder);`,
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
    line: "      const { outcome, answer } = await hosted.submit(command);",
    instead: `      if (command.kind === "withdraw") {
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
  "trustee-answers-first": {
    role: "trustee-1",
    what: "a trustee's answer leaves before its row is durable",
    file: "packages/host/src/attempt.ts",
    line: COMMITS,
    instead: COMMITS_LATER,
  },
  "bank-keeps-holds": {
    role: "bank",
    what: "the bank ends a purchase and leaves its price set aside",
    file: "packages/protocols/src/money/settle.ts",
    line: '  return { writes: [...freed, { table: "sale", id: tid, row }], outcome: { kind: "aborted", tid, cause, untilMs } };',
    instead:
      '  void freed;\n  return { writes: [{ table: "sale", id: tid, row }], outcome: { kind: "aborted", tid, cause, untilMs } };',
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
/** No fault: how long a buyer waits is no part of what it does. */
export const HASTY = "hasty";
/** No fault: a shop that comes back is asked before any trustee is. */
export const UNHURRIED = "unhurried";
/** No fault: whatever an order has set aside is free again soon, also where its buyer is gone for ever. */
export const SHORT_ORDERS = "short-orders";
/** No fault: `resume` says at once how things stand. */
export const BRIEF = "brief";
export type EditName = typeof FEW_KEYS | typeof HASTY | typeof UNHURRIED | typeof SHORT_ORDERS | typeof BRIEF;
type Edit = Pick<Fault, "file" | "line" | "instead">;

const WAITS = {
  file: "packages/protocols/src/exchange/waiting.ts",
  line: `const WAITS_MS = [2 * SECOND_MS, 4 * SECOND_MS, 8 * SECOND_MS, 16 * SECOND_MS];
const LONGEST_WAIT_MS = 60 * SECOND_MS;`,
};

const OWN_EDITS: Readonly<Record<EditName, Edit>> = {
  [HASTY]: {
    ...WAITS,
    instead: "const WAITS_MS = [SECOND_MS / 2, SECOND_MS / 2];\nconst LONGEST_WAIT_MS = SECOND_MS / 2;",
  },
  [UNHURRIED]: {
    ...WAITS,
    instead: "const WAITS_MS = [SECOND_MS, 5 * SECOND_MS];\nconst LONGEST_WAIT_MS = SECOND_MS;",
  },
  [SHORT_ORDERS]: {
    file: "packages/sdk/src/purchase.ts",
    line: "const ORDER_MS = 10 * MINUTE_MS;",
    instead: "const ORDER_MS = 20 * SECOND_MS;",
  },
  [BRIEF]: {
    file: "packages/sdk/src/resuming.ts",
    line: "const RESUME_PATIENCE_MS = 60 * SECOND_MS;",
    instead: "const RESUME_PATIENCE_MS = SECOND_MS;",
  },
  [FEW_KEYS]: {
    file: "packages/sdk/src/mint.ts",
    line: "  denominations: 16,",
    instead: `  denominations: ${DENOMINATIONS},`,
  },
};
const EDITS: Readonly<Record<string, Edit>> = { ...FAULTS, ...OWN_EDITS };

for (const name of (process.env.CRASH_PLANTED ?? "").split(" ").filter((each) => each !== "")) {
  plant(name, EDITS[name] as Edit);
}

function plant(name: string, { file, line, instead }: Edit): void {
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
