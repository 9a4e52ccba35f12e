/** Account and coins of an open wallet, as the page asks for them. */
import type { Hex } from "@counterfoil/base";
import { COIN_STATES, type CoinState, type ErrandRow } from "@counterfoil/protocols/purse";
import {
  balance,
  type CashDesk,
  cashDesk,
  cashReport,
  depositCash,
  grant,
  newNonce,
  QR_COINS,
  receiveCash,
  refreshCash,
  sendCash,
  withdrawCash,
} from "@counterfoil/sdk/portable";
import type { Desk, ErrandEnd, Funds } from "./desk.ts";
import type { KeepWallet } from "./keeper.ts";
import { holderOf, type Opened, withMarket } from "./opened.ts";
import { queue } from "./queue.ts";

type Money = Pick<Desk, "funds" | "grant" | "withdraw" | "deposit" | "send" | "receive" | "takeBack">;

export function moneyDesk({ use, change }: KeepWallet): Money {
  const inTurn = queue();
  return {
    funds: () => use((opened) => fundsOf(opened)),
    grant: (amountMinor) => change((opened) => inTurn(() => granted(opened, amountMinor))),
    withdraw: (amountMinor) => atDesk(change, async (desk) => endOf(await withdrawCash(desk, amountMinor))),
    deposit: (amountMinor) => atDesk(change, async (desk) => endOf(await depositCash(desk, amountMinor))),
    send: (amountMinor, form) =>
      atDesk(change, (desk) => sendCash(desk, amountMinor, form === "qr" ? QR_COINS : Number.MAX_SAFE_INTEGER)),
    receive: (token) =>
      atDesk(change, async (desk) => {
        const row = await receiveCash(desk, token.trim());
        return { ...endOf(row), amountMinor: row.amount };
      }),
    takeBack: () => atDesk(change, takenBack),
  };
}

async function fundsOf(opened: Opened): Promise<Funds> {
  return withMarket(opened, async (market) => {
    const { bank, unit, sandbox } = market.bank.terms;
    const { balanceMinor, heldMinor, account } = await balance(holderOf(opened, market));
    const cash = await cashOf(opened, bank);
    const [behindMs, restoring] = [opened.behindMs(), opened.wallet.restoring()];
    return { unit, sandbox, account, bank, balanceMinor, heldMinor, cash, behindMs, restoring };
  });
}

/** What was coins once and is over: the history tells of it. */
const PAST: ReadonlySet<string> = new Set<CoinState>(["exchanged", "spent"]);

/** Each state that there is something in, and what was asked of the bank and has no final answer. */
async function cashOf({ wallet }: Opened, bank: Hex): Promise<Funds["cash"]> {
  const { standing, unknownMinor } = await cashReport(wallet, bank);
  const counts = new Map<string, number>();
  for (const [, row] of await wallet.coins()) {
    if (row.bank === bank) counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
  }
  const cash: Funds["cash"][number][] = COIN_STATES.filter(
    (state) => !PAST.has(state) && (standing[state] > 0n || state === "available"),
  ).map((state) => ({ state, coins: counts.get(state) ?? 0, minor: standing[state] }));
  return unknownMinor > 0n ? [...cash, { state: "unknown", coins: 0, minor: unknownMinor }] : cash;
}

/**
 * The nonce outlives a lost answer: asking again for the same amount is then the same grant. One nonce is remembered, and so one
 * grant is asked for at a time.
 */
async function granted(opened: Opened, amountMinor: bigint): Promise<null> {
  return withMarket(opened, async (market) => {
    const { settings } = opened;
    const { asked } = settings.now;
    const nonce = asked?.amountMinor === amountMinor.toString() ? asked.nonce : newNonce();
    await settings.save({ asked: { amountMinor: amountMinor.toString(), nonce } });
    await grant(holderOf(opened, market), amountMinor, nonce);
    await settings.save({ asked: null });
    return null;
  });
}

/** What was handed over, each coin for itself: one that somebody has taken meanwhile is told by its reason. */
async function takenBack(desk: CashDesk): Promise<ErrandEnd> {
  const rows = await refreshCash(desk, { handed: true });
  if (rows.some(({ phase, reason }) => phase === "asked" && reason === null)) return { end: "unknown" };
  const used = rows.filter(({ reason }) => reason !== null).length;
  if (used === 0) return { end: "done" };
  const detail = `Of ${rows.length} coins ${used} had been taken by somebody before; the others are yours again.`;
  const money = "What somebody has taken is theirs: it was handed over.";
  return { end: { refused: { reason: "coin-used", detail, money, next: "Nothing needs to be undone." } } };
}

function endOf({ phase }: ErrandRow): ErrandEnd {
  return { end: phase === "asked" ? "unknown" : "done" };
}

function atDesk<T>(change: KeepWallet["change"], work: (desk: CashDesk) => Promise<T>) {
  return change((opened) => withMarket(opened, (market) => work(cashDesk(opened.wallet, market, opened.ports))));
}
