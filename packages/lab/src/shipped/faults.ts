/** What must never be, of a sale by NetBill or by the optimistic exchange, whoever lies: the claims of P§7A as they are met here. */
import { type Hex, toHex } from "@counterfoil/base";
import { purchaseKeys } from "@counterfoil/protocols/contract";
import {
  certifiedDelivery,
  consistent,
  encodeEvidence,
  goodsAtomic,
  groupIn,
  moneyConserved,
  onlyTheGuilty,
  orderIn,
  type PurchaseState,
  paymentOf,
  type SaleEvidence,
  type ShopSale,
  validatedReceipt,
} from "@counterfoil/protocols/exchange";
import { type Account, type BankTables, coinAudit, lockAudit, trialBalance } from "@counterfoil/protocols/money";
import { seedOf } from "@counterfoil/protocols/players";
import { remembered, type World } from "../explore/index.ts";
import { type Market, type Session, WALLET } from "./market.ts";
import { aboveHold, missingPiece, withoutWord } from "./own-word.ts";
import { type Actor, type CustomerState, FLAW, type Kept, type Rows } from "./players.ts";
import type { Testimony } from "./testimony.ts";

/** Who is honest, and where. A party that lies has no actor, and nothing is claimed for it. */
export interface Cast {
  readonly customers: readonly {
    readonly session: Session;
    readonly place: number;
    readonly actor: Actor<CustomerState> | null;
  }[];
  readonly shop: { readonly place: number; readonly actor: Actor<Kept> | null };
  readonly bank: { readonly place: number; readonly actor: Actor<Kept> };
  readonly trustees: readonly { readonly place: number; readonly actor: Actor<Kept> }[];
  /** The keys of all that follow the protocol. */
  readonly honest: ReadonlySet<Hex>;
}

/** Audited at each commit: the books add up from their own lines, and each coin and hold is where its row says. */
export function auditBank(rows: Rows): string | null {
  const table = <N extends keyof BankTables & string>(name: N) =>
    [...rows]
      .filter(([place]) => place.startsWith(`${name}/`))
      .map(([place, row]) => [place.slice(name.length + 1), row as unknown as BankTables[N]] as const);
  const values = <N extends keyof BankTables & string>(name: N) => table(name).map(([, row]) => row);
  const accounts = table("account") as readonly (readonly [string, Account])[];
  const fault =
    moneyConserved.refute(trialBalance(accounts, values("posting"), values("hold"))) ??
    coinAudit(accounts, table("coin_count"), values("issued"), values("coin"), () => false).faults[0] ??
    lockAudit(table("sale"), table("hold"), table("coin")).faults[0] ??
    null;
  return fault === null ? null : `money: ${fault}`;
}

/** The shelf is never short of a piece that nobody has bought. */
export function auditShop(market: Market): (rows: Rows) => string | null {
  return (rows) => {
    const left = rows.get(`item/${market.pid}`)?.stock as number;
    if (left < 0 || left > market.stock) return `consistent: ${left} pieces of ${market.stock} are on the shelf`;
    return missingPiece(rows, market.pid, market.stock);
  };
}

/** @returns what is wrong with a world, `property: in words`, or null. */
export function faultsOf(market: Market, cast: Cast, testimony: Testimony): (world: World) => string | null {
  const { customers, shop, bank } = cast;
  const bankFault = remembered((state: number) =>
    faultAtBank(market, bank.actor.states.at(state).rows, shop.actor !== null),
  );
  const shopFault = remembered((state: number, kept: number) => {
    if (shop.actor === null) return null;
    return faultAtShop(market, shop.actor.states.at(state).rows, bank.actor.states.at(kept).rows);
  });
  const customerFaults = customers.map(({ session, actor }) => {
    if (actor === null) return () => null;
    const own = remembered((state: number) => faultInPurchase(market, cast, session, actor.states.at(state)));
    const between = remembered((state: number, kept: number) =>
      faultAtCustomer(market, session, actor.states.at(state), bank.actor.states.at(kept).rows),
    );
    return (state: number, kept: number) => own(state) ?? between(state, kept);
  });
  const trusteeFault = remembered((place: number, state: number, kept: number) =>
    faultAtTrustee(market, (cast.trustees[place] as Cast["trustees"][number]).actor.states.at(state).rows, {
      bank: bank.actor.states.at(kept).rows,
    }),
  );
  const saidFault = remembered((marks: number, kept: number) =>
    faultInWords(market, cast, testimony, marks, bank.actor.states.at(kept).rows),
  );

  return (world) => {
    const kept = world.state(bank.place);
    const fault = bankFault(kept) ?? shopFault(world.state(shop.place), kept) ?? saidFault(world.marks, kept);
    if (fault !== null) return fault;
    for (const [at, { place }] of customers.entries()) {
      const wrong = customerFaults[at]?.(world.state(place), kept) ?? null;
      if (wrong !== null) return wrong;
    }
    for (const [at, { place }] of cast.trustees.entries()) {
      const wrong = trusteeFault(at, world.state(place), kept);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

function saleAt(rows: Rows, tid: Hex): BankTables["sale"] | undefined {
  return rows.get(`sale/${tid}`) as unknown as BankTables["sale"] | undefined;
}

function isPaid(rows: Rows, tid: Hex): boolean {
  return saleAt(rows, tid)?.phase === "PAID";
}

/** Each paid sale moved its price once, out of what paid it and to its merchant. */
function faultAtBank(
  { all, fundsMinor, sessions, stock, terms }: Market,
  rows: Rows,
  isShopHonest: boolean,
): string | null {
  const flaw = rows.get(FLAW);
  if (flaw !== undefined) return flaw.what as string;
  const paid = [...rows].flatMap(([place, row]) =>
    place.startsWith("sale/") && row.phase === "PAID" ? [{ tid: place.slice(5), row }] : [],
  );
  const credited = rows.get(`account/${all.shopConfig.key.publicKey}`)?.balance ?? 0n;
  const due = paid.reduce(
    (sum, { row }) => (row.merchant === all.shopConfig.key.publicKey ? sum + (row.price as bigint) : sum),
    0n,
  );
  if (credited !== due) return `money: the merchant has ${credited} of ${due} that were paid`;
  for (const { row } of paid) {
    const wrong = aboveHold(row as unknown as BankTables["sale"]);
    if (wrong !== null) return wrong;
  }
  for (const [account, before] of fundsMinor) {
    const spent = paid.reduce((sum, { row }) => (row.account === account ? sum + (row.price as bigint) : sum), 0n);
    const now = rows.get(`account/${account}`)?.balance as bigint;
    if (now !== before - spent) return `money: an account of ${before} that has paid ${spent} has ${now}`;
  }
  for (const { tid, coins } of sessions) {
    const spent = coins.filter(({ coinId }) => isSpentBy(rows, coinId, tid)).length;
    if (spent !== 0 && !isPaid(rows, tid)) return "money: coins are spent for what is not paid";
    if (isPaid(rows, tid) && spent !== coins.length) return "money: a coin of a paid sale is not spent";
  }
  const sold = sessions.filter(({ tid }) => isPaid(rows, tid)).length;
  // In the optimistic exchange a customer may settle by itself, and stock that was gone is short by one (`release`).
  if (isShopHonest && terms.mode === "netbill" && sold > stock)
    return `consistent: ${sold} are paid of ${stock} that there were`;
  return null;
}

function isSpentBy(rows: Rows, coinId: Hex, tid: Hex): boolean {
  const row = rows.get(`coin/${coinId}`);
  return row?.state === "SPENT" && row.by === tid;
}

function faultAtShop({ sessions }: Market, rows: Rows, bank: Rows): string | null {
  const flaw = rows.get(FLAW);
  if (flaw !== undefined) return flaw.what as string;
  for (const [place, row] of rows) {
    if (!place.startsWith("sale/")) continue;
    const tid = place.slice(5);
    const merchant = row as unknown as ShopSale;
    const wrong = consistent.refute({
      tid,
      bank: saleAt(bank, tid),
      customer: undefined,
      merchant,
      goodsDelivered: false,
    });
    if (wrong !== null) return `consistent: ${labelled(sessions, tid, wrong)}`;
  }
  return null;
}

/** What a customer holds, by itself: it has paid for what it was promised, and can show what it got. */
function faultInPurchase(market: Market, { honest }: Cast, { tid }: Session, state: CustomerState): string | null {
  const { crypto, sessions, secret } = market;
  if (state.phase === "ordering") return null;
  const words = (wrong: string) => labelled(sessions, tid, wrong);
  const unchecked = validatedReceipt.refute({ crypto, purchase: state.purchase });
  if (unchecked !== null) return `validated: ${words(unchecked)}`;
  if (state.phase !== "paid") return null;
  if (state.secret !== secret) return "goods: what the customer has paid for opens something else";
  const accusation = encodeEvidence(evidenceOf(market, state));
  const uncertified =
    certifiedDelivery.refute({ crypto, evidence: accusation }) ?? onlyTheGuilty.refute({ crypto, accusation, honest });
  return uncertified === null ? null : `certified: ${words(uncertified)}`;
}

/** What a customer believes, beside what the bank's row says. */
function faultAtCustomer(market: Market, session: Session, state: CustomerState, bank: Rows): string | null {
  const [{ sessions }, { tid }] = [market, session];
  const sale = saleAt(bank, tid);
  const paid = isPaid(bank, tid);
  const unasked = withoutWord(market, session, state, bank);
  if (unasked !== null) return unasked;
  if (state.phase === "ordering") return paid ? "money: paid without the customer's word" : null;
  if (!paid && HAS_PAID.has(state.phase)) return "goods: a receipt, or the goods, and it is not paid";
  if (!OVER.has(state.phase)) return null;
  const quiet = { tid, bank: sale, customer: state, merchant: undefined, goodsDelivered: state.phase === "paid" };
  const lost = goodsAtomic.refute(quiet);
  if (lost !== null) return `goods: ${labelled(sessions, tid, lost)}`;
  const wrong = consistent.refute(quiet);
  return wrong === null ? null : `consistent: ${labelled(sessions, tid, wrong)}`;
}

const OVER: ReadonlySet<string> = new Set(["paid", "ended", "forfeited"]);
const HAS_PAID: ReadonlySet<string> = new Set(["paid", "claiming", "forfeited"]);

/** What a wallet shows of a paid purchase. */
export function evidenceOf(
  { crypto }: Pick<Market, "crypto">,
  { purchase, receipt, logged, release }: Extract<PurchaseState, { phase: "paid" }>,
): SaleEvidence & { readonly kind: "sale" } {
  const { order, slip, pay } = paymentOf(purchase);
  const { certificate, sealed, proof } = purchase;
  const group = groupIn(purchase);
  const keys = purchaseKeys(crypto, seedOf(WALLET, crypto), orderIn(purchase).nonce);
  const shown: SaleEvidence["release"] | null =
    release.kind === "opening" ? release : group && { ...release, group, x: toHex(keys.disputes.secret) };
  if (shown === null) throw new Error("nobody answers for goods of no group");
  return {
    kind: "sale",
    certificate,
    order,
    slip,
    pay,
    sealed,
    proof,
    receipt,
    logged,
    revealed: null,
    release: shown,
  };
}

/** An honest trustee answers nobody about what is not paid. */
function faultAtTrustee({ sessions }: Market, rows: Rows, { bank }: { readonly bank: Rows }): string | null {
  const flaw = rows.get(FLAW);
  if (flaw !== undefined) return flaw.what as string;
  for (const place of rows.keys()) {
    if (!place.startsWith("answered_case/")) continue;
    const tid = place.slice("answered_case/".length);
    if (!isPaid(bank, tid)) return `goods: a trustee has answered, and${labelOf(sessions, tid)} is not paid`;
  }
  return null;
}

/** Of what has ever been said: v is out only of what is paid, a spent coin came back to nobody, and nobody honest is convicted. */
function faultInWords(
  market: Market,
  { shop, honest }: Cast,
  testimony: Testimony,
  marks: number,
  bank: Rows,
): string | null {
  for (const [tid, bit] of testimony.openings) {
    const isOut = (marks & bit) !== 0;
    if (shop.actor !== null && isOut && !isPaid(bank, tid)) return "goods: v is out, and it is not paid";
  }
  for (const { coins } of market.sessions) {
    for (const { coinId } of coins) {
      const isBack = (marks & testimony.coinBits(coinId)) !== 0;
      if (isBack && bank.get(`coin/${coinId}`)?.state === "SPENT") return "money: a coin that was spent came back";
    }
  }
  const guilty = testimony.conflicts.find(
    ({ bits, conviction }) => (marks & bits) === bits && honest.has(conviction.who),
  );
  if (guilty === undefined) return null;
  const { role, what } = guilty.conviction;
  return `certified: an honest ${role} is convicted of ${what}`;
}

function labelled(sessions: readonly Session[], tid: Hex, words: string): string {
  return words.replace(tid, `the sale${labelOf(sessions, tid)}`);
}

function labelOf(sessions: readonly Session[], tid: Hex): string {
  return sessions.find((each) => each.tid === tid)?.label ?? "";
}
