/** Gifts at the command line: the donor's, their proof, and the authority that is convinced by it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { showMoney } from "@counterfoil/base";
import { authorityIdOf, type GiftReason, NAME_LENGTH, PURPOSE_LENGTH } from "@counterfoil/protocols/giving";
import {
  createGiftAuthority,
  give,
  type ItemJson,
  isDonationItem,
  NO_MONEY_MOVED,
  type OpenGiftAuthority,
  openGiftAuthority,
  proofOfGift,
  Refusal,
  readGiftAuthority,
  readSeed,
  type Terms,
  type Visit,
  visit,
} from "@counterfoil/sdk";
import { tellBought } from "./bought.ts";
import { agree } from "./buyer.ts";
import { type Place, ports, purchasesIn, visitMarket, walletFolder, walletPorts, withWallet } from "./place.ts";
import { ownFolder } from "./running.ts";
import { bar, day, print, WrongUse, writePrivately } from "./terminal.ts";

export async function giveTo(
  place: Place,
  amountMinor: bigint,
  recipient: string,
  flags: { out: string; yes?: boolean },
): Promise<void> {
  if (amountMinor === 0n) throw new WrongUse("A gift is of something: write an amount such as 5.");
  const elsewhere = /^https?:\/\//.test(recipient);
  const there = elsewhere ? { ...place, url: recipient.replace(/\/+$/, "") } : place;
  const own = await walletPorts(there);
  const market = await visitMarket(there, own);
  try {
    const item = elsewhere ? await onlyDonation(market) : await market.find(recipient);
    await withWallet(there, own, async (wallet) => {
      const fetching = bar("Fetching", place.json);
      const opening = bar("Opening ", place.json);
      const options = {
        outPath: flags.out,
        agree: (terms: Terms) => agree(terms, { ...flags, anonymous: true }, place.json),
        onFetch: fetching.at,
        onOpen: opening.at,
      };
      const given = await give(market, wallet, item, amountMinor, options, own).finally(() => {
        fetching.end();
        opening.end();
      });
      process.exitCode = tellBought(place, item.title, flags.out, given);
    });
  } finally {
    market.close();
  }
}

async function onlyDonation(market: Visit): Promise<ItemJson> {
  const [found, ...more] = (await market.items()).filter(isDonationItem);
  if (found !== undefined && more.length === 0) return found;
  const detail = found === undefined ? `${market.url} takes no donations.` : `${market.url} takes several donations.`;
  const next = `COUNTERFOIL_URL=${market.url} counterfoil browse lists them: name one.`;
  throw new Refusal(found === undefined ? "no-such-item" : "ambiguous-item", detail, NO_MONEY_MOVED, next);
}

export async function proveGiftTo(
  place: Place,
  tid: string,
  flags: { to: string; as: string; for: string; out: string },
): Promise<void> {
  if (flags.as.trim() === "" || flags.as.length > NAME_LENGTH || flags.for.length > PURPOSE_LENGTH) {
    throw new WrongUse(`A name, and a purpose, has at most ${NAME_LENGTH} characters, and a name has some.`);
  }
  const { crypto } = await ports();
  const authority = readGiftAuthority(crypto, new Uint8Array(readFileSync(flags.to)));
  const found = (await purchasesIn(place)).filter((known) => known.tid.startsWith(tid));
  const [known] = found;
  if (known === undefined || found.length > 1) {
    const detail = `"${tid}" begins ${found.length === 0 ? "no purchase" : "several purchases"} of this wallet.`;
    throw new Refusal("no-such-purchase", detail, NO_MONEY_MOVED, "counterfoil wallet history lists them.");
  }
  const seed = readSeed(walletFolder(place)) as Uint8Array;
  const bytes = proofOfGift(crypto, seed, known, authority, { name: flags.as, purpose: flags.for });
  writePrivately(flags.out, bytes);
  const id = authorityIdOf(crypto, authority);
  print(place.json, { status: "done", tid: known.tid, authority: id, out: flags.out, bytes: bytes.length }, [
    `${bytes.length} bytes in ${flags.out}, for "${authority.name}" alone: nobody else can read it or would believe it.`,
    `Its id, to be compared with what the authority says of itself: ${id}`,
  ]);
}

export async function createAuthority(place: Place, file: string, flags: { name: string }): Promise<void> {
  if (flags.name.trim() === "" || flags.name.length > NAME_LENGTH) {
    throw new WrongUse(`A name has some characters, and at most ${NAME_LENGTH}.`);
  }
  const lock = ownFolder(authorityFolder(place), "authority");
  try {
    createGiftAuthority(authorityFolder(place), flags.name);
  } finally {
    lock.release();
  }
  await showAuthority(place, { file });
}

export async function showAuthority(place: Place, flags: { file?: string }): Promise<void> {
  await withAuthority(place, async (authority) => {
    const { name, id, descriptor } = authority;
    if (flags.file !== undefined) writePrivately(flags.file, descriptor);
    const recipients = (await authority.recipients()).map(([certHash, row]) => ({ certHash, ...row }));
    const written = flags.file === undefined ? [] : [`Its file for donors is ${flags.file}; it holds no secret.`];
    print(place.json, { status: "done", name, id, file: flags.file ?? null, recipients }, [
      `"${name}", id ${id}`,
      ...written,
      `Gifts count for ${recipients.length} items:`,
      ...recipients.map((each) => `  "${each.title}" of "${each.name}", shop ${each.merchant.slice(0, 16)}…`),
    ]);
  });
}

export async function recogniseItem(place: Place, name: string): Promise<void> {
  const own = await walletPorts(place);
  const market = await visit(own, place.url, null);
  try {
    const item = await market.find(name);
    await withAuthority(place, async (authority) => {
      const recipient = await authority.recognise(market, item);
      const said = `Gifts for "${recipient.title}" of "${recipient.name}" count, at the bank ${recipient.bank}.`;
      print(place.json, { status: "done", ...recipient }, said);
    });
  } finally {
    market.close();
  }
}

export async function checkProof(place: Place, path: string): Promise<void> {
  const proof = new Uint8Array(readFileSync(path));
  await withAuthority(place, async (authority) => {
    const checked = await authority.check(proof);
    if (checked.kind === "refused") {
      const before = checked.before;
      const first =
        before === null
          ? ""
          : ` It was claimed on ${day(before.claimed_ms)} UTC by "${before.name}" (${before.purpose}).`;
      const detail = `${REFUSED[checked.reason]}${first}`;
      throw new Refusal(
        checked.reason,
        detail,
        "This moves none.",
        NEXT[checked.reason] ?? "Ask the donor for another.",
      );
    }
    const { tid, gift, recipient } = checked;
    const { name, purpose, amount, unit } = gift;
    const shown = { tid, name, purpose, amountMinor: amount, unit, paidMs: gift.paid_ms, claimedMs: gift.claimed_ms };
    const to = { merchant: recipient.merchant, recipient: recipient.name, item: recipient.title };
    print(place.json, { status: "done", ...shown, ...to }, [
      `"${name}" gave ${showMoney(amount, unit)} to "${recipient.name}" ("${recipient.title}") on ${day(gift.paid_ms)} UTC.`,
      ...(purpose === "" ? [] : [`For: ${purpose}`]),
      `Claimed on ${day(gift.claimed_ms)} UTC: no other proof of ${tid.slice(0, 12)} is taken. Nobody else would believe this one.`,
    ]);
  });
}

const REFUSED: Readonly<Record<GiftReason, string>> = {
  malformed: "This is no proof of a gift that this authority can read.",
  "another-authority": "This proof is for another authority.",
  "wrong-evidence": "This proof shows no payment.",
  "wrong-order": "The order in this proof is not the one that was paid.",
  "wrong-tag": "Whoever made this proof does not hold the purchase's secret, or something in it was changed.",
  "unknown-recipient": "What was paid for is no donation that this authority counts.",
  "claimed-already": "This gift has been claimed before, under another name or for another purpose.",
};

const NEXT: Partial<Readonly<Record<GiftReason, string>>> = {
  "unknown-recipient": "If it should count: counterfoil give authority recognise ITEM, at its market.",
  "claimed-already": "The first claim stands.",
};

export async function listGifts(place: Place): Promise<void> {
  await withAuthority(place, async (authority) => {
    const recipients = new Map(await authority.recipients());
    const gifts = (await authority.gifts()).map(([tid, { recipient, amount, ...row }]) => {
      const to = recipients.get(recipient)?.name ?? recipient;
      return { tid, ...row, amountMinor: amount, recipient: to };
    });
    const lines = gifts.map(
      (each) =>
        `  ${day(each.claimed_ms)}  ${each.tid.slice(0, 12)}  ${showMoney(each.amountMinor, each.unit)} to "${each.recipient}" by "${each.name}"`,
    );
    print(place.json, { status: "done", gifts }, [`${gifts.length} gifts:`, ...lines]);
  });
}

async function withAuthority<T>(place: Place, use: (authority: OpenGiftAuthority) => Promise<T>): Promise<T> {
  const folder = authorityFolder(place);
  const lock = ownFolder(folder, "authority");
  try {
    const authority = await openGiftAuthority(folder, await ports());
    return await use(authority).finally(() => authority.close());
  } finally {
    lock.release();
  }
}

function authorityFolder(place: Place): string {
  return join(place.data, "gift-authority");
}
