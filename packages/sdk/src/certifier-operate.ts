/** What a certifier's operator asks of the running certifier, signed with the certifier's own key, and reads from its file. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { decode, type Hex, MINUTE_MS } from "@counterfoil/base";
import { type Crypto, post, type SigningKey, ZERO_HASH } from "@counterfoil/crypto";
import { openSqliteReadOnly } from "@counterfoil/host";
import {
  type CertifierAnswer,
  type CertifierRequest,
  certifierAnswer,
  certifierRequest,
  certifierShapes,
  type RegistrationRow,
} from "@counterfoil/protocols/certifying";
import { newNonce } from "./nonce.ts";
import type { OperatorDoor } from "./operate.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { allRows } from "./rows.ts";

const OPERATOR_MS = MINUTE_MS;

/** A person has looked at what was pending. */
export async function reviewRegistration(
  crypto: Crypto,
  key: SigningKey,
  door: OperatorDoor,
  review: { readonly pid: Hex; readonly approved: boolean; readonly words: string },
  now: number,
): Promise<void> {
  const { kind } = await ask(crypto, key, door, { kind: "review", ...review }, now);
  if (kind === (review.approved ? "certified" : "refused")) return;
  const detail =
    kind === "refused" ? "Its merchant was struck meanwhile." : "No registration of this name waits for a person.";
  throw new Refusal("not-pending", detail, NO_MONEY_MOVED, "counterfoil certifier list shows how it stands.");
}

async function ask(
  crypto: Crypto,
  key: SigningKey,
  door: OperatorDoor,
  request: CertifierRequest,
  now: number,
): Promise<CertifierAnswer> {
  const session = newNonce();
  const envelope = { recipient: key.publicKey, session, previous: ZERO_HASH, notAfterMs: now + OPERATOR_MS };
  const heard = decode(certifierAnswer, await door(post(crypto, key, certifierRequest, envelope, request)));
  if (heard.ok) return heard.value;
  const detail = "The certifier did not answer.";
  throw new Refusal("not-an-answer", detail, NO_MONEY_MOVED, "Asking again is safe.");
}

/** Every registration that is remembered, oldest first, also while the certifier runs. */
export async function readRegistrations(folder: string): Promise<readonly (readonly [Hex, RegistrationRow])[]> {
  const path = join(folder, "certifier.db");
  if (!existsSync(path)) {
    const detail = `There is no certifier in ${folder}.`;
    throw new Refusal("no-certifier", detail, NO_MONEY_MOVED, "Pass --data, or counterfoil certifier serve.");
  }
  const store = openSqliteReadOnly(path, certifierShapes);
  try {
    const rows = await allRows<RegistrationRow>(store, "registration");
    return [...rows].sort(([, a], [, b]) => a.asked_ms - b.asked_ms);
  } finally {
    await store.close();
  }
}
