/**
 * The certifier (S1 §4.3 step 2, P§2C *Certificate*): it has looked at the goods, so that a buyer need not trust the shop for
 * what they are, nor anybody for what was delivered. An authority over registrations and the catalogue of certificates.
 * Opening a file, making it again and looking at the content are the door's: a decision is given what came of them.
 */
import { done, encode, type Hex, type Instant, never, type Result, refused } from "@counterfoil/base";
import { receive, sign, tagOf } from "@counterfoil/crypto";
import type { Authority } from "../index.ts";
import {
  type CertifierAnswer,
  certifierAnswer,
  certifierRequest,
  notCertifiedSchema,
  registerRequest,
  STRIKES_PAGE,
  struckSchema,
} from "./messages.ts";
import { checked, giveUp, pointsOf, refuse, register, review, strike } from "./registering.ts";
import { readRegistration } from "./registration.ts";
import {
  ALL,
  type CertifierCommand,
  type CertifierConfig,
  type CertifierDecision,
  type CertifierOutcome,
  type CertifierTables,
  type CertifierView,
  type StrikeRow,
} from "./rows.ts";

/** What the certifier's door takes, by the first words of each message. */
export const CERTIFIER_TAGS = [registerRequest.domain, certifierRequest.domain];

export function certifier(config: CertifierConfig): Authority<CertifierTables, CertifierCommand, CertifierOutcome> {
  return {
    admit: (message, now) => admit(config, message, now),
    reads,
    decide: (command, view, now) => decide(config, command, view, now),
    answer: (outcome) => answer(config, outcome),
    due: {
      registration: (pid, row) =>
        row.until_ms === null ? null : { atMs: row.until_ms, command: { kind: "give-up", pid } },
    },
  };
}

function admit(config: CertifierConfig, message: Uint8Array, now: Instant): Result<CertifierCommand> {
  const { crypto, key } = config;
  if (tagOf(message) === certifierRequest.domain) {
    const told = receive(crypto, certifierRequest, message, { recipient: key.publicKey, now });
    if (!told.ok) return told;
    return told.value.sender === key.publicKey ? done(told.value.payload) : refused("wrong-signature");
  }
  const received = receive(crypto, registerRequest, message, { recipient: key.publicKey, now });
  if (!received.ok) return received;
  const read = readRegistration(config, received.value.sender, received.value.payload.sealed);
  if (!read.ok) return read;
  const { value } = read;
  return done(
    value.fault === null
      ? { kind: "register", application: value.application }
      : { kind: "refuse", fault: value.fault },
  );
}

function reads(command: CertifierCommand) {
  switch (command.kind) {
    case "register": {
      const { pid, merchant } = command.application;
      return [
        { table: "strike", id: merchant } as const,
        { table: "registration", id: pid } as const,
        ...pointsOf(command.application).map((id) => ({ table: "point", id }) as const),
        { table: "tally", id: merchant } as const,
        { table: "tally", id: ALL } as const,
      ];
    }
    case "checked":
    case "review":
    case "give-up":
      return [{ table: "registration", id: command.pid } as const];
    default:
      return [];
  }
}

function decide(
  config: CertifierConfig,
  command: CertifierCommand,
  view: CertifierView,
  now: Instant,
): CertifierDecision {
  switch (command.kind) {
    case "register":
      return register(config, command, view, now);
    case "refuse":
      return refuse(command.fault.merchant, command.fault.pid, command.fault.reason);
    case "checked":
      return checked(config, command, view, now);
    case "review":
      return review(config, command, view, now);
    case "strike":
      return strike(config, command, view, now);
    case "give-up":
      return giveUp(command, view, now);
    default:
      return never(command);
  }
}

function answer(config: CertifierConfig, outcome: CertifierOutcome): Uint8Array {
  return encode(certifierAnswer, say(config, outcome));
}

function say({ crypto, key }: CertifierConfig, outcome: CertifierOutcome): CertifierAnswer {
  switch (outcome.kind) {
    case "awaiting":
    case "pending":
    case "certified":
    case "not-pending":
    case "done":
      return outcome;
    case "refused": {
      const body = { certifier: key.publicKey, ...outcome.fault, words: outcome.words };
      return { kind: "refused", refusal: sign(crypto, key, notCertifiedSchema, body) };
    }
    default:
      return never(outcome);
  }
}

/**
 * A signed page of the struck.
 * @param rows in the order of their keys, those after `after`: all that are left, or as many as a page takes and one more.
 */
export function struckPage(
  { crypto, key }: CertifierConfig,
  rows: readonly (readonly [Hex, StrikeRow])[],
  after: Hex | null,
  now: Instant,
): Uint8Array {
  const page = rows.slice(0, STRIKES_PAGE);
  const upTo = rows.length > page.length ? (page.at(-1)?.[0] ?? null) : null;
  const strikes = page.map(([merchant, row]) => {
    return { merchant, evidenceHash: row.evidence_hash, struckMs: row.struck_ms };
  });
  return sign(crypto, key, struckSchema, { certifier: key.publicKey, asOfMs: now, after, upTo, strikes });
}
