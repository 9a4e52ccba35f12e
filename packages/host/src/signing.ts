/** What a signer thread does, and the messages it is told it by. Loaded in the thread, so it imports as little as `rsa.ts`. */
import type { MessagePort } from "node:worker_threads";
import { sameBytes } from "@counterfoil/base";
import { type RsaKey, rsaKeyOf } from "./rsa.ts";

export type ToSigner =
  | { readonly kind: "add"; readonly serial: number; readonly privateKeyPem: string }
  | { readonly kind: "remove"; readonly serial: number }
  | { readonly kind: "sign"; readonly parts: readonly SigningPart[] };

export interface SigningPart {
  /** Which key: a number that is never used again, unlike its name. */
  readonly serial: number;
  /** One or more values of the modulus's length, one after the other. */
  readonly values: Uint8Array;
}

/** For each part of a `sign`, in order: as many signatures, or null where one came out wrong. */
export type FromSigner = "ready" | readonly (Uint8Array | null)[];

/** @param open gives the private operation; the tests plant one that errs. */
export function serveSigning(port: MessagePort, open: (privateKeyPem: string) => RsaKey = rsaKeyOf): void {
  const keys = new Map<number, RsaKey>();
  const tell = (message: FromSigner) => port.postMessage(message);
  port.on("message", (message: ToSigner) => {
    switch (message.kind) {
      case "add":
        keys.set(message.serial, open(message.privateKeyPem));
        return;
      case "remove":
        keys.delete(message.serial);
        return;
      case "sign":
        tell(message.parts.map(({ serial, values }) => signPart(keys.get(serial) as RsaKey, values)));
        return;
    }
  });
  tell("ready");
}

/**
 * BlindSign (RFC 9474 §4.3), with its check: a result that is wrong modulo one prime only would give that prime away.
 * One wrong signature takes the part with it: whoever asked cannot use the rest alone.
 */
function signPart({ modulus, decrypt, encrypt }: RsaKey, values: Uint8Array): Uint8Array | null {
  const signed = new Uint8Array(values.length);
  for (let from = 0; from < values.length; from += modulus.length) {
    const value = values.subarray(from, from + modulus.length);
    const signature = decrypt(value);
    if (!sameBytes(encrypt(signature), value)) return null;
    signed.set(signature, from);
  }
  return signed;
}
