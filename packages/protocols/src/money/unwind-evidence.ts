/** What each transaction should have been, by what merchants, buyers, accounts and coins have signed of it. */
import { decode, type Hex } from "@counterfoil/base";
import { open } from "@counterfoil/crypto";
import { paySchema, type Slip, slipHashOf, slipSchema, tidOf } from "../contract/index.ts";
import { COINS, ledgerOf, SANDBOX_SOURCE } from "./accounts.ts";
import { bondSchema } from "./bond-messages.ts";
import { coinIdOf, coinSetOf, isDigestSigned, spendDigestOf } from "./coin.ts";
import { debitSchema, fundingSchema, holdSchema, refundSchema } from "./messages.ts";
import { circulationOf } from "./mint.ts";
import type { BankTables, SaleRow } from "./rows.ts";
import { MILLI_PER_MINOR, tabSchema, voucherSchema } from "./tab-messages.ts";
import type { SliceRow } from "./tab-rows.ts";
import type { Evidenced, Ledger, Legs, Posted, UnwindTerms } from "./unwind-terms.ts";

type Transactions = ReadonlyMap<string, Posted>;
type CoinRow = BankTables["coin"];

/** By the name of the transaction. What nothing shows is not among them. */
export function evidenceOf(terms: UnwindTerms, ledger: Ledger, posted: Transactions): ReadonlyMap<string, Evidenced> {
  const shown = new Map<string, Evidenced>();
  const show = (name: string, legs: Legs | null, onItsWord = false) => {
    if (legs !== null && legs.size > 0) shown.set(name, { legs, onItsWord });
  };
  const coins = coinsBy(ledger.coins);
  const epochs = new Map([...ledger.counts].map(([keyId, { epoch }]) => [keyId, epoch]));
  for (const [tid, row] of ledger.sales) {
    if (row.phase !== "PAID") continue;
    const sale = saleShown(terms, tid, row, coins.get(tid) ?? [], epochs);
    show(tid, sale?.legs ?? forgottenSale(terms, row, posted.get(tid)), sale === null);
    const payer = sale?.payer ?? null;
    if (payer !== null) show(`${tid}/refund`, refundShown(terms, tid, row, payer));
  }
  for (const [name, legs] of grantsIn(ledger.granted)) show(name, legs, true);
  for (const [name, transaction] of posted) {
    if (transaction.kind === "withdraw") show(name, transaction.legs, true);
    if (transaction.kind === "refresh") show(name, refreshShown(terms, name, transaction, coins), true);
  }
  const tabs = new Map(ledger.tabs);
  for (const [slice, row] of ledger.slices) {
    const statement = tabs.get(row.tab)?.statement ?? null;
    show(slice, tabShown(terms, slice, row, statement, posted.get(slice)), true);
  }
  const claims = [...ledger.claims];
  for (const [tid, { owner, account, paid }] of claims)
    show(`${tid}/claim`, moved(ledgerOf(owner), account, paid), true);
  for (const [name, each] of bondsShown(terms, ledger, claims)) show(name, each.legs, each.onItsWord);
  return shown;
}

interface ShownSale {
  readonly legs: Legs;
  /** Whose account paid; null where coins did. */
  readonly payer: Hex | null;
}

/** The merchant has signed the slip, the buyer's one-time key has taken it, and whoever pays has signed for it. */
function saleShown(
  terms: UnwindTerms,
  tid: string,
  row: SaleRow,
  coins: readonly (readonly [string, CoinRow])[],
  epochs: ReadonlyMap<string, number>,
): ShownSale | null {
  const { crypto, bank } = terms;
  const signed = row.slip && open(crypto, slipSchema, row.slip, ({ merchant }) => merchant);
  if (!signed?.ok) return null;
  const { value: slip, body } = signed.value;
  if (slip.bank !== bank || slip.tid !== tid || tidOf(crypto, slip) !== tid) return null;
  const slipHash = slipHashOf(crypto, body);
  const pay = row.pay && open(crypto, paySchema, row.pay, () => slip.buyer);
  if (!pay?.ok || pay.value.value.slipHash !== slipHash) return null;
  if (row.funding === null) {
    const legs = coinsShown(terms, slip, slipHash, coins, epochs);
    return legs && { legs, payer: null };
  }
  const payer = payerShown(terms, slip, slipHash, row);
  if (payer === null) return slip.priceMinor === 0n ? { legs: new Map(), payer: null } : null;
  return { legs: moved(payer, slip.merchant, slip.priceMinor), payer };
}

function payerShown({ crypto, bank, box }: UnwindTerms, slip: Slip, slipHash: Hex, row: SaleRow): Hex | null {
  const funding = row.funding && decode(fundingSchema, row.funding);
  if (!funding?.ok) return null;
  if (funding.value.kind === "debit") {
    const plain = crypto.unseal(box, funding.value.sealed);
    const debit = plain && open(crypto, debitSchema, plain, ({ account }) => account);
    if (!debit?.ok || debit.value.value.bank !== bank || debit.value.value.slipHash !== slipHash) return null;
    return debit.value.value.account;
  }
  if (funding.value.kind !== "hold" || row.hold_statement === null) return null;
  const hold = open(crypto, holdSchema, row.hold_statement, ({ account }) => account);
  if (!hold.ok) return null;
  const { bank: at, tid, priceMinor, account } = hold.value.value;
  return at === bank && tid === slip.tid && priceMinor === slip.priceMinor ? account : null;
}

/** Each coin's own key has signed that it pays this slip, together with these coins and no others. */
function coinsShown(
  { crypto }: UnwindTerms,
  slip: Slip,
  slipHash: Hex,
  coins: readonly (readonly [string, CoinRow])[],
  epochs: ReadonlyMap<string, number>,
): Legs | null {
  const set = coinSetOf(
    crypto,
    coins.map(([id]) => id),
  );
  const legs = new Map<string, bigint>();
  let sum = 0n;
  for (const [id, row] of coins) {
    const epoch = epochs.get(row.key_id);
    const digest = spendDigestOf(crypto, id, slipHash, set);
    if (epoch === undefined || !isCoinSigned(crypto, id, row, digest)) return null;
    add(legs, circulationOf({ epoch }), -row.amount);
    sum += row.amount;
  }
  if (coins.length === 0 || sum !== slip.priceMinor) return null;
  add(legs, slip.merchant, sum);
  return legs;
}

function isCoinSigned(crypto: UnwindTerms["crypto"], id: string, row: CoinRow, digest: Hex): boolean {
  const { key_id: keyId, public_key: publicKey, statement } = row;
  return coinIdOf(crypto, { keyId, publicKey }) === id && isDigestSigned(crypto, publicKey, digest, statement);
}

/** Rows of coins go after their last day; what they paid stands then as the bank has it, in the merchant's favour alone. */
function forgottenSale({ now, claimWindowMs }: UnwindTerms, row: SaleRow, posted: Posted | undefined): Legs | null {
  if (row.funding !== null || now <= row.time_ms + claimWindowMs || posted === undefined) return null;
  const byCoins = [...posted.legs].every(
    ([account, minor]) => isCirculation(account) || (account === row.merchant && minor === row.price),
  );
  return byCoins ? posted.legs : null;
}

function refundShown({ crypto, bank }: UnwindTerms, tid: string, row: SaleRow, payer: Hex): Legs | null {
  const signed = row.refund_statement && open(crypto, refundSchema, row.refund_statement, ({ merchant }) => merchant);
  if (!signed?.ok) return null;
  const { bank: at, merchant, tid: of, totalMinor } = signed.value.value;
  return at === bank && of === tid && merchant === row.merchant ? moved(merchant, payer, totalMinor) : null;
}

/** Two accounts may have drawn one nonce. */
function grantsIn(granted: Ledger["granted"]): ReadonlyMap<string, Legs> {
  const grants = new Map<string, Map<string, bigint>>();
  for (const [id, { account, amount }] of granted) {
    const name = `grant/${id.split("/")[1]}`;
    const legs = grants.get(name) ?? new Map<string, bigint>();
    add(legs, SANDBOX_SOURCE, -amount);
    add(legs, account, amount);
    grants.set(name, legs);
  }
  return grants;
}

/** The coins have signed the request; what it asked for stands as the bank has it, up to what they are worth. */
function refreshShown(
  { crypto, now, claimWindowMs }: UnwindTerms,
  name: string,
  { legs, timeMs }: Posted,
  coins: ReadonlyMap<string, readonly (readonly [string, CoinRow])[]>,
): Legs | null {
  const id = name.slice("refresh/".length);
  const inputs = coins.get(id) ?? [];
  if (inputs.length === 0) return now > timeMs + claimWindowMs ? legs : null;
  if (!inputs.every(([coinId, row]) => isCoinSigned(crypto, coinId, row, id))) return null;
  const worth = inputs.reduce((sum, [, { amount }]) => sum + amount, 0n);
  const deposits = [...legs].filter(([account]) => !isCirculation(account));
  const right = deposits.length <= 1 && deposits.every(([, minor]) => minor > 0n && minor <= worth);
  return right ? legs : null;
}

/** The slice's key has signed the total. That the account lent itself to that key stands as the bank has it. */
function tabShown(
  { crypto, bank }: UnwindTerms,
  slice: string,
  row: SliceRow,
  statement: Uint8Array | null,
  posted: Posted | undefined,
): Legs | null {
  if (row.phase !== "closed" || row.voucher === null) return null;
  const voucher = open(crypto, voucherSchema, row.voucher, ({ spender }) => spender);
  if (!voucher.ok) return null;
  const { bank: at, slice: of, merchant, spender, totalMilli } = voucher.value.value;
  if (at !== bank || of !== slice || merchant !== row.merchant || spender !== row.spender) return null;
  const paid = totalMilli / MILLI_PER_MINOR;
  const tab = statement && open(crypto, tabSchema, statement, ({ account }) => account);
  const payer = tab?.ok ? tab.value.value.account : [...(posted?.legs ?? [])].find(([, minor]) => minor < 0n)?.[0];
  return payer === undefined ? null : moved(payer, row.merchant, paid);
}

/** What an owner's bonds have taken from its account: what it has signed for, and of earlier ones what claims took. */
function bondsShown(
  { crypto, bank }: UnwindTerms,
  ledger: Ledger,
  claims: readonly (readonly [string, { readonly owner: string; readonly paid: bigint }])[],
): ReadonlyMap<string, Evidenced> {
  const taken = new Map<string, bigint>();
  for (const [, { owner, paid }] of claims) add(taken, owner, paid);
  const shown = new Map<string, Evidenced>();
  for (const [owner, row] of ledger.bonds) {
    const signed = open(crypto, bondSchema, row.statement, ({ account }) => account);
    const earlier = (taken.get(owner) ?? 0n) - row.claimed;
    taken.delete(owner);
    if (!signed.ok || signed.value.value.bank !== bank || signed.value.value.account !== owner) continue;
    const minor = signed.value.value.amountMinor + earlier;
    shown.set(`${owner}/bond`, { legs: moved(owner, ledgerOf(owner), minor), onItsWord: earlier > 0n });
  }
  for (const [owner, minor] of taken) {
    shown.set(`${owner}/bond`, { legs: moved(owner, ledgerOf(owner), minor), onItsWord: true });
  }
  return shown;
}

function coinsBy(coins: Ledger["coins"]): ReadonlyMap<string, readonly (readonly [string, CoinRow])[]> {
  const by = new Map<string, (readonly [string, CoinRow])[]>();
  for (const [id, row] of coins) {
    if (row.state !== "SPENT" && row.state !== "REFRESHED") continue;
    const those = by.get(row.by) ?? [];
    those.push([id, row]);
    by.set(row.by, those);
  }
  return by;
}

function isCirculation(account: string): boolean {
  return account.startsWith(`${COINS}/`);
}

function moved(from: string, to: string, minor: bigint): Legs {
  const legs = new Map<string, bigint>();
  if (minor === 0n) return legs;
  add(legs, from, -minor);
  add(legs, to, minor);
  return legs;
}

function add(legs: Map<string, bigint>, account: string, minor: bigint): void {
  legs.set(account, (legs.get(account) ?? 0n) + minor);
}
