/** What came after its own time. */
import { encode, HOUR_MS, MINUTE_MS } from "@counterfoil/base";
import { post, sign, ZERO_HASH } from "@counterfoil/crypto";
import { readQuote } from "@counterfoil/protocols/exchange";
import { abortRequest, abortSchema, accountRequest } from "@counterfoil/protocols/money";
import { newNonce } from "@counterfoil/sdk";
import { ACCEPTED, ask, contract, debit, fate, hold, order, quoted, ready, settle } from "../deal.ts";
import { never, type Scenario, swap } from "../scenario.ts";
import { heard, started } from "./parties.ts";

const ANY_SETTLE_TIME = swap(
  "settle",
  "return refuse(tid, slipHash, unfit);\n  if (now >= slip.notAfterMs) return",
  "return refuse(tid, slipHash, unfit);\n  if (false) return",
);
const ANY_ABORT_TIME = swap(
  "settle",
  'return refuse(tid, null, "nothing-to-abort");\n  if (isOver(slip, view, now)) return',
  'return refuse(tid, null, "nothing-to-abort");\n  if (false) return',
);
const ORDER_MS = 10 * MINUTE_MS;

export const EXPIRY: readonly Scenario[] = [
  {
    name: "expired/bank/settle",
    reason: "expired",
    without: [ANY_SETTLE_TIME],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const message = settle(market, one, debit(market, await market.payer(), one.slipHash));
      market.advance(ORDER_MS + 1);
      return () => fate(market.client, message);
    },
  },
  {
    name: "expired/bank/hold",
    reason: "expired",
    without: [never("settle", "if (clockMs >= order.notAfterMs) return", "clockMs >= order.notAfterMs")],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const message = hold(market, one, await market.payer());
      market.advance(ORDER_MS + 1);
      return () => fate(market.client, message);
    },
  },
  {
    name: "expired/bank/abort",
    reason: "expired",
    without: [ANY_ABORT_TIME],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const { bank, tid, buyer } = one.slip;
      const abort = sign(market.crypto, one.keys.buyer, abortSchema, { bank, tid, buyer });
      market.advance(ORDER_MS + 1);
      return async () => {
        const said = await fate(market.client, encode(abortRequest, { abort, slip: one.signed }));
        return said === "aborted" ? ACCEPTED : said;
      };
    },
  },
  {
    name: "expired/bank/grant",
    reason: "expired",
    without: [
      never(
        "envelope",
        'if (expected.now >= envelope.notAfterMs) return refused("expired");',
        "expected.now >= envelope.notAfterMs",
      ),
    ],
    async prepare(market) {
      const key = await market.payer();
      const notAfterMs = market.ports.clock() + MINUTE_MS;
      const envelope = { recipient: market.bank.key, session: newNonce(), previous: ZERO_HASH, notAfterMs };
      const request = { kind: "grant", amountMinor: 1n, nonce: newNonce() } as const;
      const message = post(market.crypto, key, accountRequest, envelope, request);
      market.advance(MINUTE_MS + 1);
      return () => fate(market.client, message);
    },
  },
  {
    name: "expired/shop/order",
    reason: "expired",
    without: [
      never(
        "selling",
        '  if (now >= order.notAfterMs) return "expired";\n  if (order.notAfterMs - now',
        "now >= order.notAfterMs",
      ),
    ],
    async prepare(market) {
      const from = await quoted(market, await market.list());
      const placed = order(market, from, { notAfterMs: market.ports.clock() });
      return () => fate(market.client, placed.message);
    },
  },
  {
    name: "expired/shop/quote",
    reason: "expired",
    without: [never("selling", 'if (now >= given.notAfterMs) return "expired";', "now >= given.notAfterMs")],
    async prepare(market) {
      const from = await quoted(market, await market.list());
      market.advance(5 * MINUTE_MS + 1);
      return () => fate(market.client, order(market, from).message);
    },
  },
  {
    name: "expired/shop/payment",
    reason: "expired",
    // The bank behind it would refuse as well; without either, the buyer is charged after the order's end.
    without: [
      never(
        "selling",
        'if (config.logTime(now) >= slip.notAfterMs) return decline(slip.tid, "expired");',
        "config.logTime(now) >= slip.notAfterMs",
      ),
      ANY_SETTLE_TIME,
    ],
    async prepare(market) {
      const { purchase } = await ready(market, await market.list(), await market.payer());
      market.advance(ORDER_MS + 1);
      return () => fate(market.client, purchase.payment);
    },
  },
  {
    name: "expired/customer/quote",
    reason: "expired",
    without: [
      never(
        "envelope",
        'if (expected.now >= envelope.notAfterMs) return refused("expired");',
        "expected.now >= envelope.notAfterMs",
      ),
    ],
    async prepare(market) {
      const asked = ask(market, await market.list());
      const answer = await market.client.post(asked.request);
      market.advance(HOUR_MS);
      return async () => {
        const { crypto, ports } = market;
        const quote = readQuote(crypto, asked.keys, asked.ask, asked.request, answer, ports.clock());
        return quote.ok ? ACCEPTED : quote.reason;
      };
    },
  },
  {
    name: "expired/customer/refusal-of-another-slip",
    reason: "ignored",
    without: [swap("customer", "|| named !== slipHash) return", "|| (named !== null && named !== slipHash)) return")],
    async prepare(market) {
      const { purchase, offer } = await ready(market, await market.list(), await market.payer());
      const accomplice = await market.payer();
      const about = { ...(await contract(market, await market.list())), slip: offer.slip };
      const past = hold(market, about, accomplice, { notAfterMs: market.ports.clock() });
      return async () => heard(market, started(market, purchase), "bank", await market.client.post(past));
    },
  },
  {
    name: "expired/bank/abort-forgotten-early",
    reason: "aborted",
    without: [
      swap(
        "settle",
        'return abortWith(tid, untilMs, "buyer", releasing(tid, held, view), now, held.log);',
        'return abortWith(tid, held.not_after_ms, "buyer", releasing(tid, held, view), now, held.log);',
      ),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const funding = debit(market, await market.payer(), one.slipHash);
      const accomplice = await market.payer();
      const { bank, tid, buyer } = one.slip;
      const abort = sign(market.crypto, one.keys.buyer, abortSchema, { bank, tid, buyer });
      await market.client.post(hold(market, one, accomplice, { notAfterMs: market.ports.clock() + MINUTE_MS }));
      await market.client.post(encode(abortRequest, { abort, slip: one.signed }));
      market.advance(2 * MINUTE_MS);
      await market.bank.hosted.submit({ kind: "forget-aborted", tid });
      return () => fate(market.client, settle(market, one, funding));
    },
  },
];
