/** What a certifier claims of its own rows, checked in every test of this topic and by whoever audits one. */
import type { Hex } from "@counterfoil/base";
import { open } from "@counterfoil/crypto";
import { certHashOf, certificateSchema, escrowHolds } from "../contract/index.ts";
import type { Claim } from "../index.ts";
import { ALL, type CertifierConfig, type CertifierTables } from "./rows.ts";

export interface Certifiers {
  readonly config: CertifierConfig;
  /** Every row of a table. */
  rows<N extends keyof CertifierTables>(table: N): readonly (readonly [string, CertifierTables[N]])[];
}

export const oneProductAPoint: Claim<Certifiers> = {
  id: "one-product-a-point",
  restsOn: "H being collision free; a merchant that leaks P itself gives its own product away",
  refute({ rows }) {
    const points = new Map<string, Hex>();
    for (const [pid, row] of rows("registration")) {
      for (const id of [row.point_hash, row.head]) {
        const other = points.get(id);
        if (other !== undefined) return `${pid} and ${other} share a point`;
        points.set(id, pid);
        const kept = rows("point").find(([each]) => each === id);
        if (kept?.[1].pid !== pid) return `a point of ${pid} is not kept under its name`;
      }
    }
    return null;
  },
};

export const catalogueIsCertified: Claim<Certifiers> = {
  id: "catalogue-is-certified",
  restsOn: "the door's having opened and rebuilt the file: what a content is worth is the policy's to say",
  refute({ config, rows }) {
    const { crypto, key } = config;
    const approved = rows("registration").filter(([, row]) => row.phase === "approved");
    const listed = rows("certificate");
    for (const [certHash, row] of listed) {
      const certificate = open(crypto, certificateSchema, row.certificate, () => key.publicKey);
      if (!certificate.ok) return `${certHash} is not signed by the certifier`;
      const { value } = certificate.value;
      if (certHashOf(crypto, value) !== certHash) return `${certHash} lies under another's name`;
      if (value.certifier !== key.publicKey || !escrowHolds(crypto, value))
        return `the escrow of ${certHash} does not hold`;
      if (!approved.some(([pid, each]) => pid === value.pid && each.merchant === value.merchant)) {
        return `${certHash} is of no approved registration`;
      }
    }
    return listed.length === approved.length ? null : "an approved registration has no certificate, or has two";
  },
};

export const openAreCounted: Claim<Certifiers> = {
  id: "open-are-counted",
  restsOn: "nothing but the rows",
  refute({ rows }) {
    const open = new Map<string, number>();
    for (const [, { phase, merchant }] of rows("registration")) {
      if (phase !== "awaiting" && phase !== "pending") continue;
      for (const whose of [merchant, ALL]) open.set(whose, (open.get(whose) ?? 0) + 1);
    }
    const counted = rows("tally");
    const wrong = counted.find(([whose, row]) => open.get(whose) !== row.open);
    if (wrong !== undefined)
      return `${wrong[0]} has ${open.get(wrong[0]) ?? 0} open and is counted with ${wrong[1].open}`;
    return counted.length === open.size ? null : "somebody with open registrations is not counted";
  },
};
