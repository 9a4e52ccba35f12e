/**
 * What a registration proves by itself, and the certificate that its goods get (P§2C *Certificate*). A certificate is built
 * from what the certifier has computed: of the shop's own figures only the proof π_reg enters it, and that proof holds for
 * no other figures than the shop's. So where the two differ in anything, there is no certificate.
 */
import { decode, done, encode, type Hex, type Result, refused } from "@counterfoil/base";
import { type Crypto, encryptedBytes, H, hashFile, isScalar, PIECE_BYTES, raw } from "@counterfoil/crypto";
import {
  type Certificate,
  descriptionHashOf,
  escrowHolds,
  type GoodsPoint,
  type Label,
  makeEscrow,
  pidOf,
} from "../contract/index.ts";
import { type CertifierReason, type Registration, registrationSchema } from "./messages.ts";
import type { Application, CertifierConfig, Fault } from "./rows.ts";

/** What the certifier has made again from the opened content, P and pid. */
export interface Rebuilt {
  readonly contentBytes: number;
  readonly contentHash: Hex;
  readonly fileBytes: number;
  readonly pieceBytes: number;
  readonly root: Hex;
  readonly kc: Hex;
}

/** @returns malformed for what is no registration to this certifier at all. */
export function readRegistration(
  config: CertifierConfig,
  merchant: Hex,
  sealed: Uint8Array,
): Result<{ readonly application: Application; readonly fault: null } | { readonly fault: Fault }> {
  const { crypto, box } = config;
  const plain = crypto.unseal(box, sealed);
  if (plain === null) return refused("malformed");
  const read = decode(registrationSchema, plain);
  if (!read.ok) return read;
  const pid = pidOf(crypto, merchant, read.value.registration);
  const reason = faultOf(config, merchant, pid, read.value);
  if (reason !== null) return done({ fault: { merchant, pid, reason } });
  const pointHash = pointHashOf(crypto, raw(read.value.point));
  const applicationHash = applicationHashOf(crypto, pid, pointHash, read.value);
  return done({ application: { ...read.value, merchant, pid, pointHash, applicationHash }, fault: null });
}

function pointHashOf(crypto: Crypto, point: Uint8Array): Hex {
  return H(crypto, "p/1", point);
}

function faultOf(
  { crypto, key }: CertifierConfig,
  merchant: Hex,
  pid: Hex,
  told: Registration,
): CertifierReason | null {
  const { certificate } = told;
  if (certificate.certifier !== key.publicKey || certificate.merchant !== merchant) return "wrong-registration";
  if (certificate.pid !== pid || certificate.version !== 1) return "wrong-registration";
  const described = descriptionHashOf(crypto, told.title, told.description, told.mediaType);
  if (certificate.descriptionHash !== described) return "wrong-registration";
  if (!crypto.group.isPoint(raw(told.point)) || !isScalar(raw(told.scalar))) return "wrong-point";
  if (!crypto.group.isPoint(raw(certificate.groupKey)) || !isOwnEscrow(crypto, told)) return "wrong-escrow";
  if (certificate.pieceBytes !== PIECE_BYTES) return "wrong-size";
  if (certificate.contentBytes === 0) return "empty";
  return certificate.fileBytes === encryptedBytes(certificate.contentBytes) ? null : "wrong-size";
}

/**
 * A and D are those of this P and this a, so the trustees have what opens the goods; the proof gives Ā, and is about exactly
 * this certificate.
 */
function isOwnEscrow(crypto: Crypto, { certificate, ...told }: Registration): boolean {
  const own = makeEscrow(crypto, certificate, goodsOf(told));
  const { head, body } = certificate.escrow;
  return own.head === head && own.body === body && escrowHolds(crypto, certificate);
}

function goodsOf({ point, scalar }: Pick<Registration, "point" | "scalar">): GoodsPoint {
  return { point: raw(point), scalar: raw(scalar) };
}

function applicationHashOf(crypto: Crypto, pid: Hex, pointHash: Hex, { certificate }: Registration): Hex {
  const { merchant, descriptionHash, contentHash, keyCommitment, group, groupKey, escrow } = certificate;
  const named = [pid, pointHash, merchant, descriptionHash, hashFile(crypto, certificate), contentHash];
  return H(crypto, "application/1", ...[...named, keyCommitment, group, groupKey, escrow.head].map(raw));
}

/** The certificate of goods that were opened and made again; the shop's proof decides whether they are what it registered. */
export function certificateOf(
  { crypto, key }: CertifierConfig,
  application: Application,
  { kc, ...figures }: Rebuilt,
): Result<Certificate, "wrong-file"> {
  const { merchant, pid, certificate: told } = application;
  const label: Label = {
    merchant,
    pid,
    version: 1,
    descriptionHash: descriptionHashOf(crypto, application.title, application.description, application.mediaType),
    ...figures,
    keyCommitment: kc,
    group: told.group,
    groupKey: told.groupKey,
  };
  const escrow = { ...makeEscrow(crypto, label, goodsOf(application)), proof: told.escrow.proof };
  const certificate = { certifier: key.publicKey, ...label, escrow };
  return escrowHolds(crypto, certificate) ? done(certificate) : refused("wrong-file");
}

/** The shop's side: its registration, for this certifier's eyes alone. */
export function sealRegistration(crypto: Crypto, box: Hex, registration: Registration): Uint8Array {
  return crypto.seal(box, encode(registrationSchema, registration));
}
