/** Random histories against a model of a few lines; and the same commands give the same tree, however they are batched. */
import { portableCrypto } from "@counterfoil/crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decideBatch, type Row, type View } from "../index.ts";
import { audit, type LogCommand, type LogTables, log, oneOutcome, treeIsTiles } from "./index.ts";
import {
  abortOf,
  commitOf,
  declineOf,
  type LogBench,
  logBench,
  logSale,
  openedOf,
  openOf,
  paidOf,
  post,
  publish,
  RETENTION_MS,
  SALE_MS,
  START,
  sizeOf,
  sourceOf,
  tableOf,
} from "./log.fixture.ts";

const crypto = await portableCrypto();
const template = logBench(crypto);
const SALES = ["one", "two", "three"].map((word) => logSale(template, word));

const ACTIONS = ["open", "commit", "abort", "decline", "opened", "paid"] as const;
type Action = (typeof ACTIONS)[number];

const MESSAGES: Record<Action, readonly Uint8Array[]> = {
  open: SALES.map((sale) => openOf(template, sale)),
  commit: SALES.map((sale) => commitOf(template, sale)),
  abort: SALES.map((sale) => abortOf(template, sale)),
  decline: SALES.map((sale) => declineOf(template, sale)),
  opened: SALES.map((sale) => openedOf(template, sale)),
  paid: SALES.map((sale) => paidOf(template, [sale], START)),
};

interface Contract {
  open: number | null;
  committed: number | null;
  aborted: number | null;
  opened: number | null;
  paid: number | null;
}

/** Where it is entered, or why not, as one reads it in the README. */
function expected(contract: Contract, action: Action, now: number, next: number): number | string {
  const deadline = START + SALE_MS;
  if (now > (action === "paid" ? START : deadline) + RETENTION_MS) return "too-late";
  const entry = action === "commit" ? "committed" : action === "abort" || action === "decline" ? "aborted" : action;
  const known = contract[entry];
  if (known !== null) return known;
  const unopenedLeaf = contract.paid !== null && contract.committed === null;
  const decided = contract.committed !== null || contract.aborted !== null || unopenedLeaf;
  const enter = () => {
    contract[entry] = next;
    return next;
  };
  switch (action) {
    case "open":
      return decided ? "already-decided" : now > deadline ? "expired" : enter();
    case "commit":
      if (decided) return "already-decided";
      return contract.open === null ? "not-open" : now > deadline ? "expired" : enter();
    case "abort":
      return decided ? "already-decided" : now > deadline ? enter() : "not-expired";
    case "decline":
      return decided ? "already-decided" : enter();
    case "opened":
      return contract.committed === null ? "not-committed" : enter();
    case "paid":
      if (contract.aborted !== null) return "already-decided";
      return contract.open !== null && contract.committed === null ? "not-committed" : enter();
  }
}

const STEPS_MS = [0, 1, SALE_MS / 2, SALE_MS, RETENTION_MS / 2] as const;
const history = fc.array(
  fc.record({
    action: fc.constantFrom(...ACTIONS),
    sale: fc.nat({ max: SALES.length - 1 }),
    stepMs: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(0, 1) }, fc.constantFrom(...STEPS_MS)),
  }),
  { maxLength: 40 },
);

test("every history is the model's, keeps the claims, and has no fault for the auditor", async () => {
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const at = logBench(crypto);
      const contracts = SALES.map((): Contract => {
        return { open: null, committed: null, aborted: null, opened: null, paid: null };
      });
      let now = START;
      for (const { action, sale, stepMs } of steps) {
        now += stepMs;
        const wanted = expected(contracts[sale] as Contract, action, now, sizeOf(at));
        const got = post(at, MESSAGES[action][sale] as Uint8Array, now);
        expect(typeof got === "string" ? got : got[0]).toBe(wanted);
      }
      claimsHold(at);
      const note = publish(at, now);
      claimsHold(at);
      const options = { banks: [at.bank.publicKey] };
      const { faults } = await audit(crypto, at.descriptor, sourceOf(at.desk.rows, note), options);
      expect(faults).toEqual([]);
    }),
  );
});

function claimsHold(at: LogBench): void {
  const rows = <N extends keyof LogTables>(table: N) => tableOf(at.desk.rows, table);
  for (const claim of [treeIsTiles, oneOutcome]) {
    expect(claim.refute({ crypto, descriptor: at.descriptor, rows })).toBeNull();
  }
}

test("the same commands at the same instants give the same rows, one by one and in batches", () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 9 }), (steps, width) => {
      let now = START;
      const commands = steps.map(({ action, sale, stepMs }, i) => {
        if (i % width === 0) now += stepMs;
        const admitted = log(template.config).admit(MESSAGES[action][sale] as Uint8Array, now);
        if (!admitted.ok) throw new Error(admitted.reason);
        return { command: admitted.value, now };
      });
      const single = replay(commands, 1);
      expect(replay(commands, width)).toEqual(single);
      expect(replay(commands, 1)).toEqual(single);
    }),
  );
});

test("a command decided again after its own writes has the same outcome and writes nothing", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const { desk } = logBench(crypto);
      let now = START;
      for (const { action, sale, stepMs } of steps) {
        now += stepMs;
        const admitted = desk.authority.admit(MESSAGES[action][sale] as Uint8Array, now);
        if (!admitted.ok) throw new Error(admitted.reason);
        const { outcome } = desk.decide(admitted.value, now);
        const again = desk.authority.decide(admitted.value, desk.view, now);
        expect(again.outcome).toEqual(outcome);
        expect(again.writes).toEqual([]);
      }
    }),
  );
});

function replay(
  commands: readonly { readonly command: LogCommand; readonly now: number }[],
  width: number,
): Map<string, Row> {
  const rows = new Map<string, Row>();
  const view: View<LogTables> = { get: (table, id) => rows.get(`${table}/${id}`) as never };
  for (let at = 0; at < commands.length; at += width) {
    const batch = commands.slice(at, at + width);
    const decided = decideBatch(
      log(template.config),
      batch.map(({ command }) => command),
      view,
      batch[0]?.now as number,
    );
    expect(decided.decisions.every((decision) => !("bug" in decision))).toBe(true);
    for (const { table, id, row } of decided.writes) {
      if (row === null) rows.delete(`${table}/${id}`);
      else rows.set(`${table}/${id}`, row);
    }
  }
  return rows;
}
