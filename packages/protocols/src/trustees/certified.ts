/**
 * What a trustee takes for a certificate. It asks of any kind the same: whose goods they are, which group may open them, and
 * the ciphertext A, D, proven to be bound to just that. Another kind of certificate is another case here and nowhere else.
 */
import type { Hex } from "@counterfoil/base";
import { type Crypto, open, tagOf } from "@counterfoil/crypto";
import {
  certHashOf,
  certificateSchema,
  escrowHolds,
  signatureCertHashOf,
  signatureCertificateHolds,
  signatureCertificateSchema,
} from "../contract/index.ts";

export interface CertifiedEscrow {
  readonly certHash: Hex;
  readonly merchant: Hex;
  readonly group: Hex;
  readonly groupKey: Hex;
  /** A and D. */
  readonly escrow: { readonly head: Hex; readonly body: Hex };
}

/**
 * Null unless the certifier signed it and π_reg holds: without the proof another merchant lists this A and D, moved a
 * little, as its own, buys from itself, and has the trustees open it.
 */
export function certificateHolds(crypto: Crypto, certificate: Uint8Array): CertifiedEscrow | null {
  switch (tagOf(certificate)) {
    case "cert/1": {
      const opened = open(crypto, certificateSchema, certificate, ({ certifier }) => certifier);
      if (!opened.ok || !escrowHolds(crypto, opened.value.value)) return null;
      const { merchant, group, groupKey, escrow } = opened.value.value;
      return { certHash: certHashOf(crypto, opened.value.value), merchant, group, groupKey, escrow };
    }
    case "signature-cert/1": {
      const opened = open(crypto, signatureCertificateSchema, certificate, ({ merchant }) => merchant);
      if (!opened.ok || !signatureCertificateHolds(crypto, opened.value.value)) return null;
      const { merchant, group, groupKey, escrow } = opened.value.value;
      return { certHash: signatureCertHashOf(crypto, opened.value.value), merchant, group, groupKey, escrow };
    }
    default:
      return null;
  }
}
