/** Trustees in memory, a ceremony run by a convener that a test may bribe, and a sale that they are asked about. */
import {
  DAY_MS,
  decode,
  encode,
  encodeItems,
  type Hex,
  MINUTE_MS,
  type Schema,
  sameBytes,
  toHex,
} from "@counterfoil/base";
import { bodyOf, type Crypto, H, open, type SigningKey, sign } from "@counterfoil/crypto";
import {
  type Certificate,
  certHashOf,
  certificateSchema,
  commitmentOf,
  goodsPointOf,
  makeEscrow,
  type Order,
  openingOf,
  orderSchema,
  type PurchaseKeys,
  poHashOf,
  purchaseKeys,
  type Slip,
  slipHashOf,
  slipSchema,
  tidOf,
} from "../contract/index.ts";
import { type Desk, desk } from "../desk.fixture.ts";
import { type SmallLog, smallLog } from "../log/small-log.fixture.ts";
import { knowledgeFor } from "./answers.ts";
import { type Ceremony, ceremonyOf, groupOf, hear, indexIn, setOf } from "./ceremony.ts";
import {
  beginRequest,
  type CeremonyTerms,
  ceremonyIdOf,
  DEALING_ROUNDS,
  endRequest,
  roundRequest,
} from "./ceremony-messages.ts";
import { confirm, sayNext } from "./dealing.ts";
import { standingGroup } from "./group.ts";
import {
  type DisputeRequest,
  disputeRequest,
  disputeSchema,
  type Entitlement,
  noAnswerSchema,
  signedGroupSchema,
  type TrusteeAnswer,
  type TrusteeGroup,
  trusteeAnswer,
} from "./messages.ts";
import { trustee } from "./trustee.ts";
import type { TrusteeCommand, TrusteeConfig, TrusteeOutcome, TrusteeTables } from "./trustee-rows.ts";

export const NOW = 1_800_000_000_000;
export const SELL_MS = 365 * DAY_MS;
export const CLAIM_MS = 30 * DAY_MS;

export interface Trustee {
  readonly config: TrusteeConfig;
  readonly desk: Desk<TrusteeTables, TrusteeCommand, TrusteeOutcome, never>;
}

export function keyNamed(crypto: Crypto, word: string): SigningKey {
  return crypto.signingKey(crypto.sha256(encodeItems([word])));
}

export function trusteesNamed(crypto: Crypto, count: number): readonly Trustee[] {
  return Array.from({ length: count }, (_, at) => trusteeNamed(crypto, at + 1, true));
}

export function trusteeNamed(crypto: Crypto, index: number, takesPart: boolean): Trustee {
  const config = { crypto, key: keyNamed(crypto, `trustee ${index}`), takesPart };
  return { config, desk: desk(trustee(config)) };
}

/** Does all that is due by then, as the host's loop would. */
export function fallDue({ desk: at }: Trustee, now: number): void {
  const rules = at.authority.due as Record<
    string,
    (id: string, row: object) => { atMs: number; command: TrusteeCommand } | null
  >;
  for (const [place, row] of [...at.rows]) {
    const [table, ...id] = place.split("/") as [string, ...string[]];
    const due = rules[table]?.(id.join("/"), row);
    if (due && due.atMs <= now) at.decide(due.command, now);
  }
}

export function termsFor(all: readonly Trustee[], threshold: number, changes: Partial<CeremonyTerms> = {}) {
  return {
    members: all.map(({ config }) => config.key.publicKey),
    threshold,
    sellUntilMs: NOW + SELL_MS,
    answerUntilMs: NOW + SELL_MS + CLAIM_MS,
    claimWindowMs: CLAIM_MS,
    endsMs: NOW + 10 * MINUTE_MS,
    nonce: "77".repeat(32),
    ...changes,
  };
}

export function secretOf({ config }: Trustee): Uint8Array {
  return config.crypto.sha256(config.key.secretKey);
}

/** One message to a trustee, as its door takes it: the secret of a ceremony is drawn there. */
export function tell(to: Trustee, message: Uint8Array, now = NOW): TrusteeAnswer {
  const admitted = to.desk.authority.admit(message, now);
  if (!admitted.ok) throw new Error(admitted.reason);
  const command = admitted.value;
  const drawn = command.kind === "begin" ? { ...command, secret: secretOf(to) } : command;
  const { outcome } = to.desk.decide(drawn, now);
  const bytes = to.desk.authority.answer(outcome, now);
  const again = to.desk.authority.decide(drawn, to.desk.view, now);
  if (again.writes.length > 0 || !sameBytes(to.desk.authority.answer(again.outcome, now), bytes)) {
    throw new Error("a decision made again over its own writes is another");
  }
  const answer = decode(trusteeAnswer, bytes);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

export function said(answer: TrusteeAnswer): Uint8Array | null {
  return answer.kind === "said" ? answer.said : null;
}

/** What a liar says in place of the truth; null for nothing. */
export type Lie = (truth: Uint8Array, ceremony: Ceremony, key: SigningKey) => Uint8Array | null;

export interface Convened {
  readonly ceremony: Ceremony;
  readonly sets: readonly (readonly Uint8Array[])[];
  /** What each trustee answered at last, by place. */
  readonly last: readonly (TrusteeAnswer | null)[];
  readonly group: TrusteeGroup;
  /** The signed group, when it stands. */
  readonly signed: Uint8Array | null;
}

/** @param liars by index: the dealing functions answer for them, and the lie has the last word. */
export function convene(
  crypto: Crypto,
  all: readonly Trustee[],
  terms: CeremonyTerms,
  liars: Readonly<Record<number, Lie>> = {},
): Convened {
  let ceremony = ceremonyOf(crypto, terms);
  const sets: (readonly Uint8Array[])[] = [];
  let message = encode(beginRequest, { terms });
  for (let round = 1; round <= DEALING_ROUNDS; round++) {
    const came = all.map((each) => {
      const lie = liars[indexIn(terms, each.config.key.publicKey)];
      if (lie === undefined) return said(tell(each, message));
      const { key } = each.config;
      const isHeard = ceremony.heard === 0 || ceremony.commits.some(({ trustee: by }) => by === key.publicKey);
      if (!isHeard) return null;
      return lie(sayNext({ crypto, key, secret: secretOf(each) }, ceremony), ceremony, key);
    });
    const set = setOf(
      crypto,
      ceremony,
      came.filter((each) => each !== null),
    );
    const next = hear(crypto, ceremony, set);
    if (!next.ok) throw new Error(next.reason);
    ceremony = next.value;
    sets.push(set);
    message = encode(roundRequest, { ceremony: ceremony.id, round, messages: set });
  }
  const made = groupOf(crypto, ceremony);
  if (!made.ok) throw new Error(made.reason);
  const group = made.value;
  const last = all.map((each) => (liars[indexIn(terms, each.config.key.publicKey)] ? null : tell(each, message)));
  const memberships = group.trustees.map(({ index }) => {
    const each = all[index - 1] as Trustee;
    const answer = last[index - 1];
    if (answer) return said(answer) ?? new Uint8Array(1);
    return confirm({ crypto, key: each.config.key, secret: secretOf(each) }, ceremony, group).said;
  });
  const signed = encode(signedGroupSchema, { group, memberships });
  return { ceremony, sets, last, group, signed: standingGroup(crypto, signed) === null ? null : signed };
}

/** Tells everybody that the group stands. */
export function end(all: readonly Trustee[], signed: Uint8Array): readonly string[] {
  return all.map((each) => tell(each, encode(endRequest, { group: signed })).kind);
}

export function rowOf<N extends keyof TrusteeTables & string>(of: Trustee, table: N, id: string) {
  return of.desk.view.get(table, id);
}

export function roundMessage(crypto: Crypto, terms: CeremonyTerms, round: number, messages: readonly Uint8Array[]) {
  return encode(roundRequest, { ceremony: ceremonyIdOf(crypto, terms), round, messages });
}

/** A sale that the merchant has not delivered, and its buyer. */
export interface Sale {
  readonly keys: PurchaseKeys;
  readonly merchant: SigningKey;
  readonly bank: SigningKey;
  /** P, which the answers are to give. */
  readonly point: Hex;
  readonly certificate: Certificate;
  readonly order: Order;
  readonly slip: Slip;
  readonly slipHash: Hex;
  readonly signed: { readonly certificate: Uint8Array; readonly order: Uint8Array; readonly slip: Uint8Array };
}

export interface SaleChanges {
  readonly certificate?: Partial<Certificate>;
  /** After the escrow was made: its proof is of something else then. */
  readonly afterwards?: Partial<Certificate>;
  readonly order?: Partial<Order>;
  readonly slip?: Partial<Slip>;
  readonly signer?: Partial<Record<"certificate" | "order" | "slip", SigningKey>>;
}

export function saleAt(crypto: Crypto, group: Hex, groupKey: Hex, changes: SaleChanges = {}, word = "sale"): Sale {
  const merchant = keyNamed(crypto, "merchant");
  const bank = keyNamed(crypto, "bank");
  const seed = crypto.sha256(encodeItems(["seed of", word]));
  const named = (what: string) => H(crypto, what, word);
  const keys = purchaseKeys(crypto, crypto.sha256(encodeItems(["wallet"])), named("nonce"));
  const goods = goodsPointOf(crypto, seed, named("registration"));
  const label = {
    merchant: merchant.publicKey,
    pid: named("pid"),
    version: 1,
    descriptionHash: named("description"),
    contentBytes: 10,
    contentHash: named("content"),
    fileBytes: 300,
    pieceBytes: 1024,
    root: named("root"),
    keyCommitment: named("kc"),
    group,
    groupKey,
    ...changes.certificate,
  };
  const escrow = makeEscrow(crypto, label, goods);
  const certificate = { certifier: merchant.publicKey, ...label, escrow, ...changes.afterwards };
  const order: Order = {
    mode: "optimistic",
    bank: bank.publicKey,
    merchant: merchant.publicKey,
    certHash: certHashOf(crypto, certificate),
    priceMinor: 250n,
    unit: "XTS",
    notAfterMs: NOW + 10 * MINUTE_MS,
    buyer: keys.buyer.publicKey,
    disputes: keys.disputes.publicKey,
    replies: keys.replies.publicKey,
    inReturn: null,
    log: logOf(crypto).id,
    part: null,
    nonce: named("nonce"),
    ...changes.order,
  };
  const { mode, bank: at, merchant: from, buyer, priceMinor, unit, notAfterMs, log } = order;
  const poHash = poHashOf(crypto, order);
  const tid = tidOf(crypto, { bank: at, merchant: from, buyer, poHash });
  const slip: Slip = {
    ...{ mode, bank: at, merchant: from, tid, buyer, poHash, priceMinor, unit, notAfterMs, log },
    offerHash: named("offer"),
    commitment: commitmentOf(crypto, openingOf(crypto, seed, tid)),
    ...changes.slip,
  };
  const signer = { certificate: merchant, order: keys.buyer, slip: merchant, ...changes.signer };
  return {
    keys,
    merchant,
    bank,
    point: toHex(goods.point),
    certificate,
    order,
    slip,
    slipHash: slipHashOf(crypto, encode(slipSchema, slip)),
    signed: {
      certificate: sign(crypto, signer.certificate, certificateSchema, certificate),
      order: sign(crypto, signer.order, orderSchema, order),
      slip: sign(crypto, signer.slip, slipSchema, slip),
    },
  };
}

/** v of the sale's slip, as `saleAt` made it. */
export function openingAt(crypto: Crypto, { slip }: Sale, word = "sale"): Hex {
  return openingOf(crypto, crypto.sha256(encodeItems(["seed of", word])), slip.tid);
}

/** The log that sales name unless they name another. */
export function logOf(crypto: Crypto): SmallLog {
  return smallLog(crypto);
}

/** The bank's leaf of this sale in a log of its own making, under a head of this time. */
export function paidFor(
  crypto: Crypto,
  sale: Pick<Sale, "slip" | "slipHash" | "bank">,
  { by = sale.bank, timeMs = NOW, headMs = timeMs, log = logOf(crypto) }: Partial<PaidChanges> = {},
): Entitlement & { readonly kind: "paid" } {
  const place = log.paid(sale, by, timeMs);
  return { kind: "paid", logged: log.logged(place, headMs) };
}

export interface PaidChanges {
  readonly by: SigningKey;
  readonly timeMs: number;
  readonly headMs: number;
  readonly log: SmallLog;
}

/** What the buyer asks one trustee. */
export function askingFor(crypto: Crypto, sale: Sale, of: Trustee, changes: Partial<DisputeRequest> = {}): Uint8Array {
  const { keys, certificate, slip, slipHash, signed } = sale;
  return encode(disputeRequest, {
    ...signed,
    entitlement: changes.entitlement ?? paidFor(crypto, sale),
    dispute: sign(crypto, keys.buyer, disputeSchema, { group: certificate.group, slipHash }),
    knowledge: knowledgeFor(crypto, of.config.key.publicKey, slip.tid, keys.disputes),
    ...changes,
  });
}

/** The reason of a refusal, or the kind of the answer. */
export function word(answer: TrusteeAnswer): string {
  if (answer.kind === "declined") return answer.reason;
  if (answer.kind !== "refused") return answer.kind;
  const text = decode(noAnswerSchema, bodyOf(answer.refusal));
  return text.ok ? text.value.reason : text.reason;
}

/** The answer's signed bytes. */
export function signedIn(answer: TrusteeAnswer): Uint8Array {
  if (answer.kind === "answered") return answer.answer;
  throw new Error(word(answer));
}

/** What this trustee signed. */
export function signedBy<T>(of: Trustee, schema: Schema<T>, signed: Uint8Array): T {
  const opened = open(of.config.crypto, schema, signed, () => of.config.key.publicKey);
  if (!opened.ok) throw new Error(opened.reason);
  return opened.value.value;
}
