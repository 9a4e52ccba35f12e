/** What was already said, said again; and one name for two things. */
import { encode, MINUTE_MS } from "@counterfoil/base";
import { post, sign, ZERO_HASH } from "@counterfoil/crypto";
import { orderSchema, paySchema } from "@counterfoil/protocols/contract";
import { paymentMessage } from "@counterfoil/protocols/exchange";
import { accountRequest } from "@counterfoil/protocols/money";
import { newNonce } from "@counterfoil/sdk";
import { ACCEPTED, contract, debit, fate, hold, ready, reasonIn, settle, withSlip } from "../deal.ts";
import { type Market, PRICE_MINOR } from "../market.ts";
import { never, type Scenario, swap } from "../scenario.ts";

/** The same bytes again are the same answer again, and nothing else changes: neither balances nor `also`. */
export async function again(market: Market, message: Uint8Array, first: Uint8Array, also: () => Promise<unknown>) {
  const before = `${await market.accounts()} ${await also()}`;
  const second = await market.client.post(message);
  if (`${await market.accounts()} ${await also()}` !== before) return ACCEPTED;
  return Buffer.compare(first, second) === 0 ? "same-answer" : "another-answer";
}

const nothing = async () => "";

export const REPLAYS: readonly Scenario[] = [
  {
    name: "replay/shop/payment",
    reason: "same-answer",
    without: [
      swap(
        "selling",
        "  if (row !== undefined) {\n    return row.slip_hash === slipHash",
        '  if (row?.phase === "never") {\n    return row.slip_hash === slipHash',
      ),
    ],
    async prepare(market) {
      const pid = await market.list({ stock: 5 });
      const { payment } = (await ready(market, pid, await market.payer())).purchase;
      const first = await market.client.post(payment);
      if (reasonIn(first) !== ACCEPTED) throw new Error("the first payment was refused");
      return () => again(market, payment, first, async () => (await market.shop.item(pid))?.row.stock);
    },
  },
  {
    name: "replay/bank/settle",
    reason: "same-answer",
    without: [
      swap(
        "settle",
        "  if (row !== undefined) return repeated(command, row, view, now);",
        '  if (row?.phase === "never") return repeated(command, row, view, now);',
      ),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const message = settle(market, one, debit(market, await market.payer(), one.slipHash));
      const first = await market.client.post(message);
      if (reasonIn(first) !== ACCEPTED) throw new Error("the first settling was refused");
      return () => again(market, message, first, nothing);
    },
  },
  {
    name: "replay/bank/grant",
    reason: "same-answer",
    without: [swap("holders", "if (earlier !== undefined) {", "if (earlier?.amount === -1n) {")],
    async prepare(market) {
      const key = await market.payer();
      const envelope = {
        recipient: market.bank.key,
        session: newNonce(),
        previous: ZERO_HASH,
        notAfterMs: market.ports.clock() + MINUTE_MS,
      };
      const request = { kind: "grant", amountMinor: 7n, nonce: newNonce() } as const;
      const message = post(market.crypto, key, accountRequest, envelope, request);
      const first = await market.client.post(message);
      return () => again(market, message, first, nothing);
    },
  },
  {
    name: "replay/bank/hold",
    reason: "same-answer",
    without: [
      swap(
        "settle",
        "  if (held !== undefined) {\n    const same",
        '  if (held?.account === "never") {\n    const same',
      ),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const message = hold(market, one, await market.payer());
      const first = await market.client.post(message);
      return () => again(market, message, first, nothing);
    },
  },
  {
    name: "replay/bank/hold-of-a-paid-sale",
    reason: "unchanged",
    without: [
      swap(
        "settle",
        '  if (stands !== null) return { writes: [], outcome: stands };\n  const held = view.get("hold", tid);\n  if (held !== undefined) {',
        '  if (stands?.kind === "held") return { writes: [], outcome: stands };\n  const held = view.get("hold", tid);\n  if (held !== undefined) {',
      ),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const placed = hold(market, one, await market.payer());
      await market.client.post(placed);
      await market.client.post(settle(market, one, { kind: "hold" }));
      return async () => {
        const before = await market.accounts();
        await market.client.post(placed);
        return (await market.accounts()) === before ? "unchanged" : ACCEPTED;
      };
    },
  },
  {
    name: "tid-reused/bank/slip",
    reason: "other-slip-paid",
    without: [
      swap(
        "settle",
        'if (row.phase !== "PAID" || row.slip_hash === command.slipHash) {',
        "if (row.phase.length > 0) {",
      ),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const payer = await market.payer();
      await market.client.post(settle(market, one, debit(market, payer, one.slipHash)));
      const other = withSlip(market, one, { priceMinor: PRICE_MINOR + 1n });
      return () => fate(market.client, settle(market, other, debit(market, payer, other.slipHash)));
    },
  },
  {
    name: "tid-reused/bank/hold",
    reason: "already-decided",
    without: [swap("settle", "return same ? { writes: []", "return same || held.account === id ? { writes: []")],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const payer = await market.payer();
      await market.client.post(hold(market, one, payer));
      return () => fate(market.client, hold(market, one, payer, { priceMinor: PRICE_MINOR + 1n }));
    },
  },
  {
    name: "tid-reused/bank/grant",
    reason: "already-decided",
    without: [never("holders", "if (earlier.amount !== amountMinor) return", "earlier.amount !== amountMinor")],
    async prepare(market) {
      const key = await market.payer();
      const nonce = newNonce();
      const asking = (amountMinor: bigint) => {
        const notAfterMs = market.ports.clock() + MINUTE_MS;
        const envelope = { recipient: market.bank.key, session: newNonce(), previous: ZERO_HASH, notAfterMs };
        return post(market.crypto, key, accountRequest, envelope, { kind: "grant", amountMinor, nonce });
      };
      await market.client.post(asking(5n));
      return () => fate(market.client, asking(6n));
    },
  },
  {
    name: "tid-reused/shop/payment",
    reason: "other-slip-open",
    without: [
      swap(
        "selling",
        "return row.slip_hash === slipHash ? standing(slip.tid, row) :",
        "return row.tries >= 0 ? standing(slip.tid, row) :",
      ),
    ],
    async prepare(market) {
      const pid = await market.list();
      const one = await contract(market, pid);
      const payer = await market.payer();
      const paying = (from: typeof one) =>
        encode(paymentMessage, {
          pid,
          order: sign(market.crypto, from.keys.buyer, orderSchema, from.order),
          slip: from.signed,
          pay: sign(market.crypto, from.keys.buyer, paySchema, { slipHash: from.slipHash }),
          funding: debit(market, payer, from.slipHash),
          visit: null,
        });
      await market.client.post(paying(one));
      return () => fate(market.client, paying(withSlip(market, one, { offerHash: newNonce() })));
    },
  },
];
