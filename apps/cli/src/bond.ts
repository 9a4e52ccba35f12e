/** Bonds and claims at the command line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, type Hex, showMoney, toHex } from "@counterfoil/base";
import { H, raw } from "@counterfoil/crypto";
import type { Bonded } from "@counterfoil/protocols/money";
import {
  accountKey,
  askBond,
  type BondOwner,
  bondKey,
  claimPrice,
  grant,
  type Holder,
  NO_MONEY_MOVED,
  newIdentity,
  putBond,
  Refusal,
  readSeed,
  type Visit,
  visit,
  type WalletPorts,
} from "@counterfoil/sdk";
import { type Place, purchasesIn, settingsOf, walletFolder, walletPorts } from "./place.ts";
import { day, print, WrongUse } from "./terminal.ts";

interface OwnerFlags {
  readonly as: BondOwner;
}

export async function bondPut(
  place: Place,
  amountMinor: bigint,
  flags: OwnerFlags & { days: number; grant?: boolean },
): Promise<void> {
  if (flags.days < 1) throw new WrongUse("A bond is for a day at least.");
  await atBank(place, flags, async (holder) => {
    // To the end of a day, so that the same command again is the same bond, and the same grant.
    const untilMs = Math.ceil((holder.clock() + flags.days * DAY_MS) / DAY_MS) * DAY_MS;
    const account = holder.key.publicKey;
    if (flags.grant === true) {
      const nonce = H(holder.crypto, "bond-grant/1", raw(account), untilMs, amountMinor);
      await grant(holder, amountMinor, nonce);
    }
    const bonded = await putBond(holder, amountMinor, untilMs);
    print(place.json, { status: "done", ...bonded }, [
      bondLine(bonded),
      "Nobody can draw on it but buyers who prove that they were wronged; what is left then comes back by itself.",
    ]);
  });
}

export async function bondShow(place: Place, flags: OwnerFlags & { of?: string }): Promise<void> {
  const account = flags.of;
  if (account !== undefined && !/^[0-9a-f]{64}$/.test(account)) throw new WrongUse("--of takes a key, 64 hex digits.");
  const show = async ({ crypto }: Pick<WalletPorts, "crypto">, market: Visit, of: Hex) => {
    const { terms, client } = market.bank;
    const found = await askBond(crypto, terms, (message) => client.post(message), of);
    if (found === null) {
      print(place.json, { status: "done", account: of, bonded: null }, `${of} has no bond at this bank.`);
      return;
    }
    const { signed, bonded } = found;
    print(place.json, { status: "done", ...bonded, signed: toHex(signed) }, bondLine(bonded));
  };
  if (account === undefined)
    return atBank(place, flags, (holder, market) => show(holder, market, holder.key.publicKey));
  return atMarket(place, (own, market) => show(own, market, account));
}

function bondLine({ account, leftMinor, unit, untilMs, bank }: Bonded): string {
  return `Bond of ${account}: ${showMoney(leftMinor, unit)} until ${day(untilMs)} UTC, says the bank ${bank}`;
}

/** The price of one purchase of this wallet, back from whoever the evidence convicts. */
export async function claim(place: Place, tid: string, flags: { evidence: string }): Promise<void> {
  settingsOf(place);
  const found = (await purchasesIn(place)).filter((known) => known.tid.startsWith(tid));
  const [known] = found;
  if (known === undefined || known.state === null || found.length > 1) {
    const detail = `No single paid purchase here begins with "${tid}".`;
    throw new Refusal("no-such-purchase", detail, NO_MONEY_MOVED, "counterfoil wallet history lists them.");
  }
  const own = await walletPorts(place);
  const seed = readSeed(walletFolder(place)) as Uint8Array;
  const accusation = new Uint8Array(readFileSync(flags.evidence));
  const account = accountKey(own.crypto, seed).publicKey;
  const client = own.transport.client(known.row.bank_url, newIdentity());
  try {
    const { purchase } = known.state;
    const claimed = await claimPrice(own.crypto, seed, purchase, account, accusation, (message) =>
      client.post(message),
    );
    const { unit } = known.row;
    const { paidMinor, dueMinor, owner } = claimed;
    const short = paidMinor < dueMinor ? ` ${showMoney(dueMinor, unit)} was due: the bond had no more.` : "";
    print(
      place.json,
      { status: "done", ...claimed, unit },
      `${showMoney(paidMinor, unit)} came into the account, from the bond of ${owner}.${short}`,
    );
  } finally {
    client.close();
  }
}

/** As the shop or certifier of this folder, at the bank of the market. */
async function atBank(
  place: Place,
  { as }: OwnerFlags,
  use: (holder: Holder, market: Visit) => Promise<void>,
): Promise<void> {
  const seed = readSeed(join(place.data, as));
  if (seed === null) {
    const next = `Pass --data, or counterfoil ${as} serve.`;
    throw new Refusal(`no-${as}`, `There is no ${as} in ${place.data}.`, NO_MONEY_MOVED, next);
  }
  await atMarket(place, ({ crypto, clock }, market) => {
    const { terms: bank, client } = market.bank;
    return use({ crypto, clock, key: bondKey(crypto, seed, as), bank, client }, market);
  });
}

async function atMarket(place: Place, use: (own: WalletPorts, market: Visit) => Promise<void>): Promise<void> {
  const own = await walletPorts(place);
  const market = await visit(own, place.url, null);
  try {
    await use(own, market);
  } finally {
    market.close();
  }
}
