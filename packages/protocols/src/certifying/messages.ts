/**
 * What a shop and a certifier say to each other (S1 §4.3 step 2, P§2C *Certificate*). The registration holds what opens the
 * goods, so it travels sealed to the certifier's box key, whatever carries it; the goods themselves travel encrypted.
 */
import {
  bytes,
  count,
  flag,
  hex32,
  instant,
  list,
  nullable,
  type Of,
  oneOf,
  record,
  text,
  union,
} from "@counterfoil/base";
import type { MessageKind } from "@counterfoil/crypto";
import { certificateSchema, DESCRIPTION_LENGTH, signedBytes, TITLE_LENGTH } from "../contract/index.ts";

/** A certifier that serves more groups than this is several certifiers. */
export const GROUPS_LIMIT = 16;
const POLICY_LENGTH = 300;
/** What a person or a program says about goods that it refuses: a sentence or two. */
export const WORDS_LENGTH = 400;
/** A page of strikes is one signed message: 256 of them take 26 KiB. */
export const STRIKES_PAGE = 256;

/** Who looks at the goods after the checks that every certifier makes. */
export const looks = oneOf("nobody", "program", "person");
export type Looks = Of<typeof looks>;

const servedGroupSchema = record(null, { group: hex32, groupKey: hex32, sellUntilMs: instant });
/** Trustees whose goods a certifier certifies, until they stop selling. */
export type ServedGroup = Of<typeof servedGroupSchema>;

/** [“certifier/1”, …]certifier: who it is, and what a shop lets it see by asking. */
export const certifierDescriptorSchema = record("certifier/1", {
  certifier: hex32,
  /** Registrations are sealed to this key. */
  box: hex32,
  name: text(TITLE_LENGTH),
  /** What it vouches for, in one sentence. */
  policy: text(POLICY_LENGTH),
  looks,
  /** It opens what it certifies. No other kind of certifier exists yet; one would say another word here. */
  sees: oneOf("goods-and-key"),
  contentLimitBytes: count(),
  groups: list(servedGroupSchema, GROUPS_LIMIT),
});
export type CertifierDescriptor = Of<typeof certifierDescriptorSchema>;

/** What the certifier is to be told: the goods' point P and the scalar a beside the certificate as the shop would have it. */
export const registrationSchema = record("registration/1", {
  registration: hex32,
  point: hex32,
  scalar: hex32,
  title: text(TITLE_LENGTH),
  description: text(DESCRIPTION_LENGTH),
  mediaType: text(100),
  certificate: certificateSchema,
});
export type Registration = Of<typeof registrationSchema>;

/** The longest description in three-byte letters, and 4 KiB for everything else. */
const SEALED_LIMIT_BYTES = 16 * 1024;
const registerSchema = record(null, { sealed: bytes(1, SEALED_LIMIT_BYTES) });

/** [“register”, …]shop. Said again, it is the question how the registration stands. */
export const registerRequest: MessageKind<Of<typeof registerSchema>> = {
  domain: "counterfoil/certifying/register/1",
  payload: registerSchema,
};

/** A judged case: two signed bundles and what opens them. An envelope takes 32 KiB. */
export const EVIDENCE_LIMIT_BYTES = 24 * 1024;

const operatorRequestSchema = union("kind", {
  review: record(null, { pid: hex32, approved: flag, words: text(WORDS_LENGTH) }),
  strike: record(null, { merchant: hex32, evidence: bytes(1, EVIDENCE_LIMIT_BYTES) }),
});
export type CertifierRequest = Of<typeof operatorRequestSchema>;

/** What the operator tells the running certifier, signed with the certifier's own key. */
export const certifierRequest: MessageKind<CertifierRequest> = {
  domain: "counterfoil/certifying/operator-request/1",
  payload: operatorRequestSchema,
};

/** Why goods are not certified, in the order of the checks. No money moves here. */
export const CERTIFIER_REASONS = [
  "wrong-registration",
  "wrong-point",
  "wrong-escrow",
  "wrong-size",
  "empty",
  "struck",
  "registered-otherwise",
  "point-registered",
  "wrong-group",
  "group-over",
  "too-large",
  "too-many-open",
  "wrong-file",
  "wrong-media-type",
  "wrong-description",
] as const;
export type CertifierReason = (typeof CERTIFIER_REASONS)[number];

/** [“not-certified/1”, …]certifier. */
export const notCertifiedSchema = record("not-certified/1", {
  certifier: hex32,
  merchant: hex32,
  pid: hex32,
  reason: oneOf(...CERTIFIER_REASONS),
  /** Of whoever looked at the goods; empty where a check of this program refused. */
  words: text(WORDS_LENGTH),
});

/** What the certifier answers. To a shop, everything but `certified` and `refused` means: ask again later. */
export const certifierAnswer = union("kind", {
  /** The encrypted file is not all here yet. */
  awaiting: record(null, { pid: hex32 }),
  /** It is being opened, made again and looked at. */
  checking: record(null, { pid: hex32 }),
  /** A person has still to look. */
  pending: record(null, { pid: hex32 }),
  /** Nobody could look just now; nothing is decided. */
  unchecked: record(null, { pid: hex32 }),
  certified: record(null, { certificate: signedBytes }),
  refused: record(null, { refusal: signedBytes }),
  /** To the operator only: it is so now; or nothing of that name waits for a person. */
  done: record(null, { about: hex32 }),
  "not-pending": record(null, { about: hex32 }),
});
export type CertifierAnswer = Of<typeof certifierAnswer>;

const strikeSchema = record(null, { merchant: hex32, evidenceHash: hex32, struckMs: instant });
export type Strike = Of<typeof strikeSchema>;

/**
 * [“struck/1”, …]certifier: the struck merchants whose keys come after `after`, up to `upTo`, and no others. A page cannot
 * leave one out and still be true, and whoever serves it cannot leave one out at all.
 */
export const struckSchema = record("struck/1", {
  certifier: hex32,
  asOfMs: instant,
  after: nullable(hex32),
  /** null for the last page. */
  upTo: nullable(hex32),
  strikes: list(strikeSchema, STRIKES_PAGE),
});
