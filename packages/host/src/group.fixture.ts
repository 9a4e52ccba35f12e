/** A small authority for the tests of the group commit: transfers, each applied once, and reminders that come due. */
import { done, utf8 } from "@counterfoil/base";
import type { Authority, Decision, Store, TablesOf, View } from "@counterfoil/protocols";
import { type HostOptions, hostAuthority } from "./group.ts";

export const shapes = {
  account: { minor: "money" },
  transfer: { minor: "money", sequence: "integer" },
  counter: { next: "integer" },
  reminder: { due_ms: "integer?", times: "integer" },
} as const;
export type Rows = TablesOf<typeof shapes>;

export type Command =
  | {
      readonly kind: "transfer";
      readonly id: string;
      readonly from: string;
      readonly to: string;
      readonly minor: bigint;
    }
  | { readonly kind: "remind"; readonly id: string; readonly atMs: number }
  | { readonly kind: "fire" | "stuck"; readonly id: string }
  | { readonly kind: "look" | "fix" | "bug" | "bad-answer" | "misfit" };
export type Outcome = { readonly sequence: number; readonly now: number; readonly kind: Command["kind"] };
export type Bank = Authority<Rows, Command, Outcome, string>;

/** Moves money between accounts, once for each transfer id, and numbers the transfers in the order decided. */
export const bank: Bank = {
  admit: (message) => done({ kind: "transfer", id: String(message[0]), from: "a", to: "b", minor: 1n }),
  reads: (command) => (command.kind === "transfer" ? [{ table: "account", id: command.from }] : []), // the rest is fetched
  decide: (command, view, now) => decideOne(command, view, now),
  answer(outcome) {
    if (outcome.kind === "bad-answer") throw new Error("a bug in answer");
    return utf8(`${outcome.sequence}`);
  },
  send: (effect) => ({ to: effect, bytes: utf8(effect) }),
  due: {
    reminder(id, row) {
      if (row.due_ms === null) return null;
      return { atMs: row.due_ms, command: { kind: id.startsWith("stuck") ? "stuck" : "fire", id } };
    },
  },
};

export function decideOne(command: Command, view: View<Rows>, now: number): Decision<Rows, Outcome, string> {
  const nothing = { writes: [], outcome: { sequence: 0, now, kind: command.kind } };
  switch (command.kind) {
    case "transfer":
      return transfer(command, view, now);
    case "remind":
      if (view.get("reminder", command.id) !== undefined) return nothing;
      return { ...nothing, writes: [{ table: "reminder", id: command.id, row: { due_ms: command.atMs, times: 0 } }] };
    case "fire": {
      const times = view.get("reminder", command.id)?.times ?? 0;
      const row = { due_ms: null, times: times + 1 };
      return { ...nothing, writes: [{ table: "reminder", id: command.id, row }], effects: [command.id] };
    }
    case "bug":
      throw new Error("a bug in decide");
    case "misfit":
      return { ...nothing, writes: [{ table: "counter", id: "misfit", row: { next: 0.5 } }] };
    case "bad-answer":
      return { ...nothing, writes: [{ table: "account", id: "never", row: { minor: 1n } }] };
    case "fix":
      return { ...nothing, fixesTime: true };
    case "look":
    case "stuck":
      return nothing;
  }
}

function transfer(
  { id, from, to, minor }: Command & { kind: "transfer" },
  view: View<Rows>,
  now: number,
): Decision<Rows, Outcome, string> {
  const past = view.get("transfer", id);
  if (past !== undefined) return { writes: [], outcome: { sequence: past.sequence, now, kind: "transfer" } };
  const sequence = (view.get("counter", "transfers")?.next ?? 0) + 1;
  const balance = (account: string) => view.get("account", account)?.minor ?? 0n;
  return {
    writes: [
      { table: "counter", id: "transfers", row: { next: sequence } },
      { table: "transfer", id, row: { minor, sequence } },
      { table: "account", id: from, row: { minor: balance(from) - minor } },
      { table: "account", id: to, row: { minor: balance(to) + minor } },
    ],
    outcome: { sequence, now, kind: "transfer" },
    effects: [to],
  };
}

export const pay = (n: number): Command => ({
  kind: "transfer",
  id: `t${n}`,
  from: `a${n % 3}`,
  to: "m",
  minor: BigInt(n),
});
export const SEVEN = [1, 2, 3, 4, 5, 6, 7].map(pay);

interface Told {
  readonly bugs: unknown[];
  readonly fatal: unknown[];
  readonly sent: string[];
}

export async function host(store: Store, options: Partial<HostOptions> = {}, authority: Bank = bank) {
  const told: Told = { bugs: [], fatal: [], sent: [] };
  const hosted = await hostAuthority(authority, store, {
    name: "bank",
    clock: () => 1_000,
    deliver: (send) => void told.sent.push(send.to),
    onBug: (bug) => told.bugs.push(bug),
    onFatal: (failure) => told.fatal.push(failure),
    random: () => 0.5,
    ...options,
  });
  return { ...hosted, told };
}
