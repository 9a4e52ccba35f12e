/** The commands of a wallet, as `counterfoil wallet --help` lists them, and of play money. */
import { Command } from "commander";
import { backupWallet, restoreWallet } from "./backup.ts";
import { walletCaps } from "./caps.ts";
import { exchangeCash, giveBack, handOver, keepRunning, showKeys, takeCash, takeOver } from "./cash.ts";
import { common, money, outward, whole, words } from "./options.ts";
import { placeOf } from "./place.ts";
import { closeTabs, listTabs, openTab } from "./tap.ts";
import { walletTrust } from "./trust.ts";
import { balanceOf, createWallet, grantPlayMoney, history, showKey } from "./wallet.ts";

export function addWallet(root: Command): void {
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
    outward(new Command("trust"))
      .description(
        "whose certificates, and which trustees, this wallet believes: the bank's list unless you say your own",
      )
      .option("--certifier <key>", "believe this certifier")
      .option("--group <id>", "believe this group of trustees")
      .option("--log <id>", "let this log decide what you pay")
      .option("--bank", "believe the bank's list again")
      .action((options) => walletTrust(placeOf(options), options)),
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
