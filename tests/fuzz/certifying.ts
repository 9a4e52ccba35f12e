/** Valid values of every schema of a certifier's. */
import * as certifying from "@counterfoil/protocols/certifying";
import type { Certificate } from "@counterfoil/protocols/contract";
import { HASH, type Put, SIGNED } from "./placeholders.ts";

const NOW = 1_800_000_000_000;

export function putCertifying(put: Put, certificate: Certificate): void {
  put("certifying.looks", certifying.looks, "nobody", "program", "person");
  const who = { certifier: HASH, box: HASH, name: "A certifier", policy: "It looks.", sees: "goods-and-key" } as const;
  const limits = { looks: "nobody", contentLimitBytes: 1_000 } as const;
  const groups = [{ group: HASH, groupKey: HASH, sellUntilMs: NOW }];
  const describes = certifying.certifierDescriptorSchema;
  put(
    "certifying.certifierDescriptorSchema",
    describes,
    { ...who, ...limits, groups: [] },
    { ...who, ...limits, groups },
  );
  const shown = { title: "Füße 𝄞", description: "", mediaType: "text/plain" };
  const secrets = { registration: HASH, point: HASH, scalar: HASH };
  put("certifying.registrationSchema", certifying.registrationSchema, { ...secrets, ...shown, certificate });
  put("certifying.registerRequest", certifying.registerRequest.payload, { sealed: SIGNED });
  put(
    "certifying.certifierRequest",
    certifying.certifierRequest.payload,
    { kind: "review", pid: HASH, approved: true, words: "" },
    { kind: "review", pid: HASH, approved: false, words: "A blank page." },
    { kind: "strike", merchant: HASH, evidence: SIGNED },
  );
  const refused = { certifier: HASH, merchant: HASH, pid: HASH };
  const reasons = certifying.CERTIFIER_REASONS.map((reason) => ({ ...refused, reason, words: "Words." }));
  put("certifying.notCertifiedSchema", certifying.notCertifiedSchema, ...reasons);
  put(
    "certifying.certifierAnswer",
    certifying.certifierAnswer,
    ...(["awaiting", "checking", "pending", "unchecked"] as const).map((kind) => ({ kind, pid: HASH })),
    { kind: "certified", certificate: SIGNED },
    { kind: "refused", refusal: SIGNED },
    ...(["done", "not-pending"] as const).map((kind) => ({ kind, about: HASH })),
  );
  const strikes = [{ merchant: HASH, evidenceHash: HASH, struckMs: NOW }];
  const page = { certifier: HASH, asOfMs: NOW, strikes };
  const pages = certifying.struckSchema;
  put("certifying.struckSchema", pages, { ...page, after: null, upTo: HASH }, { ...page, after: HASH, upTo: null });
}
