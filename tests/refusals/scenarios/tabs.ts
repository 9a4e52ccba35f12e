/** Tabs: what a shop, a buyer or a stranger may not take, and what a till does not serve for. */
import { encode, HOUR_MS, MINUTE_MS } from "@counterfoil/base";
import { post, sign, ZERO_HASH } from "@counterfoil/crypto";
import { allottedSchema } from "@counterfoil/protocols/money";
import {
  hearTabBank,
  hearTill,
  settleUpMessage,
  settleUpSchema,
  tillAnswer,
  tillRequest,
} from "@counterfoil/protocols/tabs";
import { newNonce } from "@counterfoil/sdk";
import { ACCEPTED } from "../deal.ts";
import { never, type Scenario, swap } from "../scenario.ts";
import {
  allot,
  close,
  meter,
  PIECE_MILLI,
  piece,
  question,
  SLICE_LIMIT,
  slice,
  sliceOf,
  TAB_LIMIT,
  TAB_MS,
  tabFate,
  tabFor,
  voucher,
} from "../tap.ts";
import { stranger } from "./parties.ts";

const ANY_SIGNATURE = never(
  "cose",
  "if (!crypto.verify(signer(value.value), concat(STRUCTURE_HEAD, parts.wrapped), parts.signature)) {",
  "!crypto.verify(signer(value.value), concat(STRUCTURE_HEAD, parts.wrapped), parts.signature)",
);

const AT_THE_BANK: readonly Scenario[] = [
  {
    name: "tab/bank/of-anothers-account",
    reason: "wrong-signature",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const victim = await market.payer();
      const thief = { ...victim, secretKey: stranger(market).secretKey };
      const tab = await tabFor(market, {}, thief);
      return () => tabFate(market, tab.request);
    },
  },
  {
    name: "tab/bank/replay-after-the-end",
    reason: "expired",
    without: [never("tabs", "if (now >= tab.notAfterMs) return", "now >= tab.notAfterMs")],
    async prepare(market) {
      const tab = await tabFor(market);
      await market.client.post(tab.request);
      market.advance(TAB_MS);
      await market.bank.hosted.submit({ kind: "lapse-tab", tab: tab.id });
      return () => tabFate(market, tab.request);
    },
  },
  {
    name: "tab/bank/two-shops-above-the-tab",
    reason: "above-tab",
    without: [never("tabs", "if (growth > tab.held - tab.allotted) return", "growth > tab.held - tab.allotted")],
    async prepare(market) {
      const { tab } = await slice(market);
      const other = sliceOf(market, tab, stranger(market).publicKey);
      return () => tabFate(market, allot(market, other, TAB_LIMIT - SLICE_LIMIT + 1n));
    },
  },
  {
    name: "tab/bank/allotted-by-a-stranger",
    reason: "no-such-tab",
    without: [swap("tabs", "tab === undefined || tab.buyer !== wanted.buyer", "tab === undefined")],
    async prepare(market) {
      const { tab } = await slice(market);
      const thief = { ...tab, key: stranger(market) };
      return () => tabFate(market, allot(market, sliceOf(market, thief, market.shop.key), 1n));
    },
  },
  {
    name: "tab/bank/voucher-above-the-slice",
    reason: "above-slice",
    without: [
      never("tabs", "if (totalMilli > row.limit * MILLI_PER_MINOR) return", "totalMilli > row.limit * MILLI_PER_MINOR"),
      swap("tabs", "paid <= row.limit && row.limit <= tab.allotted", "row.limit <= tab.allotted"),
    ],
    async prepare(market) {
      const own = await slice(market);
      const shown = voucher(market, own, (SLICE_LIMIT + 1n) * 1_000n);
      return () => tabFate(market, close(market, own, market.shop.config.key, shown));
    },
  },
  {
    name: "tab/bank/voucher-for-another-bank",
    reason: "wrong-voucher",
    without: [
      never(
        "tabAdmit",
        "if (voucher.bank !== key.publicKey || voucher.slice !== slice) return null;",
        "voucher.bank !== key.publicKey || voucher.slice !== slice",
      ),
    ],
    async prepare(market) {
      const own = await slice(market);
      const shown = voucher(market, own, 5_000n, { bank: stranger(market).publicKey });
      return () => tabFate(market, close(market, own, market.shop.config.key, shown));
    },
  },
  {
    name: "tab/bank/voucher-by-another-key",
    reason: "wrong-voucher",
    without: [
      never(
        "tabs",
        'if (merchant !== row.merchant || spender !== row.spender) return refuse(slice, null, "wrong-voucher");',
        "merchant !== row.merchant || spender !== row.spender",
      ),
    ],
    async prepare(market) {
      const own = await slice(market);
      const shown = voucher(market, own, 5_000n, {}, market.shop.config.key);
      return () => tabFate(market, close(market, own, market.shop.config.key, shown));
    },
  },
  {
    name: "tab/bank/closed-by-a-stranger",
    reason: "not-a-party",
    without: [
      never(
        "tabs",
        "if (closer !== row.merchant && closer !== row.spender) return",
        "closer !== row.merchant && closer !== row.spender",
      ),
    ],
    async prepare(market) {
      const own = await slice(market);
      return () => tabFate(market, close(market, own, stranger(market), null));
    },
  },
  {
    name: "tab/bank/shown-after-the-end",
    reason: "expired",
    without: [never("tabs", "if (now >= row.not_after_ms) return", "now >= row.not_after_ms")],
    async prepare(market) {
      const own = await slice(market);
      const message = close(market, own, market.shop.config.key, voucher(market, own, 5_000n));
      market.advance(TAB_MS);
      return () => tabFate(market, message);
    },
  },
];

const AT_THE_TILL: readonly Scenario[] = [
  {
    name: "tab/till/underpaid",
    reason: "underpaid",
    without: [never("taking", "if (row.served_milli + cost > total) return", "row.served_milli + cost > total")],
    async prepare(market) {
      const [item, own] = [await meter(market), await slice(market)];
      return () => tabFate(market, piece(item, own, voucher(market, own, PIECE_MILLI - 1n)));
    },
  },
  {
    name: "tab/till/more-than-assured",
    reason: "above-slice",
    without: [
      never("taking", "if (total > row.limit * MILLI_PER_MINOR) return", "total > row.limit * MILLI_PER_MINOR"),
    ],
    async prepare(market) {
      const [item, own] = [await meter(market), await slice(market)];
      return () => tabFate(market, piece(item, own, voucher(market, own, SLICE_LIMIT * 1_000n + 1n)));
    },
  },
  {
    name: "tab/till/second-request-under-one-number",
    reason: "other-request",
    without: [swap("taking", 'if (!isEmpty(served)) return decline(slice, "other-request");', "")],
    async prepare(market) {
      const [item, own] = [await meter(market), await slice(market)];
      const shown = voucher(market, own, 2n * PIECE_MILLI);
      await market.client.post(piece(item, own, shown));
      return () => tabFate(market, piece(item, own, shown, question(2)));
    },
  },
  {
    name: "tab/till/slice-of-another-shop",
    reason: "wrong-merchant",
    without: [swap("tillAdmit", 'if (voucher.merchant !== key.publicKey) return "wrong-merchant";', "")],
    async prepare(market) {
      const [item, own] = [await meter(market), await slice(market, stranger(market).publicKey)];
      return () => tabFate(market, piece(item, own, voucher(market, own, PIECE_MILLI)));
    },
  },
  {
    name: "tab/till/assured-by-no-bank",
    reason: "wrong-allotment",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const [item, own] = [await meter(market), await slice(market)];
      const allotted = sign(market.crypto, own.key, allottedSchema, {
        bank: market.bank.key,
        slice: own.id,
        merchant: own.merchant,
        spender: own.key.publicKey,
        limitMinor: 1_000_000n,
        unit: market.bank.unit,
        notAfterMs: market.ports.clock() + TAB_MS,
        noticeMs: HOUR_MS,
      });
      return () => tabFate(market, piece(item, { ...own, allotted }, voucher(market, own, PIECE_MILLI)));
    },
  },
  {
    name: "tab/till/closed-before-the-first-piece",
    reason: "closing",
    without: [
      never(
        "taking",
        "if (row.seen_ms === null || now >= row.seen_ms + row.notice_ms / CONFIRMED_HALF) return",
        "row.seen_ms === null || now >= row.seen_ms + row.notice_ms / CONFIRMED_HALF",
      ),
    ],
    async prepare(market) {
      const [item, own] = [await meter(market), await slice(market)];
      await market.client.post(close(market, own, own.key, null));
      market.advance(HOUR_MS);
      await market.bank.hosted.submit({ kind: "lapse-slice", slice: own.id });
      return () => tabFate(market, piece(item, own, voucher(market, own, PIECE_MILLI)));
    },
  },
  {
    name: "tab/till/too-near-the-end",
    reason: "expired",
    without: [
      never(
        "taking",
        "if (now >= row.not_after_ms - config.closeBeforeMs) return",
        "now >= row.not_after_ms - config.closeBeforeMs",
      ),
      // Behind it the row is due at once, and closes itself.
      swap(
        "till",
        'if (row.phase === "open" && now >= row.not_after_ms - config.closeBeforeMs) return',
        "if (false) return",
      ),
    ],
    async prepare(market) {
      const [item, own] = [await meter(market), await slice(market)];
      market.advance(TAB_MS - 5 * MINUTE_MS);
      return () => tabFate(market, piece(item, own, voucher(market, own, PIECE_MILLI)));
    },
  },
  {
    name: "tab/till/settled-up-by-a-stranger",
    reason: "wrong-voucher",
    without: [
      never(
        "till",
        "if (spender !== null && row.spender !== spender) return",
        "spender !== null && row.spender !== spender",
      ),
    ],
    async prepare(market) {
      const [item, own] = [await meter(market), await slice(market)];
      await market.client.post(piece(item, own, voucher(market, own, PIECE_MILLI)));
      const key = stranger(market);
      const body = { merchant: market.shop.key, slice: own.id, spender: key.publicKey };
      const settleUp = sign(market.crypto, key, settleUpSchema, body);
      return () => tabFate(market, encode(settleUpMessage, { settleUp }));
    },
  },
  {
    name: "tab/till/owned-by-a-stranger",
    reason: "wrong-signature",
    without: [
      never(
        "tillAdmit",
        'if (received.value.sender !== key.publicKey) return refused("wrong-signature");',
        "received.value.sender !== key.publicKey",
      ),
    ],
    async prepare(market) {
      const item = await meter(market);
      const notAfterMs = market.ports.clock() + MINUTE_MS;
      const envelope = { recipient: market.shop.key, session: newNonce(), previous: ZERO_HASH, notAfterMs };
      const message = post(market.crypto, stranger(market), tillRequest, envelope, { kind: "withdraw", item });
      return () => tabFate(market, message);
    },
  },
];

const AT_THE_WALLET: readonly Scenario[] = [
  {
    name: "tab/wallet/allotted-by-no-bank",
    reason: "not-an-answer",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const own = await slice(market);
      const answer = await market.client.post(allot(market, own, SLICE_LIMIT));
      return async () => {
        const heard = hearTabBank(market.crypto, stranger(market).publicKey, own.id, answer);
        return heard.ok ? ACCEPTED : heard.reason;
      };
    },
  },
  {
    name: "tab/wallet/fewer-pieces-than-paid",
    reason: "not-an-answer",
    without: [swap("hearing", "said.value.pieces.length === pieces ?", "said.value.pieces.length >= 0 ?")],
    prepare: async (market) => async () => {
      const heard = hearTill(market.crypto, market.shop.key, 2, encode(tillAnswer, { kind: "pieces", pieces: [] }));
      return heard.ok ? ACCEPTED : heard.reason;
    },
  },
];

export const TABS: readonly Scenario[] = [...AT_THE_BANK, ...AT_THE_TILL, ...AT_THE_WALLET];
