/** The commands, as `counterfoil --help` lists them. Each one's work is in the file of its role. */

import { parseMilli, parseMinor } from "@counterfoil/base";
import { LEVELS } from "@counterfoil/protocols/money";
import { PHRASE_WORDS, type PhraseWords } from "@counterfoil/sdk";
import { Command, InvalidArgumentError, Option } from "commander";
import { backupWallet, restoreWallet } from "./backup.ts";
import { bankAudit, bankServe, bankSheet, listKeys, rotateKeys } from "./bank.ts";
import { browse, buyItem, evidence, resume, verify } from "./buyer.ts";
import { walletCaps } from "./caps.ts";
import { exchangeCash, giveBack, handOver, keepRunning, showKeys, takeCash, takeOver } from "./cash.ts";
import { DEFAULT_PORT, placeOf } from "./place.ts";
import { regulars, repeatItem, subscriptionItem } from "./regulars.ts";
import { bankReports, bankThresholds } from "./reporting.ts";
import { refund, sales } from "./sales.ts";
import { addItem, discountItem, issueCredential, listItem, listItems, priceItem, serveShop } from "./seller.ts";
import { start } from "./start.ts";
import { closeTabs, listTabs, openTab, tap } from "./tap.ts";
import { meterFile, shopTabs } from "./till.ts";
import { balanceOf, createWallet, grantPlayMoney, history, showKey } from "./wallet.ts";

export function program(): Command {
  const root = new Command("counterfoil")
    .description("Atomic commerce between strangers: paying and getting happen together or not at all.")
    .exitOverride()
    .showHelpAfterError()
    .addHelpText("after", ENVIRONMENT);
  root.addCommand(
    common(new Command("start"))
      .description("run a whole market: a sandbox bank and a shop with examples")
      .addOption(port())
      .option("--host <host>", "address to listen on", "127.0.0.1")
      .action((options) => start(placeOf(options), options)),
  );
  addBank(root);
  addShop(root);
  addWallet(root);
  addBuying(root);
  return root;
}

const ENVIRONMENT = `
Environment:
  COUNTERFOIL_URL   the market, http://127.0.0.1:${DEFAULT_PORT} unless set
  COUNTERFOIL_DATA  the data folder, ~/.counterfoil unless set or --data is given
  COUNTERFOIL_PROXY the SOCKS5 proxy of browse, buy, resume, wallet and sandbox, unless --proxy is given

Exit status: 0 done, 1 refused, 2 wrong use, 3 unknown outcome (retry is safe)`;

function addBank(root: Command): void {
  const bank = root.command("bank").description("run or audit a bank").exitOverride();
  bank.addCommand(
    common(new Command("serve"))
      .description("run a sandbox bank alone")
      .addOption(port())
      .option("--host <host>", "address to listen on", "127.0.0.1")
      .action((options) => bankServe(placeOf(options), options)),
    { isDefault: true },
  );
  bank.addCommand(
    common(new Command("audit"))
      .description("add up all postings again: trial balance and balance sheet")
      .action((options) => bankAudit(placeOf(options))),
  );
  bank.addCommand(
    common(new Command("balance-sheet"))
      .description("what the bank owes: accounts, holds, coins in circulation")
      .action((options) => bankSheet(placeOf(options))),
  );
  addReporting(bank);
  const keys = bank.command("keys").description("the mint's keys").exitOverride();
  keys.addCommand(
    common(new Command("rotate"))
      .description("open a new epoch of coin keys now")
      .action((options) => rotateKeys(placeOf(options))),
  );
  keys.addCommand(
    common(new Command("list"))
      .description("the epochs, and what of each is out")
      .action((options) => listKeys(placeOf(options))),
  );
}

function addReporting(bank: Command): void {
  bank.addCommand(
    common(new Command("thresholds"))
      .description("show or set above which amounts the movements of an account are recorded and reported")
      .option("--record <amount>", "record what is above, in major units", money)
      .option("--report <amount>", "report what is above", money)
      .addOption(
        new Option("--per <what>", "compare single movements, or the sums of a day").choices(["movement", "day"]),
      )
      .option("--none", "record and report nothing")
      .action((options) => bankThresholds(placeOf(options), options)),
  );
  bank.addCommand(
    common(new Command("reports"))
      .description("the movements that were above a threshold")
      .addOption(new Option("--level <level>", "only those").choices(LEVELS))
      .option("--csv", "as CSV")
      .action((options) => bankReports(placeOf(options), options)),
  );
}

function addShop(root: Command): void {
  const shop = root.command("shop").description("sell").exitOverride();
  shop.addCommand(
    common(new Command("serve"))
      .description("run a shop alone, paid at the bank of COUNTERFOIL_URL")
      .addOption(port(DEFAULT_PORT + 1))
      .option("--host <host>", "address to listen on", "127.0.0.1")
      .option("--name <name>", "the shop's name", "Shop")
      .action((options) => serveShop(placeOf(options), options)),
  );
  shop.addCommand(
    common(new Command("add"))
      .description("put a file up for sale")
      .argument("<file>")
      .requiredOption("--title <title>", "what it is called")
      .requiredOption("--price <price>", "in major units, 0 for free", money)
      .option("--description <text>", "what it is", "")
      .option("--floor <price>", "accept bids from here on", money)
      .option("--stock <n>", "how many may be sold", whole)
      .addOption(
        new Option("--free <type>", "how a free item is handed over")
          .choices(["certified", "acknowledged", "delivered", "given"])
          .default("certified"),
      )
      .action((file, options) => addItem(placeOf(options), file, options)),
  );
  shop.addCommand(
    common(new Command("list"))
      .description("the shop's items, listed or not")
      .action((options) => listItems(placeOf(options))),
  );
  shop.addCommand(
    common(new Command("price"))
      .description("change a price")
      .argument("<item>")
      .requiredOption("--price <price>", "in major units", money)
      .option("--floor <price>", "accept bids from here on", money)
      .action((item, options) => priceItem(placeOf(options), item, options)),
  );
  shop.addCommand(
    common(new Command("discount"))
      .description("another price for a group: holders of its credential, and the shop's own subscribers")
      .argument("<item>")
      .requiredOption("--group <group>", "such as student")
      .option("--price <price>", "in major units; without it the discount ends", money)
      .option("--issuer <key>", "who issues the credential, or bank for the shop's bank; this shop unless given")
      .action((item, options) => discountItem(placeOf(options), item, options)),
  );
  shop.addCommand(
    common(new Command("credential"))
      .description("issue a credential to a customer's credential key")
      .argument("<key>")
      .requiredOption("--group <group>", "such as student")
      .requiredOption("--out <file>", "where to write it")
      .option("--days <n>", "how long it is good", whole, 365)
      .action((key, options) => issueCredential(placeOf(options), key, options)),
  );
  for (const [name, listed, words] of [
    ["unlist", false, "take an item off the shelf"],
    ["relist", true, "put it back"],
  ] as const) {
    shop.addCommand(
      common(new Command(name))
        .description(words)
        .argument("<item>")
        .action((item, options) => listItem(placeOf(options), item, listed)),
    );
  }
  addRegulars(shop);
  shop.addCommand(
    common(new Command("sales"))
      .description("what was sold")
      .option("--csv", "as CSV")
      .action((options) => sales(placeOf(options), options)),
  );
  shop.addCommand(
    common(new Command("refund"))
      .description("give a sale's money back")
      .argument("<tid>")
      .option("--total <price>", "all that is ever to be given back; the whole price unless given", money)
      .action((tid, options) => refund(placeOf(options), tid, options)),
  );
  addTill(shop);
}

function addTill(shop: Command): void {
  shop.addCommand(
    common(new Command("meter"))
      .description("sell a file by the piece, over buyers' tabs")
      .argument("<file>")
      .requiredOption("--title <title>", "what it is called")
      .requiredOption("--piece-price <price>", "of one piece, in major units, such as 0.001", finePrice)
      .option("--piece-bytes <n>", "bytes of a piece", whole, 1024)
      .option("--lines", "a piece is a line instead")
      .action((file, options) => meterFile(placeOf(options), file, options)),
  );
  shop.addCommand(
    common(new Command("tabs"))
      .description("what was taken over tabs")
      .option("--close", "settle every open one at the bank now")
      .action((options) => shopTabs(placeOf(options), options)),
  );
}

function addTabs(wallet: Command): void {
  const tab = wallet.command("tab").description("money set aside for many small purchases").exitOverride();
  tab.addCommand(
    common(new Command("open"))
      .description("set money aside for a while; it stays yours until it is spent")
      .argument("<amount>", "in major units", money)
      .option("--hours <n>", "how long", whole, 12)
      .action((amount, options) => openTab(placeOf(options), amount, options)),
  );
  tab.addCommand(
    common(new Command("list"))
      .description("tabs, and what was spent at which shop")
      .action((options) => listTabs(placeOf(options))),
  );
  tab.addCommand(
    common(new Command("close"))
      .description("settle with every shop and get back the rest")
      .argument("[tab]", "only the tab whose id begins so")
      .action((name, options) => closeTabs(placeOf(options), name)),
  );
}

function addRegulars(shop: Command): void {
  shop.addCommand(
    common(new Command("regulars"))
      .description("customers who let the shop know them again, by key")
      .action((options) => regulars(placeOf(options))),
  );
  shop.addCommand(
    common(new Command("repeat"))
      .description("another price for regulars; without --after and --price it ends")
      .argument("<item>")
      .option("--after <n>", "purchases that they have made here", whole)
      .option("--price <price>", "in major units", money)
      .action((item, options) => repeatItem(placeOf(options), item, options)),
  );
  shop.addCommand(
    common(new Command("subscription"))
      .description("who buys the item belongs to a group for a while; without options it ends")
      .argument("<item>")
      .option("--group <group>", "such as subscriber")
      .option("--days <n>", "for how long", whole)
      .action((item, options) => subscriptionItem(placeOf(options), item, options)),
  );
}

function addWallet(root: Command): void {
  const wallet = root.command("wallet").description("keep money").exitOverride();
  addTabs(wallet);
  wallet.addCommand(
    outward(new Command("create"))
      .description("make a wallet with an account at the market's bank")
      .option("--words <n>", "how long its phrase is: 12 or 24", words, 12)
      .action((options) => createWallet(placeOf(options), options)),
  );
  wallet.addCommand(
    outward(new Command("backup"))
      .description("show the wallet's seed as words to write down")
      .option("--yes", "do not ask")
      .action((options) => backupWallet(placeOf(options), options)),
  );
  wallet.addCommand(
    outward(new Command("restore"))
      .description("make a wallet from its words, read from standard input")
      .option("--spread <seconds>", "exchange the coins found within this time, one by one", whole, 60)
      .action((options) => restoreWallet(placeOf(options), options)),
  );
  wallet.addCommand(
    outward(new Command("balance"))
      .description("what is in the account")
      .action((options) => balanceOf(placeOf(options))),
  );
  wallet.addCommand(
    outward(new Command("history"))
      .description("purchases and account statement")
      .action((options) => history(placeOf(options))),
  );
  wallet.addCommand(
    outward(new Command("caps"))
      .description("show or set what may be spent; the wallet refuses what is above")
      .option("--purchase <amount>", "in one purchase, in major units", money)
      .option("--day <amount>", "in a day of UTC", money)
      .option("--shop <amount>", "in a day at one shop", money)
      .option("--none", "take all caps away")
      .action((options) => walletCaps(placeOf(options), options)),
  );
  wallet.addCommand(
    outward(new Command("key"))
      .description("the key that credentials are issued to")
      .option("--shop", "the key that this market's shop knows you by")
      .action((options) => showKey(placeOf(options), options)),
  );
  addCash(wallet);
  const sandbox = root.command("sandbox").description("play money").exitOverride();
  sandbox.addCommand(
    outward(new Command("grant"))
      .description("be given play money")
      .argument("<amount>", "in major units", money)
      .action((amount, options) => grantPlayMoney(placeOf(options), amount)),
  );
}

function addCash(wallet: Command): void {
  wallet.addCommand(
    outward(new Command("cash"))
      .description("account money into coins, which name nobody")
      .argument("<amount>", "in major units", money)
      .option("--keep", "and keep so much standing, refilled at random times")
      .action((amount, options) => takeCash(placeOf(options), amount, options)),
  );
  wallet.addCommand(
    outward(new Command("deposit"))
      .description("coins back into the account")
      .argument("<amount>", "in major units", money)
      .action((amount, options) => giveBack(placeOf(options), amount)),
  );
  wallet.addCommand(
    outward(new Command("send"))
      .description("coins for somebody else, as a text to be passed on in private")
      .argument("<amount>", "in major units", money)
      .option("--qr", "also as QR codes")
      .action((amount, options) => handOver(placeOf(options), amount, options)),
  );
  wallet.addCommand(
    outward(new Command("receive"))
      .description("take coins that somebody handed over, and exchange them at once")
      .argument("<token>", "the text, a file that holds it, or - for standard input")
      .action((token, options) => takeOver(placeOf(options), token)),
  );
  wallet.addCommand(
    outward(new Command("keys"))
      .description("the bank's coin keys as this wallet knows them, to be compared with others'")
      .action((options) => showKeys(placeOf(options))),
  );
  wallet.addCommand(
    outward(new Command("run"))
      .description("stay, and do at random times what the purse has to do: refill, exchange, renew")
      .option("--minutes <n>", "so long, instead of until stopped", whole)
      .action((options) => keepRunning(placeOf(options), options)),
  );
  wallet.addCommand(
    outward(new Command("refresh"))
      .description("exchange now what waits to be exchanged")
      .option("--all", "and every other coin that is free")
      .option("--handed", "and take back what was handed over and nobody has taken")
      .action((options) => exchangeCash(placeOf(options), options)),
  );
}

function addBuying(root: Command): void {
  root.addCommand(
    outward(new Command("browse"))
      .description("what the market sells")
      .action((options) => browse(placeOf(options))),
  );
  root.addCommand(
    outward(new Command("buy"))
      .description("buy an item")
      .argument("<item>", "its name, or the beginning of its id")
      .requiredOption("--out <file>", "where the goods go")
      .option("--yes", "do not ask")
      .option("--max-price <price>", "pay no more", money)
      .option("--bid <price>", "offer less", money)
      .option("--credential <file>", "a credential that may earn another price")
      .option("--cash", "pay with coins")
      .option("--regular", "let the shop know you again, by a key of its own and not by name")
      .option("--certified", "have the bank say that an account holder asks, and not which")
      .action((item, options) => buyItem(placeOf(options), item, options)),
  );
  root.addCommand(
    outward(new Command("tap"))
      .description("buy pieces of an item over the open tab")
      .argument("<item>", "its name, or the beginning of its id")
      .requiredOption("--pieces <n>", "how many", whole)
      .requiredOption("--out <file>", "where they go, one behind the other")
      .option("--from <n>", "the first piece, counted from 0", whole, 0)
      .option("--max-price <price>", "pay no more for a piece", finePrice)
      .option("--at-risk <n>", "have no more pieces under way: 1 waits for each before it pays for the next", whole)
      .action((item, options) => tap(placeOf(options), item, options)),
  );
  root.addCommand(
    outward(new Command("resume"))
      .description("finish what a crash interrupted")
      .argument("[tid]", "only the purchase whose id begins so")
      .option("--out <file>", "put its goods here instead")
      .action((tid, options) => resume(placeOf(options), tid, options)),
  );
  root.addCommand(
    common(new Command("evidence"))
      .description("write the proof of a sale or purchase")
      .argument("<tid>", "its id, or the beginning of it")
      .requiredOption("--out <file>", "where to")
      .option("--payment-only", "prove the payment without disclosing the key")
      .action((tid, options) => evidence(placeOf(options), tid, options)),
  );
  root.addCommand(
    common(new Command("verify"))
      .description("judge evidence, offline")
      .argument("<evidence>")
      .argument("[file]", "is this what was delivered?")
      .option("--identity <file>", "also write the key for the plain age tool")
      .action((path, file, options) => verify(placeOf(options), path, file, options)),
  );
}

/** What every command takes. */
function common(command: Command): Command {
  return command
    .exitOverride()
    .option("--data <dir>", "the data folder")
    .option("--json", "one JSON object on standard output");
}

/** What every command of a wallet takes besides. */
function outward(command: Command): Command {
  return common(command).option("--proxy <url>", "go through this SOCKS5 proxy, socks5h://HOST:PORT");
}

function port(standard = DEFAULT_PORT): Option {
  return new Option("--port <port>", "port to listen on, 0 for any free one").default(standard).argParser(whole);
}

function money(text: string): bigint {
  const minor = parseMinor(text);
  if (minor === null) throw new InvalidArgumentError("Write an amount such as 2.50.");
  return minor;
}

function words(text: string): PhraseWords {
  const found = PHRASE_WORDS.find((count) => text === String(count));
  if (found === undefined) throw new InvalidArgumentError("Write 12 or 24.");
  return found;
}

/** As `money`, to the thousandth of a minor unit. */
function finePrice(text: string): bigint {
  const milli = parseMilli(text);
  if (milli === null) throw new InvalidArgumentError("Write a price such as 0.001.");
  return milli;
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Write a whole number.");
  return Number(text);
}
