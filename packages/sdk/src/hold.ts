/**
 * The optimistic exchange out of an account: the bank sets the price aside for one order before the shop hears of it (P§2D
 * HOLD). So whoever settles, shop or buyer, finds the money there, and the shop learns no account.
 */
import { decode, encode } from "@counterfoil/base";
import { open, sign } from "@counterfoil/crypto";
import { poHashOf, tidOf } from "@counterfoil/protocols/contract";
import type { PlacedOrder } from "@counterfoil/protocols/exchange";
import {
  abortRequest,
  abortSchema,
  bankAnswer,
  heldSchema,
  holdRequest,
  holdSchema,
  refusalSchema,
} from "@counterfoil/protocols/money";
import type { Deal } from "./deal.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** @throws Refusal where the bank says no: nothing is set aside then. */
export async function holdFor(deal: Deal, { order }: PlacedOrder): Promise<void> {
  const { ports, wallet, visit } = deal;
  const { crypto } = ports;
  const { mode, bank, merchant, buyer, priceMinor, unit, notAfterMs } = order;
  const log = mode === "logged" ? order.log : null;
  const poHash = poHashOf(crypto, order);
  const tid = tidOf(crypto, { bank, merchant, buyer, poHash });
  const account = wallet.account.publicKey;
  const hold = { bank, account, tid, merchant, buyer, poHash, priceMinor, unit, notAfterMs, log };
  const sealed = crypto.seal(visit.bank.terms.box, sign(crypto, wallet.account, holdSchema, hold));
  const answer = decode(bankAnswer, await wallet.call(bankUrl(deal), deal.nonce, encode(holdRequest, { sealed })));
  const held = answer.ok && answer.value.kind === "held" ? answer.value.held : null;
  const opened = held && open(crypto, heldSchema, held, () => bank);
  if (opened?.ok && opened.value.value.tid === tid) return;
  const no = answer.ok && answer.value.kind === "refused" ? answer.value.refusal : null;
  const refusal = no && open(crypto, refusalSchema, no, () => bank);
  const reason = refusal?.ok ? refusal.value.value.reason : "not-an-answer";
  const next = reason === "insufficient-funds" ? "Put money into the account first." : "Try again later.";
  throw new Refusal(
    reason,
    `The bank does not set the price aside: ${reason.replaceAll("-", " ")}.`,
    NO_MONEY_MOVED,
    next,
  );
}

/** There will be no purchase: the money is the account's again at once, and not only when the order's time is over. */
export async function freeHold(deal: Deal, { order }: PlacedOrder): Promise<void> {
  const { ports, wallet, keys } = deal;
  const { crypto } = ports;
  const { bank, merchant, buyer } = order;
  const tid = tidOf(crypto, { bank, merchant, buyer, poHash: poHashOf(crypto, order) });
  const abort = sign(crypto, keys.buyer, abortSchema, { bank, tid, buyer });
  await wallet.call(bankUrl(deal), deal.nonce, encode(abortRequest, { abort, slip: null })).catch(() => null);
}

function bankUrl({ visit }: Deal): string {
  return visit.bank.client.baseUrl;
}
