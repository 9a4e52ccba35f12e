/** What a bank's operator asks of the running bank, signed with the bank's own key. */
import { decode } from "@counterfoil/base";
import { type Crypto, open, post, type SigningKey, ZERO_HASH } from "@counterfoil/crypto";
import { bankAnswer, type CoinKeys, coinKeysSchema, operatorRequest } from "@counterfoil/protocols/money";
import { newNonce } from "./account.ts";
import { OPERATOR_MS } from "./bank.ts";
import { NO_MONEY_MOVED, Refusal } from "./folder.ts";

/** Carries one message to the bank. */
export type OperatorDoor = (message: Uint8Array) => Promise<Uint8Array>;

/** Opens a new epoch of coin keys. @param after the newest epoch known, or null: a repeat opens no second one. */
export async function rotateMint(
  crypto: Crypto,
  key: SigningKey,
  door: OperatorDoor,
  after: number | null,
  now: number,
): Promise<CoinKeys> {
  const envelope = {
    recipient: key.publicKey,
    session: newNonce(),
    previous: ZERO_HASH,
    notAfterMs: now + OPERATOR_MS,
  };
  const heard = decode(bankAnswer, await door(post(crypto, key, operatorRequest, envelope, { kind: "rotate", after })));
  const list =
    heard.ok && heard.value.kind === "coin-keys"
      ? open(crypto, coinKeysSchema, heard.value.list, () => key.publicKey)
      : null;
  if (list?.ok) return list.value.value;
  throw new Refusal(
    "not-an-answer",
    "The bank did not answer with its keys.",
    NO_MONEY_MOVED,
    "bank keys list shows them.",
  );
}
