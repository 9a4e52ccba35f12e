/** Coins at the command line: withdraw, deposit, hand over, take, exchange. */
import { readFileSync } from "node:fs";
import { MINUTE_MS, SECOND_MS, showMoney } from "@counterfoil/base";
import type { CoinKey } from "@counterfoil/protocols/money";
import { type ErrandRow, readKeys } from "@counterfoil/protocols/purse";
import {
  type CashDesk,
  type CashReport,
  cashDesk,
  cashReport,
  depositCash,
  exchanged,
  learnKeys,
  QR_COINS,
  type Refreshed,
  receiveCash,
  refreshCash,
  restoreCash,
  sendCash,
  stillAsking,
  withdrawCash,
} from "@counterfoil/sdk";
import { encode, renderUnicodeCompact } from "uqr";
import { carryParts } from "./bundles.ts";
import { type Place, visitMarket, walletPorts, withWallet } from "./place.ts";
import { bar, day, EXIT, print, STATUS_WORDS, tell } from "./terminal.ts";

/** Account money for coins; with `--keep`, an amount that is kept standing from now on. */
export async function takeCash(place: Place, amountMinor: bigint, flags: { keep?: boolean }): Promise<void> {
  await atDesk(place, async (desk) => {
    if (flags.keep === true) {
      await learnKeys(desk);
      await desk.wallet.run({ kind: "target", bank: desk.bank, targetMinor: amountMinor });
    }
    await finished(
      place,
      desk,
      await withdrawCash(desk, amountMinor),
      `Withdrawn: ${showMoney(amountMinor, desk.unit)}.`,
    );
  });
}

export async function giveBack(place: Place, amountMinor: bigint): Promise<void> {
  await atDesk(place, async (desk) => {
    const row = await depositCash(desk, amountMinor);
    await finished(place, desk, row, `Deposited into the account: ${showMoney(amountMinor, desk.unit)}.`);
  });
}

/** The tokens are money: on standard output, and nowhere else. */
export async function handOver(place: Place, amountMinor: bigint, flags: { qr?: boolean }): Promise<void> {
  await atDesk(place, async (desk) => {
    const tokens = await sendCash(desk, amountMinor, flags.qr === true ? QR_COINS : Number.MAX_SAFE_INTEGER);
    const lines = tokens.flatMap(({ token, amountMinor: minor }) => [
      ...(tokens.length > 1 ? [`${showMoney(minor, desk.unit)}:`] : []),
      token,
    ]);
    if (flags.qr === true && !place.json) {
      for (const { token } of tokens) console.log(drawn(token));
    }
    print(
      place.json,
      { status: "done", amountMinor, unit: desk.unit, tokens: tokens.map(({ token }) => token) },
      lines,
    );
    if (!place.json) {
      const words =
        "Whoever reads this first has the money. Until somebody takes it, wallet refresh --handed takes it back.";
      console.error(`Handed over: ${showMoney(amountMinor, desk.unit)}. ${words}`);
    }
  });
}

/** A reader that many pages use, ours too, has a wrong table for this one size of a code; the next larger one holds the same. */
const UNREAD_VERSION = 23;

function drawn(token: string): string {
  const isUnread = encode(token, { ecc: "L" }).version === UNREAD_VERSION;
  return renderUnicodeCompact(token, { ecc: "L", ...(isUnread ? { minVersion: UNREAD_VERSION + 1 } : {}) });
}

/** @param source the token itself, a file that holds it, or "-" for standard input. */
export async function takeOver(place: Place, source: string): Promise<void> {
  const token =
    source === "-" ? readFileSync(0, "utf8") : source.startsWith("cfcoins1") ? source : readFileSync(source, "utf8");
  await atDesk(place, async (desk) => {
    const row = await receiveCash(desk, token);
    await finished(place, desk, row, `Received and exchanged: ${showMoney(row.amount, desk.unit)}.`);
  });
}

export async function exchangeCash(place: Place, flags: Refreshed): Promise<void> {
  await atDesk(place, async (desk) => {
    const rows = await refreshCash(desk, flags);
    const open = rows.find((row) => row.phase === "asked");
    const totalOf = (used: boolean) =>
      rows.filter(({ reason }) => (reason !== null) === used).reduce((sum, { amount }) => sum + amount, 0n);
    const [total, used] = [totalOf(false), totalOf(true)];
    const taken = used === 0n ? "" : ` Used by somebody else before: ${showMoney(used, desk.unit)}.`;
    const said =
      rows.length === 0
        ? "Nothing waits to be exchanged."
        : `Exchanged one by one: ${showMoney(total, desk.unit)}.${taken}`;
    if (open !== undefined) return finished(place, desk, open, said);
    await showDone(place, desk, { amountMinor: total, usedMinor: used }, said);
  });
}

/** From the phrase on: find the coins, and exchange each at a time of its own. */
export async function recoverCash(place: Place, spreadSeconds: number, opened: object): Promise<void> {
  const tuning = { spreadMs: spreadSeconds * SECOND_MS };
  await atDesk(
    place,
    async (desk) => {
      const found = await restoreCash(desk);
      const exchanging = bar("Exchanging", place.json);
      const left = await exchanged(desk, 2 * tuning.spreadMs + 60 * SECOND_MS, (waiting) =>
        exchanging.at(found.coins - waiting, found.coins),
      ).finally(() => exchanging.end());
      const words = `Coins ever signed for this phrase: ${found.coins}. Those that were not spent are exchanged${left > 0 ? `, but for ${left}` : ""}.`;
      await showDone(place, desk, { ...opened, device: found.device, coinsFound: found.coins, waiting: left }, words);
    },
    tuning,
  );
}

/** Two holders who see one hash have one list: nobody was given keys of their own. */
export async function showKeys(place: Place): Promise<void> {
  await atDesk(place, async (desk) => {
    const { crypto } = desk.ports;
    const { list, hash } = readKeys(crypto, (await learnKeys(desk)).keys);
    const epochs = [...new Set(list.keys.map(({ epoch }) => epoch))].map((epoch) => {
      const keys = list.keys.filter((key) => key.epoch === epoch);
      const [{ withdrawUntilMs, depositUntilMs, refreshUntilMs }] = keys as [CoinKey];
      return { epoch, keys: keys.length, withdrawUntilMs, depositUntilMs, refreshUntilMs };
    });
    print(place.json, { status: "done", sequence: list.sequence, hash, issuedMs: list.issuedMs, epochs }, [
      `List ${list.sequence} of ${day(list.issuedMs)}: ${hash}`,
      ...epochs.map(
        ({ epoch, keys, withdrawUntilMs, depositUntilMs, refreshUntilMs }) =>
          `  epoch ${epoch}: ${keys} keys, withdrawn until ${day(withdrawUntilMs)}, pays until ${day(depositUntilMs)}, exchanged until ${day(refreshUntilMs)}`,
      ),
    ]);
  });
}

/** Commands come and go with what their owner does; a purse's own errands must not. */
export async function keepRunning(place: Place, flags: { minutes?: number }): Promise<void> {
  await atDesk(place, async (desk) => {
    await learnKeys(desk);
    await carryParts(place, desk.wallet, desk.ports);
    if (!place.json) console.error("The purse looks after itself at random times. Ctrl-C ends this.");
    await stopped(flags.minutes);
    await showDone(place, desk, {}, "Stopped; what was under way goes on the next time.");
  });
}

function stopped(minutes: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = minutes === undefined ? undefined : setTimeout(resolve, minutes * MINUTE_MS);
    const stop = () => {
      clearTimeout(timer); // or the process would stay for it
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  });
}

/** One line a state that there is something in. */
export function cashLines(report: CashReport, unit: string): string[] {
  const { standing, unknownMinor, targetMinor, coins } = report;
  const lines: [bigint, string][] = [
    [standing.available, `available, in ${coins} coins`],
    [standing.reserved, "reserved for payments that have no outcome yet"],
    [standing.refunding, "refunding: seen by somebody, being exchanged"],
    [standing.handed, "handed over and not taken back"],
    [unknownMinor, "unknown: asked of the bank, and its answer is not final yet; nothing is paid twice"],
    [standing.lost, "lost: past their last day"],
  ];
  const shown = lines.filter(([minor], i) => minor > 0n || i === 0);
  const keeping =
    targetMinor > 0n ? [`  kept standing: ${showMoney(targetMinor, unit)}, looked at at random times`] : [];
  return ["Coins:", ...shown.map(([minor, words]) => `  ${showMoney(minor, unit)}  ${words}`), ...keeping];
}

async function atDesk(
  place: Place,
  use: (desk: CashDesk) => Promise<void>,
  tuning: Parameters<typeof withWallet>[3] = {},
): Promise<void> {
  const own = await walletPorts(place);
  const market = await visitMarket(place, own);
  try {
    await withWallet(place, own, (wallet) => use(cashDesk(wallet, market, own)), tuning);
  } finally {
    market.close();
  }
}

async function finished(place: Place, desk: CashDesk, row: ErrandRow, words: string): Promise<void> {
  if (row.phase === "asked") {
    const { reason, message, money, next } = stillAsking(row);
    tell({ reason, detail: message, money, next }, place.json, EXIT.unknown);
    process.exitCode = EXIT.unknown;
    return;
  }
  await showDone(place, desk, { amountMinor: row.amount }, words);
}

async function showDone(place: Place, desk: CashDesk, value: object, words: string): Promise<void> {
  const report = await cashReport(desk.wallet, desk.bank);
  const json = { status: STATUS_WORDS[EXIT.done], ...value, unit: desk.unit, cash: cashJson(report) };
  print(place.json, json, [words, ...cashLines(report, desk.unit)]);
}

export function cashJson({ standing, unknownMinor, targetMinor, coins }: CashReport): object {
  return { ...standing, unknown: unknownMinor, target: targetMinor, coins };
}
