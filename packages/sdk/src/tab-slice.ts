/**
 * One slice as its wallet spends from it: vouchers are signed in order and sent many at a time, no further apart than the
 * till remembers, so that whatever was paid for can be asked for again.
 */
import { decode, type Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { type Hosted, retrying, type WireClient } from "@counterfoil/host";
import {
  hearTill,
  type PieceRequest,
  pieceRequestSchema,
  type TabWalletCommand,
  type TabWalletOutcome,
  type TakenRow,
  WINDOW,
} from "@counterfoil/protocols/tabs";
import { Refusal } from "./refusal.ts";

/** Pieces that came for one voucher. They are the wallet's to give again until they are kept. */
export interface Taken {
  readonly id: string;
  readonly item: Hex;
  readonly request: PieceRequest;
  readonly pieces: readonly Uint8Array[];
}

/** A voucher that was signed and whose pieces nobody has kept: it pays for these, and for no others. */
export interface Note {
  readonly merchant: Hex;
  readonly slice: Hex;
  readonly item: Hex;
  readonly request: PieceRequest;
  readonly answered: boolean;
  /** What is on its way; null where an earlier process, or a failure, left it. */
  readonly coming: Promise<Taken> | null;
}

export interface SliceLine {
  /** Signs the next voucher and sends it. @returns how much the slice would have to hold, where it is too small. */
  take(item: Hex, request: PieceRequest, costMilli: bigint): Promise<Taken | { readonly neededMinor: bigint }>;
  /** Asks again for what was paid for and has not come. */
  again(id: string): Promise<Taken>;
}

export interface LinePorts {
  readonly crypto: Crypto;
  readonly hosted: Hosted<TabWalletCommand, TabWalletOutcome>;
  readonly client: WireClient;
  readonly merchant: Hex;
  /** Of all slices, by the id of the voucher's row: the store holds the same, but is not searched for every voucher. */
  readonly notes: Map<string, Note>;
}

/** Vouchers under way at a time: half of what the till remembers, and enough that they share commits on both sides. */
export const UNDER_WAY = WINDOW / 2;
/** A till that is busy or restarts gets some three seconds. */
const TRIES = { attempts: 5, baseDelayMs: 200 };

export function sliceLine(ports: LinePorts, slice: Hex): SliceLine {
  const { hosted, merchant, notes } = ports;
  const gate = inOrder(UNDER_WAY);

  function send(id: string, outcome: TabWalletOutcome, message: Uint8Array): Promise<Taken> {
    if (outcome.kind !== "take") throw gone(id);
    const { item } = outcome.taken;
    const request = requestOf(outcome.taken);
    const coming = fetched(id, outcome, request, message);
    const note = { merchant, slice, item, request, answered: false, coming };
    notes.set(id, note);
    const left = (answered: boolean) => {
      if (notes.has(id)) notes.set(id, { ...note, answered, coming: null });
    };
    coming.then(
      () => left(true),
      () => left(false),
    );
    return coming;
  }

  type Signed = Extract<TabWalletOutcome, { kind: "take" }>;

  async function fetched(
    id: string,
    { taken, row }: Signed,
    request: PieceRequest,
    message: Uint8Array,
  ): Promise<Taken> {
    const expected = request.kind === "pieces" ? request.pieces : 1;
    const { answer, heard } = await asked(message, expected);
    if (!heard.ok) throw notAnAnswer();
    if (heard.value.kind === "pending") throw bankAway();
    if (heard.value.kind === "declined") {
      const { reason } = heard.value;
      // What the till no longer remembers may have been served once: it is no credit.
      const charged = reason === "out-of-window" || reason === "other-request";
      await hosted.submit(charged ? { kind: "kept", ids: [id] } : { kind: "declined", id });
      notes.delete(id);
      throw declinedBy(reason);
    }
    const shownMinor = row.shown < row.limit ? row.limit : null;
    await hosted.submit({ kind: "answered", id, answer, shownMinor });
    return { id, item: taken.item, request, pieces: heard.value.pieces };
  }

  /** Asks until there is an answer: a till that has to look at its bank first may say that it waits. */
  async function asked(message: Uint8Array, expected: number) {
    for (let tries = 1; ; tries++) {
      const answer = await retrying(() => ports.client.post(message), TRIES);
      const heard = hearTill(ports.crypto, ports.merchant, expected, answer);
      if (!heard.ok || heard.value.kind !== "pending" || tries >= TRIES.attempts) return { answer, heard };
      await new Promise((resolve) => setTimeout(resolve, TRIES.baseDelayMs * 2 ** tries));
    }
  }

  return {
    take: (item, request, costMilli) =>
      gate(async () => {
        const { outcome, answer } = await hosted.submit({ kind: "take", slice, item, request, costMilli });
        if (outcome.kind === "short") return outcome;
        if (outcome.kind === "refused") throw refusedByWallet(outcome.reason);
        return send((outcome as Extract<TabWalletOutcome, { kind: "take" }>).id, outcome, answer);
      }),
    again: (id) =>
      gate(async () => {
        const { outcome, answer } = await hosted.submit({ kind: "again", id });
        return send(id, outcome, answer);
      }),
  };
}

export function requestOf(taken: TakenRow): PieceRequest {
  const request = decode(pieceRequestSchema, taken.request);
  if (!request.ok) throw new Error("a voucher's own request does not decode");
  return request.value;
}

/** The pieces in an answer that is already in the wallet. */
export function storedPieces(crypto: Crypto, merchant: Hex, id: string, taken: TakenRow): Taken {
  const request = requestOf(taken);
  const expected = request.kind === "pieces" ? request.pieces : 1;
  const heard = hearTill(crypto, merchant, expected, taken.answer as Uint8Array);
  if (!heard.ok || heard.value.kind !== "pieces") throw new Error("a kept answer is none");
  return { id, item: taken.item, request, pieces: heard.value.pieces };
}

/** Runs actions that begin in order, the last never more than `most` after the first that has not ended. */
function inOrder(most: number): <T>(action: () => Promise<T>) => Promise<T> {
  const begun: { over: boolean }[] = [];
  const waiting: (() => void)[] = [];
  const advance = () => {
    while (begun[0]?.over === true) begun.shift();
    while (waiting.length > 0 && begun.length < most) waiting.shift()?.();
  };
  return async (action) => {
    const place = { over: false };
    if (begun.length >= most || waiting.length > 0) {
      await new Promise<void>((resolve) => {
        waiting.push(() => {
          begun.push(place);
          resolve();
        });
      });
    } else begun.push(place);
    try {
      return await action();
    } finally {
      place.over = true;
      advance();
    }
  };
}

const AT_RISK = "What was signed for pieces that came is spent; a piece that the shop declined is not.";

function declinedBy(reason: string): Refusal {
  const [detail, next] = TILL_WORDS[reason] ?? [`The shop declined: ${reason}.`, "Ask the shop."];
  return new Refusal(reason, detail, AT_RISK, next);
}

const TILL_WORDS: Readonly<Record<string, readonly [detail: string, next: string]>> = {
  closing: [
    "The shop has closed this slice of the tab.",
    "Close it too (counterfoil wallet tab close), or open another.",
  ],
  expired: ["The tab is too near its end for this shop.", "counterfoil wallet tab close, then open another."],
  "not-for-sale": ["The shop no longer sells it.", "counterfoil browse lists what there is."],
  underpaid: ["It has become dearer than the catalogue said.", "Run the command again: it asks for the price."],
  "no-such-piece": ["There is no such piece.", "counterfoil browse says how many there are."],
};

function notAnAnswer(): Refusal {
  const money = "One voucher is out; the pieces it pays for can be asked for again.";
  return new Refusal("not-an-answer", "The shop's answer is not one.", money, "Run the command again.");
}

function bankAway(): Refusal {
  const money = "Signed, and not earned: the same pieces can be asked for again, for the same voucher.";
  return new Refusal("bank-away", "The shop cannot reach its bank, and serves nothing meanwhile.", money, "Try again.");
}

function refusedByWallet(reason: string): Refusal {
  const detail = `This wallet signs no more vouchers there (${reason}).`;
  return new Refusal(reason, detail, "Nothing new was signed.", "counterfoil wallet tab list");
}

function gone(id: string): Refusal {
  return new Refusal("nothing-taken", `${id} was kept before.`, "Nothing new was signed.", "Nothing needs to be done.");
}
