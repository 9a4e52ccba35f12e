/** A planted fault: a customer for whom slip and order fit, and who has looked at nothing more of its offer. */
import { decode } from "@counterfoil/base";
import { read } from "@counterfoil/crypto";
import { offerBodySchema, offerHashOf, slipHashOf, slipRepeats, slipSchema } from "@counterfoil/protocols/contract";
import { merchantAnswer, payFor } from "@counterfoil/protocols/exchange";
import { NOW } from "@counterfoil/protocols/players";
import type { takesOffer } from "./market.ts";

export function takesUnproved(
  ...[market, session, answer]: Parameters<typeof takesOffer>
): ReturnType<typeof takesOffer> {
  const { certificate, pid, item, all } = market;
  const { keys, order, orderSigned: signed } = session.contract;
  const heard = decode(merchantAnswer, answer);
  if (!heard.ok || heard.value.kind !== "offer") return null;
  const slip = read(slipSchema, heard.value.slip);
  const unsealed = market.crypto.unseal(keys.replies, heard.value.body);
  const body = unsealed === null ? null : decode(offerBodySchema, unsealed);
  if (!slip.ok || body === null || !body.ok || !slipRepeats(market.crypto, slip.value.value, order)) return null;
  if (offerHashOf(market.crypto, body.value) !== slip.value.value.offerHash) return null;
  const slipHash = slipHashOf(market.crypto, slip.value.body);
  const offer = { ...body.value, slip: slip.value.value, slipSigned: heard.value.slip, slipHash };
  const payer = { kind: "account", account: session.payer, bankBox: all.bankConfig.box.publicKey } as const;
  const placed = { order, signed, message: signed };
  const shown = { certificate: item.certificate, group: certificate.group };
  return session.fundedFor(payFor(market.crypto, keys, pid, placed, offer, shown, payer, NOW), slipHash);
}
