/** What a certifier decides of a registration, from the first word to the certificate or the refusal. */
import type { Hex, Instant } from "@counterfoil/base";
import { type Crypto, H, hashFile, read, sign } from "@counterfoil/crypto";
import { certHashOf, certificateSchema } from "../contract/index.ts";
import type { Write } from "../index.ts";
import type { CertifierReason } from "./messages.ts";
import {
  ALL,
  type Application,
  type CertifierCommand,
  type CertifierConfig,
  type CertifierDecision,
  type CertifierTables,
  type CertifierView,
  openOf,
  type RegistrationRow,
} from "./rows.ts";

type Command<Kind extends CertifierCommand["kind"]> = Extract<CertifierCommand, { kind: Kind }>;

/** The first time it opens a registration; after that it says how the registration stands. */
export function register(
  config: CertifierConfig,
  { application }: Command<"register">,
  view: CertifierView,
  now: Instant,
): CertifierDecision {
  const { pid, merchant } = application;
  if (view.get("strike", merchant) !== undefined) return refuse(merchant, pid, "struck");
  const row = view.get("registration", pid);
  if (row !== undefined) {
    const same = row.application_hash === application.applicationHash;
    return same ? standing(pid, row) : refuse(merchant, pid, "registered-otherwise");
  }
  const reason = whyNot(config, application, view, now);
  if (reason !== null) return refuse(merchant, pid, reason);
  return {
    writes: [
      { table: "registration", id: pid, row: awaited(config, application, now) },
      ...pointsOf(application).map((id) => ({ table: "point", id, row: { pid } }) as const),
      ...count(view, merchant, 1),
    ],
    outcome: { kind: "awaiting", pid },
  };
}

function whyNot(
  config: CertifierConfig,
  application: Application,
  view: CertifierView,
  now: Instant,
): CertifierReason | null {
  const { merchant, certificate } = application;
  // Two products with one P or one a: whoever has bought the one has P of the other, the latter by the difference of both D.
  if (pointsOf(application).some((id) => view.get("point", id) !== undefined)) return "point-registered";
  const { group, groupKey } = certificate;
  const served = config.groups.find((each) => each.group === group && each.groupKey === groupKey);
  if (served === undefined) return "wrong-group";
  if (now >= served.sellUntilMs) return "group-over";
  if (certificate.contentBytes > config.contentLimitBytes) return "too-large";
  const full = openOf(view, merchant) >= config.openPerMerchant || openOf(view, ALL) >= config.openLimit;
  return full ? "too-many-open" : null;
}

/** The names under which P and a are kept, so that neither is registered again. */
export function pointsOf({ pointHash, certificate }: Application): readonly Hex[] {
  return [pointHash, certificate.escrow.head];
}

function awaited({ crypto, awaitMs }: CertifierConfig, application: Application, now: Instant): RegistrationRow {
  const { certificate } = application;
  return {
    phase: "awaiting",
    merchant: application.merchant,
    application_hash: application.applicationHash,
    point_hash: application.pointHash,
    head: certificate.escrow.head,
    title: application.title,
    description: application.description,
    media_type: application.mediaType,
    content_bytes: certificate.contentBytes,
    file_bytes: certificate.fileBytes,
    piece_bytes: certificate.pieceBytes,
    root: certificate.root,
    file_hash: hashFile(crypto, certificate),
    asked_ms: now,
    until_ms: now + awaitMs,
    certificate: null,
    reason: null,
    words: "",
  };
}

function standing(pid: Hex, row: RegistrationRow): CertifierDecision {
  const { phase, merchant, certificate } = row;
  if (phase === "refused") return refuse(merchant, pid, row.reason as CertifierReason, row.words);
  if (phase === "approved") {
    return { writes: [], outcome: { kind: "certified", certificate: certificate as Uint8Array } };
  }
  return { writes: [], outcome: { kind: phase === "pending" ? "pending" : "awaiting", pid } };
}

/** The file was opened, made again and looked at. A verdict about another application than the one that stands is nobody's. */
export function checked(
  config: CertifierConfig,
  { pid, applicationHash, verdict }: Command<"checked">,
  view: CertifierView,
  now: Instant,
): CertifierDecision {
  const row = view.get("registration", pid);
  if (row === undefined || row.application_hash !== applicationHash) return nothing(pid);
  if (row.phase !== "awaiting") return standing(pid, row);
  if (view.get("strike", row.merchant) !== undefined) return end(config, pid, row, view, now, "struck", "");
  if (verdict.kind === "bad") return end(config, pid, row, view, now, verdict.reason, verdict.words);
  const certificate = sign(config.crypto, config.key, certificateSchema, verdict.certificate);
  const known = { ...row, certificate, until_ms: null };
  if (config.looks !== "person") return approve(config, pid, known, view, now);
  return {
    writes: [{ table: "registration", id: pid, row: { ...known, phase: "pending" } }],
    outcome: { kind: "pending", pid },
  };
}

/** A person has looked. */
export function review(
  config: CertifierConfig,
  { pid, approved, words }: Command<"review">,
  view: CertifierView,
  now: Instant,
): CertifierDecision {
  const row = view.get("registration", pid);
  if (row?.phase === (approved ? "approved" : "refused")) return standing(pid, row);
  if (row?.phase !== "pending") return { writes: [], outcome: { kind: "not-pending", about: pid } };
  if (!approved) return end(config, pid, row, view, now, "wrong-description", words);
  if (view.get("strike", row.merchant) !== undefined) return end(config, pid, row, view, now, "struck", "");
  return approve(config, pid, row, view, now);
}

function approve(
  { crypto }: CertifierConfig,
  pid: Hex,
  row: RegistrationRow,
  view: CertifierView,
  now: Instant,
): CertifierDecision {
  const certificate = row.certificate as Uint8Array;
  const { merchant, title, description, media_type, file_hash } = row;
  const listed = { pid, merchant, title, description, media_type, file_hash, certificate, certified_ms: now };
  return {
    writes: [
      { table: "registration", id: pid, row: { ...row, phase: "approved" } },
      { table: "certificate", id: certHashOfSigned(crypto, certificate), row: listed },
      ...count(view, merchant, -1),
    ],
    outcome: { kind: "certified", certificate },
  };
}

function certHashOfSigned(crypto: Crypto, signed: Uint8Array): Hex {
  const own = read(certificateSchema, signed);
  if (!own.ok) throw new Error("a certificate of our own does not read");
  return certHashOf(crypto, own.value.value);
}

function end(
  { refusedKeptMs }: CertifierConfig,
  pid: Hex,
  row: RegistrationRow,
  view: CertifierView,
  now: Instant,
  reason: CertifierReason,
  words: string,
): CertifierDecision {
  const refused = { ...row, phase: "refused", certificate: null, until_ms: now + refusedKeptMs, reason, words };
  return {
    writes: [{ table: "registration", id: pid, row: refused }, ...count(view, row.merchant, -1)],
    outcome: { kind: "refused", fault: { merchant: row.merchant, pid, reason }, words },
  };
}

/** No file came, or a refusal is old. Its point may be registered again, since nothing was ever certified under it. */
export function giveUp({ pid }: Command<"give-up">, view: CertifierView, now: Instant): CertifierDecision {
  const row = view.get("registration", pid);
  if (row === undefined || row.until_ms === null || now < row.until_ms) return nothing(pid);
  const counted = row.phase === "awaiting" ? count(view, row.merchant, -1) : [];
  return {
    writes: [
      { table: "registration", id: pid, row: null },
      { table: "point", id: row.point_hash, row: null },
      { table: "point", id: row.head, row: null },
      ...counted,
    ],
    outcome: { kind: "done", about: pid },
  };
}

/** The catalogue looks here before it shows anything, so one row takes a merchant's whole list off it. */
export function strike(
  { crypto }: CertifierConfig,
  { merchant, evidence }: Command<"strike">,
  view: CertifierView,
  now: Instant,
): CertifierDecision {
  if (view.get("strike", merchant) !== undefined) return nothing(merchant);
  const row = { evidence, evidence_hash: H(crypto, "evidence/1", evidence), struck_ms: now };
  return { writes: [{ table: "strike", id: merchant, row }], outcome: { kind: "done", about: merchant } };
}

export function refuse(merchant: Hex, pid: Hex, reason: CertifierReason, words = ""): CertifierDecision {
  return { writes: [], outcome: { kind: "refused", fault: { merchant, pid, reason }, words } };
}

function nothing(about: Hex): CertifierDecision {
  return { writes: [], outcome: { kind: "done", about } };
}

/** A merchant with nothing open leaves no row. */
function count(view: CertifierView, merchant: Hex, change: 1 | -1): Write<CertifierTables>[] {
  return [merchant, ALL].map((whose) => {
    const open = openOf(view, whose) + change;
    return { table: "tally", id: whose, row: open === 0 ? null : { open } };
  });
}
