/** A certifier in memory, and a shop's registrations, honest ones and others. */
import { DAY_MS, decode, type Hex, HOUR_MS, MINUTE_MS, toHex } from "@counterfoil/base";
import {
  type Crypto,
  encryptedBytes,
  goodsKeys,
  H,
  hashContent,
  keyCommitment,
  open,
  PIECE_BYTES,
  post,
  raw,
  type SigningKey,
  ZERO_HASH,
} from "@counterfoil/crypto";
import { type Certificate, descriptionHashOf, goodsPointOf, makeEscrow, pidOf } from "../contract/index.ts";
import { type Desk, desk } from "../desk.fixture.ts";
import { certifier } from "./certifier.ts";
import { type Certifiers, catalogueIsCertified, oneProductAPoint, openAreCounted } from "./claims.ts";
import { certifierAnswer, notCertifiedSchema, type Registration, registerRequest } from "./messages.ts";
import { certificateOf, type Rebuilt, readRegistration, sealRegistration } from "./registration.ts";
import type { Application, CertifierCommand, CertifierConfig, CertifierOutcome, CertifierTables } from "./rows.ts";

export const NOW = 1_800_000_000_000;

export function seedOf(word: string, crypto: Crypto): Uint8Array {
  return raw(H(crypto, "seed", word));
}

export function certifierConfig(crypto: Crypto, changes: Partial<CertifierConfig> = {}): CertifierConfig {
  return {
    crypto,
    key: crypto.signingKey(seedOf("certifier", crypto)),
    box: crypto.boxKey(seedOf("certifier box", crypto)),
    groups: [groupOf("trustees", crypto), groupOf("old trustees", crypto, NOW - 1)],
    looks: "nobody",
    contentLimitBytes: 1_000,
    openPerMerchant: 3,
    openLimit: 5,
    awaitMs: DAY_MS,
    refusedKeptMs: 30 * DAY_MS,
    ...changes,
  };
}

export function groupOf(word: string, crypto: Crypto, sellUntilMs = NOW + 100 * DAY_MS) {
  return {
    group: H(crypto, "group", word),
    groupKey: toHex(crypto.group.fromUniform(crypto.sha512(seedOf(word, crypto)))),
    sellUntilMs,
  };
}

export const CLAIMS = [oneProductAPoint, catalogueIsCertified, openAreCounted];

export type CertifierDesk = Desk<CertifierTables, CertifierCommand, CertifierOutcome, never>;

export function certifierDesk(config: CertifierConfig): CertifierDesk {
  return desk(certifier(config));
}

/** For the claims. */
export function rowsOf(config: CertifierConfig, { rows }: CertifierDesk): Certifiers {
  return {
    config,
    rows: <N extends keyof CertifierTables>(table: N) =>
      [...rows].flatMap(([place, row]) =>
        place.startsWith(`${table}/`) ? [[place.slice(table.length + 1), row as CertifierTables[N]] as const] : [],
      ),
  };
}

export function merchantOf(word: string, crypto: Crypto): SigningKey {
  return crypto.signingKey(seedOf(word, crypto));
}

/** What one product is told to be. */
export interface Told {
  readonly registration: Registration;
  /** What opening and making it again gives, where the shop was honest. */
  readonly rebuilt: Rebuilt;
}

/**
 * An honest registration, but for `lie`, which changes the certificate before its proof is made: so each lie is proved as
 * well as it can be.
 */
export function registrationOf(
  config: CertifierConfig,
  merchant: SigningKey,
  word: string,
  changes: Partial<Registration> = {},
  lie: Partial<Certificate> = {},
): Told {
  const { crypto } = config;
  const registration = changes.registration ?? H(crypto, "registration", word);
  const pid = pidOf(crypto, merchant.publicKey, registration);
  const { point, scalar } = goodsPointOf(crypto, seedOf("shop", crypto), registration);
  const rebuilt = rebuiltOf(crypto, point, pid, word);
  const shown = { title: `Title of ${word}`, description: "Words.", mediaType: "text/plain" };
  const { kc, ...figures } = rebuilt;
  const { group, groupKey } = config.groups[0] ?? groupOf("trustees", crypto);
  const told = { ...shown, registration, point: toHex(point), scalar: toHex(scalar), ...changes };
  const label = {
    merchant: merchant.publicKey,
    pid,
    version: 1,
    descriptionHash: descriptionHashOf(crypto, told.title, told.description, told.mediaType),
    ...figures,
    keyCommitment: kc,
    group,
    groupKey,
    ...lie,
  };
  const escrow = lie.escrow ?? makeEscrow(crypto, label, { point, scalar });
  const certificate = { certifier: config.key.publicKey, ...label, escrow };
  return { registration: { ...told, certificate, ...changes }, rebuilt };
}

function rebuiltOf(crypto: Crypto, point: Uint8Array, pid: Hex, word: string): Rebuilt {
  const content = new Uint8Array(100).fill(7);
  const contentHash = hashContent(crypto, { secret: point, pid }, content);
  const kc = keyCommitment(crypto, goodsKeys(crypto, point, contentHash));
  const root = H(crypto, "root", word);
  const fileBytes = encryptedBytes(content.length);
  return { contentBytes: content.length, contentHash, fileBytes, pieceBytes: PIECE_BYTES, root, kc };
}

/** A certifier, and what shops hear from it; `shop` asks where nobody else is named. Reasons are added to `named`. */
export function openDesk(crypto: Crypto, shop: SigningKey, named: Set<string>, changes: Partial<CertifierConfig> = {}) {
  const config = certifierConfig(crypto, changes);
  const desk = certifierDesk(config);
  const word = (bytes: Uint8Array): string => {
    const answer = decode(certifierAnswer, bytes);
    if (!answer.ok) throw new Error(answer.reason);
    if (answer.value.kind !== "refused") return answer.value.kind;
    const refusal = open(crypto, notCertifiedSchema, answer.value.refusal, () => config.key.publicKey);
    if (!refusal.ok) throw new Error(refusal.reason);
    named.add(refusal.value.value.reason);
    return refusal.value.value.reason;
  };
  const ask = (told: Told, merchant = shop, now = NOW) =>
    word(desk.hear(registering(config, merchant, told.registration), now));
  const applicationOf = ({ registration }: Told, merchant = shop): Application => {
    const read = readRegistration(
      config,
      merchant.publicKey,
      sealRegistration(crypto, config.box.publicKey, registration),
    );
    if (!read.ok || read.value.fault !== null) throw new Error("no application");
    return read.value.application;
  };
  /** As the door does it: opens and makes again, or says what it met. */
  const check = (told: Told, merchant = shop, now = NOW) => {
    const application = applicationOf(told, merchant);
    const made = certificateOf(config, application, told.rebuilt);
    const verdict = made.ok
      ? ({ kind: "good", certificate: made.value } as const)
      : ({ kind: "bad", reason: made.reason, words: "" } as const);
    const { pid, applicationHash } = application;
    return desk.decide({ kind: "checked", pid, applicationHash, verdict }, now).outcome;
  };
  const faults = () => CLAIMS.flatMap((claim) => claim.refute(rowsOf(config, desk)) ?? []);
  return { config, desk, word, ask, check, applicationOf, faults };
}

export function registering(
  { crypto, key, box }: CertifierConfig,
  merchant: SigningKey,
  registration: Registration,
  to: Hex = key.publicKey,
): Uint8Array {
  const envelope = { recipient: to, session: ZERO_HASH, previous: ZERO_HASH, notAfterMs: NOW + MINUTE_MS + HOUR_MS };
  const sealed = sealRegistration(crypto, box.publicKey, registration);
  return post(crypto, merchant, registerRequest, envelope, { sealed });
}
