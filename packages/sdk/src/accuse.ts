/** Bringing an accusation to a certifier. */
import { decode, encode, type Hex } from "@counterfoil/base";
import type { WireClient } from "@counterfoil/host/portable";
import { accuseAnswer, accuseRequest } from "@counterfoil/protocols/exchange";
import { certificatesJson } from "./certifier-pages.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { bytesOf } from "./visit.ts";

/**
 * @param certificate any of this certifier's for the accused merchant, such as the one it sold under.
 * @returns the merchant, which is struck now. Sent again, it changes nothing.
 */
export async function accuse(
  certifier: Pick<WireClient, "post">,
  accusation: Uint8Array,
  certificate: Uint8Array,
): Promise<Hex> {
  const answer = decode(accuseAnswer, await certifier.post(encode(accuseRequest, { accusation, certificate })));
  if (answer.ok) return answer.value.merchant;
  throw new Refusal("not-an-answer", "The certifier's answer is not one.", NO_MONEY_MOVED, "Check its address.");
}

/** Certificates looked through: the catalogue of a certifier with some thousand goods. */
const PAGES = 100;

/** Any that it has signed for the merchant shows that it knows it. */
export async function certificateFor(certifier: Pick<WireClient, "getJson">, merchant: Hex): Promise<Uint8Array> {
  for (let after = "", page = 0; page < PAGES; page++) {
    const found = certificatesJson.parse(await certifier.getJson(`/v1/certificates${after}`));
    const own = found.certificates.find((each) => each.merchant === merchant);
    if (own !== undefined) return bytesOf(own.certificate);
    if (found.next === null) break;
    after = `?after=${found.next}`;
  }
  const next = "It may have struck the merchant already; or ask another certifier.";
  throw new Refusal("not-certified-here", "This certifier has nothing of that merchant.", NO_MONEY_MOVED, next);
}
