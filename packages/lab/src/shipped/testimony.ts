/**
 * What has ever been said, as a world remembers it when the messages themselves make no difference any more: each signed
 * statement that a judge could be shown has a bit, and so have v and a coin that came back. Which of them convict somebody when
 * they are put together, `convict` itself says.
 */
import { decode, type Hex, peekTag, type Schema, toHex } from "@counterfoil/base";
import { type Crypto, open, raw, read } from "@counterfoil/crypto";
import {
  type Accusation,
  type Conviction,
  convict,
  encodeAccusation,
  merchantAnswer,
  paymentMessage,
  statementsIn,
} from "@counterfoil/protocols/exchange";
import { leafSchema, paidPosting } from "@counterfoil/protocols/log";
import {
  abortRequest,
  bankAnswer,
  receiptSchema,
  refreshIdOf,
  refreshRequest,
  refusalSchema,
  settleRequest,
} from "@counterfoil/protocols/money";
import { trusteeAnswer } from "@counterfoil/protocols/trustees";
import type { Said } from "./stage.ts";

type Kind = "receipt" | "aborted" | "refusal" | "slip" | "leaf" | "answer" | "v" | "coin";

interface Statement {
  readonly kind: Kind;
  /** As it was signed; of v and of a coin, what they are. */
  readonly signed: Uint8Array;
  readonly bit: number;
}

/** Statements that, all of them said, convict somebody. */
export interface Conflict {
  readonly bits: number;
  readonly conviction: Conviction;
}

export interface Testimony {
  /** The bits of what is said by it; zero where nothing of it matters. */
  marksOf(said: Said): number;
  /** The bits of the signed statements in it alone, without v and coins. */
  signedIn(bytes: Uint8Array): number;
  /** Every contradiction among all that was ever said in any world: who has said both in one is guilty there. */
  readonly conflicts: readonly Conflict[];
  /** Of each contract whose v anybody has ever said: the bit of that. */
  readonly openings: ReadonlyMap<Hex, number>;
  /** The bits of the requests by which this coin came back. */
  coinBits(coinId: Hex): number;
}

/** What is needed to know of a trustee's answer whether it is false. */
export interface Disputed {
  readonly group: Extract<Accusation, { kind: "false-answer" }>["group"];
  readonly certificate: Uint8Array;
  readonly orders: ReadonlyMap<Hex, Uint8Array>;
}

/** A row has 32 bits for all of it; two sessions with every liar here have taken nineteen. */
const BITS = 31;

/** @param taken bits, the lowest, that a world has for other things. */
export function testimonyOf(
  crypto: Crypto,
  bank: { readonly publicKey: Hex; readonly player: string },
  shop: string,
  disputed: Disputed | null,
  taken = 0,
): Testimony {
  const statements = new Map<string, Statement>();
  const conflicts: Conflict[] = [];
  const openings = new Map<Hex, number>();
  let bits = taken;

  function bitOf(kind: Kind, signed: Uint8Array): number {
    const name = `${kind} ${toHex(signed)}`;
    const known = statements.get(name);
    if (known !== undefined) return known.bit;
    // What a merchant has signed once it may show at any time: that takes no bit.
    const isFree = kind === "slip" || kind === "answer";
    if (!isFree && bits >= BITS) throw new Error("more statements than a world has bits");
    const bit = isFree ? 0 : 1 << bits++;
    const statement = { kind, signed, bit };
    const others = [...statements.values()];
    statements.set(name, statement);
    for (const accusation of accusationsBy(statement, null)) add(accusation, bit);
    for (const other of others) {
      for (const accusation of [...accusationsBy(statement, other), ...accusationsBy(other, statement)]) {
        add(accusation, bit | other.bit);
      }
    }
    return bit;
  }

  function add(accusation: Accusation, of: number): void {
    const convicted = convict(crypto, encodeAccusation(accusation));
    if (convicted.ok) conflicts.push({ bits: of, conviction: convicted.value });
  }

  function accusationsBy(one: Statement, other: Statement | null): readonly Accusation[] {
    if (other === null) return one.kind === "answer" ? falseAnswers(one.signed) : [];
    const [first, second] = [one.signed, other.signed];
    switch (`${one.kind} ${other.kind}`) {
      case "slip slip":
        return [{ kind: "two-slips", first, second }];
      case "receipt receipt":
        return [{ kind: "two-receipts", first, second }];
      case "receipt aborted":
        return [{ kind: "receipt-and-abort", receipt: first, aborted: second }];
      case "receipt refusal":
        return [{ kind: "receipt-and-expiry", receipt: first, refusal: second }];
      case "receipt slip":
        return [{ kind: "receipt-and-slip", receipt: first, slip: second }];
      case "receipt leaf":
        return [{ kind: "receipt-and-leaf", receipt: first, leaf: second }];
      case "leaf aborted":
        return [{ kind: "leaf-and-abort", leaf: first, aborted: second }];
      case "leaf leaf":
        return tids().map((tid) => ({ kind: "two-leaves", bank: bank.publicKey, tid, first, second }));
      default:
        return [];
    }
  }

  const tids = (): readonly Hex[] => (disputed === null ? [] : [...disputed.orders.keys()]);

  function falseAnswers(answer: Uint8Array): readonly Accusation[] {
    if (disputed === null) return [];
    const { group, certificate, orders } = disputed;
    return [...orders.values()].map((order) => ({ kind: "false-answer", answer, group, order, certificate }));
  }

  function marksOf(said: Said): number {
    hearRefresh(said.bytes);
    return signedIn(said.bytes) | secrets(said);
  }

  function signedIn(bytes: Uint8Array): number {
    const told = statementsIn(bytes).filter(({ kind, signed }) => kind !== "refusal" || isExpiry(signed));
    const marks = told.reduce((all, { kind, signed }) => all | bitOf(kind, signed), 0);
    return marks | slips(bytes) | leaves(bytes) | answers(bytes);
  }

  function slips(bytes: Uint8Array): number {
    const offer = decode(merchantAnswer, bytes);
    if (offer.ok && offer.value.kind === "offer") return bitOf("slip", offer.value.slip);
    const schema = SLIPPED[peekTag(bytes) ?? ""];
    const message = schema && decode(schema, bytes);
    return message?.ok && message.value.slip !== null ? bitOf("slip", message.value.slip) : 0;
  }

  function leaves(bytes: Uint8Array): number {
    const posting = decode(paidPosting, bytes);
    if (!posting.ok) return 0;
    const own = posting.value.leaves.filter(({ leaf }) => open(crypto, leafSchema, leaf, () => bank.publicKey).ok);
    return own.reduce((all, { leaf }) => all | bitOf("leaf", leaf), 0);
  }

  function answers(bytes: Uint8Array): number {
    const said = decode(trusteeAnswer, bytes);
    return said.ok && said.value.kind === "answered" ? bitOf("answer", said.value.answer) : 0;
  }

  /** v between shop and bank is told to nobody; to everybody else it is out. */
  function secrets({ from, to, bytes }: Said): number {
    const answer = decode(bankAnswer, bytes);
    if (answer.ok && answer.value.kind === "issued") return bitOf("coin", raw(answer.value.request));
    if (to === shop || to === bank.player) return 0;
    const settled = from === shop ? decode(merchantAnswer, bytes) : answer;
    if (!settled.ok || !("opening" in settled.value) || !("receipt" in settled.value)) return 0;
    if (settled.value.opening === null) return 0;
    const receipt = read(receiptSchema, settled.value.receipt);
    if (!receipt.ok) return 0;
    const { tid } = receipt.value.value;
    openings.set(tid, bitOf("v", raw(tid)));
    return openings.get(tid) as number;
  }

  /** By request: the coins that it gives back. */
  const refreshed = new Map<Hex, readonly Hex[]>();
  function hearRefresh(bytes: Uint8Array): void {
    const request = peekTag(bytes) === "refresh-request/1" ? decode(refreshRequest, bytes) : null;
    if (request?.ok) refreshed.set(refreshIdOf(crypto, request.value.refresh), request.value.refresh.inputs);
  }

  const bitIfSaid = (kind: Kind, of: Hex) => statements.get(`${kind} ${of}`)?.bit ?? 0;
  return {
    marksOf,
    signedIn,
    conflicts,
    openings,
    coinBits(coinId) {
      const asked = [...refreshed].filter(([, inputs]) => inputs.includes(coinId));
      return asked.reduce((all, [request]) => all | bitIfSaid("coin", request), 0);
    },
  };
}

const SLIPPED: Readonly<Record<string, Schema<{ readonly slip: Uint8Array | null }>>> = {
  "payment/1": paymentMessage,
  "settle/1": settleRequest,
  "abort-request/1": abortRequest,
};

function isExpiry(refusal: Uint8Array): boolean {
  const said = read(refusalSchema, refusal);
  return said.ok && said.value.value.reason === "expired";
}
