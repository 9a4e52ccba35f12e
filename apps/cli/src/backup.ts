/** A wallet on paper and back: its seed as words, shown only to whoever asks twice, and taken only where nobody else can look. */
import { createInterface } from "node:readline/promises";
import { showMoney } from "@counterfoil/base";
import {
  createWalletFrom,
  makeFolder,
  NO_MONEY_MOVED,
  openAccount,
  PHRASE_LENGTH,
  phraseOf,
  phraseRefusal,
  Refusal,
  readSeed,
  seedOfPhrase,
  visit,
} from "@counterfoil/sdk";
import {
  holderOf,
  type Place,
  pinMarket,
  settingsOf,
  visitMarket,
  walletFolder,
  walletPorts,
  withWallet,
} from "./place.ts";
import { print } from "./terminal.ts";

const WARNING = "Whoever sees these words has the money. Write them down where nobody looks, and close this window.";
/** A row fits 80 columns. */
const WORDS_A_ROW = 4;

export async function backupWallet(place: Place, flags: { yes?: boolean }): Promise<void> {
  settingsOf(place);
  const phrase = phraseOf(readSeed(walletFolder(place)) as Uint8Array);
  if (flags.yes !== true) await agreeToShow();
  console.error(WARNING);
  print(place.json, { status: "done", phrase }, rows(phrase));
}

async function agreeToShow(): Promise<void> {
  if (!process.stdin.isTTY) {
    const detail = "Nobody is here to say that the phrase may be shown.";
    throw new Refusal("not-agreed", detail, NO_MONEY_MOVED, "Pass --yes where nobody else reads along.");
  }
  const answer = await ask("The phrase is the money, and it will stand on this screen. Show it? [y/N] ");
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new Refusal("not-agreed", "You said no.", NO_MONEY_MOVED, "Nothing needs to be undone.");
}

function rows(phrase: string): string[] {
  const words = phrase.split(" ").map((word, i) => `${String(i + 1).padStart(2)}. ${word}`.padEnd(14));
  const count = Math.ceil(words.length / WORDS_A_ROW);
  return Array.from({ length: count }, (_, row) =>
    words
      .slice(row * WORDS_A_ROW, (row + 1) * WORDS_A_ROW)
      .join("")
      .trimEnd(),
  );
}

/** From the phrase to the account. What else the wallet had comes after the account, in the open wallet. */
export async function restoreWallet(place: Place): Promise<void> {
  const own = await walletPorts(place);
  const phrase = await readPhrase();
  const fault = seedOfPhrase(phrase);
  if (!fault.ok) throw phraseRefusal(fault); // before anybody is asked anything
  const market = await visit(own, place.url, null);
  try {
    createWalletFrom(makeFolder(walletFolder(place)), phrase);
    pinMarket(place, market);
  } finally {
    market.close();
  }
  await withWallet(place, own, async () => {
    const pinned = await visitMarket(place, own);
    try {
      const { account, balanceMinor, unit } = await openAccount(holderOf(place, own, pinned));
      print(place.json, { status: "done", account, balanceMinor, unit }, [
        `The wallet is in ${walletFolder(place)}. Account ${account.slice(0, 16)}… has ${showMoney(balanceMinor, unit)}.`,
        "What it bought before is not in its phrase: that was in wallet.db.",
      ]);
    } finally {
      pinned.close();
    }
  });
}

/** Never from the command line's own words, which every user of the machine can see. */
async function readPhrase(): Promise<string> {
  const terminal = process.stdin.isTTY === true;
  if (terminal) console.error("The phrase, its 12 or 24 words in their order, and then an empty line:");
  let text = "";
  // The first 12 of 24 words may look like a phrase of their own, so only the writer knows where it ends.
  for await (const line of createInterface({ input: process.stdin })) {
    if ((terminal && line.trim() === "") || text.length > PHRASE_LENGTH) break;
    text += `${line}\n`;
  }
  return text;
}

async function ask(question: string): Promise<string> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await asking.question(question);
  } finally {
    asking.close();
  }
}
