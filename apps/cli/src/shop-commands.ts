/** The commands of a shop, as `counterfoil shop --help` lists them. */
import { Command, Option } from "commander";
import { addItem, certifyDrafts } from "./adding.ts";
import { bundleItem } from "./bundles.ts";
import { shopDisputes } from "./disputes.ts";
import { exportShelf, listMirrors, setMirror } from "./mirrors.ts";
import { common, finePrice, money, port, whole } from "./options.ts";
import { DEFAULT_PORT, placeOf } from "./place.ts";
import { regulars, repeatItem, subscriptionItem } from "./regulars.ts";
import { refund, sales } from "./sales.ts";
import { discountItem, issueCredential, listItem, listItems, priceItem, serveShop, stockItem } from "./seller.ts";
import { meterFile, shopTabs } from "./till.ts";
import { shopEvidence } from "./verify.ts";

export function addShop(root: Command): void {
  const shop = root.command("shop").description("sell").exitOverride();
  shop.addCommand(
    common(new Command("serve"))
      .description("run a shop alone, paid at the bank of COUNTERFOIL_URL")
      .addOption(port(DEFAULT_PORT + 1))
      .option("--host <host>", "address to listen on", "127.0.0.1")
      .option("--name <name>", "the shop's name", "Shop")
      .addOption(
        new Option(
          "--log <url>",
          "sell by the log at this address, and not by all that the bank takes; may be given again",
        )
          .default([])
          .argParser((url: string, before: readonly string[]) => [...before, url]),
      )
      .action((options) => serveShop(placeOf(options), options)),
  );
  shop.addCommand(
    common(new Command("add"))
      .description("put a file up for sale")
      .argument("<file>")
      .requiredOption("--title <title>", "what it is called")
      .option("--price <price>", "in major units, 0 for free", money)
      .option("--donation", "whoever gives names the amount; the file is your letter of thanks")
      .option("--description <text>", "what it is", "")
      .option("--floor <price>", "accept bids, or gifts, from here on", money)
      .option("--stock <n>", "how many may be sold", whole)
      .addOption(
        new Option("--free <type>", "how a free item is handed over")
          .choices(["certified", "acknowledged", "delivered", "given"])
          .default("certified"),
      )
      .option(
        "--certify [url]",
        "have it certified by this certifier, or that of COUNTERFOIL_URL, which sees the goods",
      )
      .option("--group <id>", "the trustees of the certifier's who are to stand behind it")
      .option("--mirror <url>", "a static host that has the shop's goods too")
      .option("--yes", "do not ask whether the certifier may see the goods")
      .action((file, options) => addItem(placeOf(options), file, options)),
  );
  shop.addCommand(
    common(new Command("certify"))
      .description("go on with every registration that waits for a certificate")
      .action((options) => certifyDrafts(placeOf(options))),
  );
  shop.addCommand(
    common(new Command("disputes"))
      .description("which sales trustees have opened, beside the shop's own receipts")
      .action((options) => shopDisputes(placeOf(options))),
  );
  shop.addCommand(
    common(new Command("evidence"))
      .description("proof of a sale: what was sold, that it is paid, and in the logged exchange that it was delivered")
      .argument("<tid>", "of shop sales, or its beginning")
      .requiredOption("--out <file>", "where to write it")
      .option("--payment-only", "without the goods' key")
      .action((tid, options) => shopEvidence(placeOf(options), tid, options)),
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
    common(new Command("stock"))
      .description("say how many may still be sold; without --stock any number")
      .argument("<item>")
      .option("--stock <n>", "how many", whole)
      .action((item, options) => stockItem(placeOf(options), item, options)),
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
    common(new Command("bundle"))
      .description("have an item's price pay for others too, each from a time on; without --part that ends")
      .argument("<item>")
      .option("--part <item@time...>", "such as issue-1@2027-01-31T08:00Z, as often as there are parts")
      .action((item, options) => bundleItem(placeOf(options), item, options)),
  );
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
  addMirrors(shop);
}

function addMirrors(shop: Command): void {
  const mirror = shop.command("mirror").description("static hosts that have the shop's goods too").exitOverride();
  for (const [name, used, words] of [
    ["add", true, "tell buyers of one"],
    ["remove", false, "tell them no more"],
  ] as const) {
    mirror.addCommand(
      common(new Command(name))
        .description(words)
        .argument("<url>")
        .action((url, options) => setMirror(placeOf(options), url, used)),
    );
  }
  mirror.addCommand(
    common(new Command("list"))
      .description("those that buyers are told of")
      .action((options) => listMirrors(placeOf(options))),
  );
  shop.addCommand(
    common(new Command("export-goods"))
      .description("write the encrypted goods as a static host serves them")
      .argument("<folder>")
      .action((folder, options) => exportShelf(placeOf(options), folder)),
  );
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
