/** The statements of an accusation: mostly two of one signer, of which an honest one signs one at most. */
import { decode, toHex } from "@counterfoil/base";
import { type Crypto, read } from "@counterfoil/crypto";
import type { Accusation } from "@counterfoil/protocols/exchange";
import { loggedSchema, logSchema, readHead } from "@counterfoil/protocols/log";
import { abortedSchema, receiptSchema } from "@counterfoil/protocols/money";
import {
  abortedOf,
  answerOf,
  bareLeafOf,
  certificateOf,
  loggedOf,
  NOBODY,
  orderOf,
  postedOf,
  receiptOf,
  refusalOf,
  type Statement,
  slipOf,
} from "./statement.ts";

const FIRST = { id: "first" } as const;
const SECOND = { id: "second", against: "first" } as const;

export function statementsOfAccusation(
  crypto: Crypto,
  accused: Exclude<Accusation, { kind: "sale" }>,
): readonly Statement[] {
  switch (accused.kind) {
    case "two-slips":
      return [slipOf(crypto, accused.first, [], FIRST), slipOf(crypto, accused.second, [], SECOND)];
    case "two-receipts":
      return [receiptOf(crypto, accused.first, [], FIRST), receiptOf(crypto, accused.second, [], SECOND)];
    case "receipt-and-abort":
      return [receiptOf(crypto, accused.receipt, []), abortedOf(crypto, accused.aborted, { against: "receipt" })];
    case "receipt-and-expiry":
      return [receiptOf(crypto, accused.receipt, []), refusalOf(crypto, accused.refusal, { against: "receipt" })];
    case "receipt-and-slip":
      return [slipOf(crypto, accused.slip, []), receiptOf(crypto, accused.receipt, ["slip"], { against: "slip" })];
    case "two-leaves": {
      const { bank, first, second } = accused;
      return [bareLeafOf(crypto, bank, first, FIRST), bareLeafOf(crypto, bank, second, SECOND)];
    }
    case "receipt-and-leaf":
      return [
        receiptOf(crypto, accused.receipt, []),
        bareLeafOf(crypto, bankOf(accused.receipt), accused.leaf, { against: "receipt" }),
      ];
    case "leaf-and-abort":
      return [
        bareLeafOf(crypto, abortingBank(accused.aborted), accused.leaf),
        abortedOf(crypto, accused.aborted, { against: "leaf" }),
      ];
    case "two-heads":
      return headsOf(crypto, accused.descriptor, accused.first, accused.second);
    case "two-outcomes":
      return [accused.first, accused.second].map((logged, at) =>
        loggedOf(crypto, logged, { ...(at === 0 ? FIRST : SECOND), ...OUTCOME }),
      );
    case "posted-and-other":
      return [
        postedOf(crypto, accused.posted, logOf(accused.logged), {}),
        loggedOf(crypto, accused.logged, { ...IN_PLACE, id: "logged", against: "posted" }),
      ];
    case "false-answer":
      return [
        certificateOf(crypto, accused.certificate),
        orderOf(crypto, accused.order),
        answerOf(crypto, accused.answer, accused.group.trustees, 0),
      ];
  }
}

const OUTCOME = { title: "Outcome", says: "This contract is decided so." } as const;
const IN_PLACE = { title: "Entry", says: "This is what is at that place." } as const;

function bankOf(receipt: Uint8Array) {
  const said = read(receiptSchema, receipt);
  return said.ok ? said.value.value.bank : NOBODY;
}

function abortingBank(aborted: Uint8Array) {
  const said = read(abortedSchema, aborted);
  return said.ok ? said.value.value.bank : NOBODY;
}

function logOf(logged: Uint8Array) {
  const entry = decode(loggedSchema, logged);
  const log = entry.ok ? decode(logSchema, entry.value.descriptor) : null;
  return log?.ok === true ? log.value.key : NOBODY;
}

function headsOf(crypto: Crypto, descriptor: Uint8Array, ...notes: readonly Uint8Array[]): readonly Statement[] {
  const log = decode(logSchema, descriptor);
  return notes.map((note, at) => {
    const head = log.ok ? readHead(crypto, log.value, note) : null;
    return {
      ...(at === 0 ? { ...FIRST, against: null } : SECOND),
      title: "Head",
      says: head === null ? "A head of the log." : `The tree of ${head.size} entries is this one.`,
      signer: { who: "the log and its witnesses", key: log.ok ? log.value.key : NOBODY },
      holds: head !== null,
      names: [],
      fields: head === null ? [] : [{ name: "root", value: toHex(head.root) }],
    };
  });
}
