/** The keeper of money at the command line. */
import { type Hex, showMoney } from "@counterfoil/base";
import { pseudonymKey } from "@counterfoil/protocols/contract";
import { partReleaseMs } from "@counterfoil/protocols/exchange";
import {
  balance,
  credentialKey,
  grant,
  makeFolder,
  NO_MONEY_MOVED,
  newNonce,
  openAccount,
  type PhraseWords,
  Refusal,
  readSeed,
  SEED_BYTES_OF_WORDS,
  statement,
  visit,
  type WalletPorts,
  walletSeedIn,
  wordsOf,
} from "@counterfoil/sdk";
import { cashJson, cashLines } from "./cash.ts";
import {
  cashIn,
  holderOf,
  type Place,
  pinMarket,
  purchasesIn,
  saveSettings,
  settingsOf,
  visitMarket,
  walletFolder,
  walletPorts,
} from "./place.ts";
import { day, print } from "./terminal.ts";

export async function createWallet(place: Place, flags: { words: PhraseWords }): Promise<void> {
  const own = await walletPorts(place);
  const market = await visit(own, place.url, null);
  try {
    const folder = makeFolder(walletFolder(place));
    const existed = readSeed(folder) !== null;
    const words = wordsOf(walletSeedIn(folder, SEED_BYTES_OF_WORDS[flags.words]));
    const { bank, unit, sandbox } = market.bank.terms;
    pinMarket(place, market);
    const pinned = await visitMarket(place, own);
    const { account } = await openAccount(holderOf(place, own, pinned));
    pinned.close();
    const lines = [
      existed
        ? `This wallet was there already.`
        : `A wallet is made in ${folder}. Its seed is the money: counterfoil wallet backup shows it as ${words} words.`,
      `Account ${account.slice(0, 16)}… at bank ${bank.slice(0, 16)}…, in ${unit}${sandbox ? " (play money)" : ""}.`,
    ];
    print(place.json, { status: "done", account, bank, unit, sandbox, words, created: !existed }, lines);
  } finally {
    market.close();
  }
}

export async function balanceOf(place: Place): Promise<void> {
  const own = await walletPorts(place);
  const market = await visitMarket(place, own);
  try {
    const { balanceMinor, heldMinor, unit } = await balance(holderOf(place, own, market));
    const held = heldMinor > 0n ? `, of which ${showMoney(heldMinor, unit)} is held for orders` : "";
    const cash = await cashIn(place);
    const coins = cash === null ? [] : cashLines(cash, unit);
    print(place.json, { status: "done", balanceMinor, heldMinor, unit, cash: cash && cashJson(cash) }, [
      `${showMoney(balanceMinor, unit)}${held}`,
      ...coins,
    ]);
  } finally {
    market.close();
  }
}

export async function history(place: Place): Promise<void> {
  const own = await walletPorts(place);
  const purchases = await purchasesIn(place);
  const market = await visitMarket(place, own);
  try {
    const lines = await statement(holderOf(place, own, market));
    const { unit } = market.bank.terms;
    const bought = purchases.map(({ tid, row, state }) => ({
      tid,
      title: row.title,
      priceMinor: row.price,
      unit: row.unit,
      state: state?.phase ?? "received",
      delivered: row.delivered,
      outPath: row.out_path,
      fault: row.fault,
      startedMs: row.started_ms,
      releaseMs: state === null ? null : partReleaseMs(state.purchase),
    }));
    const text = [
      "Purchases:",
      ...bought.map((each) => {
        const cost = showMoney(each.priceMinor, each.unit);
        return `  ${day(each.startedMs)}  ${each.tid.slice(0, 12)}  ${cost}  ${stateWords(each)}  ${each.title}`;
      }),
      "Account:",
      ...lines.map((line) => {
        const change = `${line.credit ? "+" : "-"}${showMoney(line.amountMinor, unit)}`;
        return `  ${day(line.timeMs)}  ${change}  ${line.kind}  balance ${showMoney(line.balanceMinor, unit)}`;
      }),
    ];
    print(place.json, { status: "done", purchases: bought, statement: lines }, text);
  } finally {
    market.close();
  }
}

/** A part says when it comes. */
function stateWords(each: { state: string; delivered: boolean; releaseMs: number | null }): string {
  const due = each.state === "scheduled" && each.releaseMs !== null ? `, due ${day(each.releaseMs)} UTC` : "";
  return `${each.state}${due}${each.delivered ? ", delivered" : ""}`;
}

export async function grantPlayMoney(place: Place, amountMinor: bigint): Promise<void> {
  const own = await walletPorts(place);
  const market = await visitMarket(place, own);
  try {
    // The nonce outlives a lost answer: asking again for the same amount is then the same grant.
    const settings = settingsOf(place);
    const asked = settings.grant?.amountMinor === amountMinor.toString() ? settings.grant.nonce : newNonce();
    saveSettings(place, { ...settings, grant: { amountMinor: amountMinor.toString(), nonce: asked } });
    const { balanceMinor, unit } = await grant(holderOf(place, own, market), amountMinor, asked);
    const { grant: _answered, ...rest } = settings;
    saveSettings(place, rest);
    print(
      place.json,
      { status: "done", balanceMinor, unit },
      `Granted. The account now has ${showMoney(balanceMinor, unit)}.`,
    );
  } finally {
    market.close();
  }
}

/**
 * Issuers of credentials know the holder by the one key, and so does every shop that is shown one; a shop knows its regular by
 * the other, which no other shop sees.
 */
export async function showKey(place: Place, flags: { shop?: boolean }): Promise<void> {
  const own = await walletPorts(place);
  settingsOf(place);
  const seed = readSeed(walletFolder(place)) as Uint8Array;
  const { publicKey: key } =
    flags.shop === true
      ? pseudonymKey(own.crypto, seed, await shopVisited(place, own))
      : credentialKey(own.crypto, seed);
  print(place.json, { status: "done", key }, key);
}

async function shopVisited(place: Place, own: WalletPorts): Promise<Hex> {
  const market = await visitMarket(place, own);
  market.close();
  if (market.shop !== null) return market.shop.merchant;
  throw new Refusal("no-shop", `There is no shop at ${place.url}.`, NO_MONEY_MOVED, "Try another market.");
}
