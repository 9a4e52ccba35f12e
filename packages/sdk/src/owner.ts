/** The owner's word to a shop, and what the shop says to it. */
import { randomBytes } from "node:crypto";
import { decode, type Hex, MINUTE_MS, toHex } from "@counterfoil/base";
import { open, post, ZERO_HASH } from "@counterfoil/crypto";
import {
  declineSchema,
  merchantAnswer,
  type OwnerRequest,
  ownerRequest,
  type ShopConfig,
} from "@counterfoil/protocols/exchange";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** The owner's own message to the running shop. */
export function ownerMessage({ crypto, key }: ShopConfig, request: OwnerRequest, now: number): Uint8Array {
  const session: Hex = toHex(new Uint8Array(randomBytes(32)));
  const envelope = { recipient: key.publicKey, session, previous: ZERO_HASH, notAfterMs: now + MINUTE_MS };
  return post(crypto, key, ownerRequest, envelope, request);
}

/** @throws Refusal where the shop declined. */
export function demandDone({ crypto, key }: Pick<ShopConfig, "crypto" | "key">, bytes: Uint8Array): void {
  const answer = decode(merchantAnswer, bytes);
  if (answer.ok && answer.value.kind === "done") return;
  const declined =
    answer.ok && answer.value.kind === "declined"
      ? open(crypto, declineSchema, answer.value.decline, () => key.publicKey)
      : null;
  const reason = declined?.ok ? declined.value.value.reason : "not-an-answer";
  const detail = OWNER_WORDS[reason] ?? `The shop refused: ${reason}.`;
  throw new Refusal(reason, detail, NO_MONEY_MOVED, "counterfoil shop list shows what there is.");
}

const OWNER_WORDS: Readonly<Record<string, string>> = {
  "already-listed": "The shop has an item of that name already.",
  "too-many-mirrors": "The shop names as many mirrors already as a buyer would try: remove one first.",
  "too-many-groups": "So many groups of the shop's own have a discount on the item already: end one first.",
  "wrong-part": "A part is named twice, or has parts of its own.",
  "wrong-mode":
    "A free item stays free, a sold one keeps a price, a donation a floor alone, and only what is sold or certified is counted.",
};
