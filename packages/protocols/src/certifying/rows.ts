/** What a certifier is configured with, keeps, is asked and decides. */
import type { Hex } from "@counterfoil/base";
import type { BoxKey, Crypto, SigningKey } from "@counterfoil/crypto";
import type { Certificate } from "../contract/index.ts";
import type { Decision, TablesOf, View } from "../index.ts";
import type { CertifierReason, Looks, Registration, ServedGroup } from "./messages.ts";

export interface CertifierConfig {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  /** Registrations are sealed to it. */
  readonly box: BoxKey;
  readonly groups: readonly ServedGroup[];
  readonly looks: Looks;
  readonly contentLimitBytes: number;
  /** Registrations of one merchant that are not decided yet. Keys are free, so this only keeps one shop's fault small. */
  readonly openPerMerchant: number;
  /** Of all merchants: with the content limit, this bounds the disk. */
  readonly openLimit: number;
  /** How long an encrypted file may take to arrive. */
  readonly awaitMs: number;
  /** How long a refusal is remembered. */
  readonly refusedKeptMs: number;
}

export const certifierShapes = {
  /**
   * By pid. `awaiting`: the file is on its way; `pending`: a person has to look; `approved`; `refused`. Neither P nor a is
   * here, so a copy of this table opens nothing.
   */
  registration: {
    phase: "text",
    merchant: "text",
    application_hash: "text",
    point_hash: "text",
    /** A. */
    head: "text",
    title: "text",
    description: "text",
    media_type: "text",
    content_bytes: "integer",
    file_bytes: "integer",
    piece_bytes: "integer",
    root: "text",
    file_hash: "text",
    asked_ms: "integer",
    /** When an awaited file is given up, or a refusal forgotten. */
    until_ms: "integer?",
    /** The signed certificate, from `pending` on; it leaves the house when approved. */
    certificate: "bytes?",
    reason: "text?",
    words: "text",
  },
  /** By H("p/1", P), and by A: one P opens one product and one a hides one, for ever. */
  point: { pid: "text" },
  /** By merchant, and `all`: registrations that are not decided yet. */
  tally: { open: "integer" },
  /** By certHash: the catalogue. */
  certificate: {
    pid: "text",
    merchant: "text",
    title: "text",
    description: "text",
    media_type: "text",
    file_hash: "text",
    certificate: "bytes",
    certified_ms: "integer",
  },
  /** By merchant: who sold what it had not registered. The evidence discloses the goods' key, so it is for judges. */
  strike: { evidence: "bytes", evidence_hash: "text", struck_ms: "integer" },
} as const;
export type CertifierTables = TablesOf<typeof certifierShapes>;
export type RegistrationRow = CertifierTables["registration"];
export type CertificateRow = CertifierTables["certificate"];
export type StrikeRow = CertifierTables["strike"];

/** The row that counts all open registrations. */
export const ALL = "all";

/** A registration that holds together, as the certifier goes on to check it. It is never written down: it opens the goods. */
export interface Application extends Registration {
  readonly merchant: Hex;
  readonly pid: Hex;
  /** Names everything of the registration but the proof, which may be made anew. */
  readonly applicationHash: Hex;
  /** H("p/1", P). */
  readonly pointHash: Hex;
}

export interface Fault {
  readonly merchant: Hex;
  readonly pid: Hex;
  readonly reason: CertifierReason;
}

/** What came of opening the file, making it again, and looking at the content. */
export type Verdict =
  | { readonly kind: "good"; readonly certificate: Certificate }
  | { readonly kind: "bad"; readonly reason: CertifierReason; readonly words: string };

export type CertifierCommand =
  | { readonly kind: "register"; readonly application: Application }
  | { readonly kind: "refuse"; readonly fault: Fault }
  /** By the door, which holds the file. */
  | { readonly kind: "checked"; readonly pid: Hex; readonly applicationHash: Hex; readonly verdict: Verdict }
  /** By the operator, of what waits for a person. */
  | { readonly kind: "review"; readonly pid: Hex; readonly approved: boolean; readonly words: string }
  /** A judge has found against the merchant; the verdict is not looked at again here. */
  | { readonly kind: "strike"; readonly merchant: Hex; readonly evidence: Uint8Array }
  | { readonly kind: "give-up"; readonly pid: Hex };

export type CertifierOutcome =
  | { readonly kind: "awaiting"; readonly pid: Hex }
  | { readonly kind: "pending"; readonly pid: Hex }
  | { readonly kind: "certified"; readonly certificate: Uint8Array }
  | { readonly kind: "refused"; readonly fault: Fault; readonly words: string }
  /** To the operator: nothing of that name waits for a person. */
  | { readonly kind: "not-pending"; readonly about: Hex }
  | { readonly kind: "done"; readonly about: Hex };

export type CertifierDecision = Decision<CertifierTables, CertifierOutcome>;
export type CertifierView = View<CertifierTables>;

/** What an untold merchant has open. */
export function openOf(view: CertifierView, whose: string): number {
  return view.get("tally", whose)?.open ?? 0;
}
