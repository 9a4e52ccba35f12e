/** The commands, as `counterfoil --help` lists them. Each one's work is in the file of its role. */
import { Command, Option } from "commander";
import { addBank } from "./bank-commands.ts";
import { addBonds } from "./bond-commands.ts";
import { browse, buyItem, resume } from "./buyer.ts";
import { addCertifier } from "./certifier-commands.ts";
import { dispute } from "./dispute.ts";
import { accuseAt } from "./disputes.ts";
import { addGiving } from "./giving-commands.ts";
import { addLab } from "./lab-commands.ts";
import { addLog } from "./log-commands.ts";
import { addOperator } from "./operator-commands.ts";
import { address, common, finePrice, money, outward, port, whole } from "./options.ts";
import { servePages } from "./pages.ts";
import { DEFAULT_PORT, placeOf } from "./place.ts";
import { addShop } from "./shop-commands.ts";
import { start } from "./start.ts";
import { addSwap, verifyContract } from "./swap.ts";
import { tap } from "./tap.ts";
import { addTrustee } from "./trustee-commands.ts";
import { ACCUSED, evidence, verify } from "./verify.ts";
import { addWallet } from "./wallet-commands.ts";

/** Above what `start` takes. */
const PAGES_PORT = 8480;

export function program(): Command {
  const root = new Command("counterfoil")
    .description("Atomic commerce between strangers: paying and getting happen together or not at all.")
    .exitOverride()
    .showHelpAfterError()
    .addHelpText("after", ENVIRONMENT);
  root.addCommand(
    common(new Command("start"))
      .description("run a whole market: a sandbox bank, a shop with examples, a certifier, three trustees and a log")
      .addOption(port())
      .option("--host <host>", "address to listen on", "127.0.0.1")
      .action((options) => start(placeOf(options), options)),
  );
  root.addCommand(
    common(new Command("pages"))
      .description("serve the market's pages alone, for a market that answers elsewhere")
      .requiredOption("--market <url>", "where the market answers", address)
      .addOption(port(PAGES_PORT))
      .option("--host <host>", "address to listen on", "127.0.0.1")
      .action((options) => servePages(placeOf(options), options)),
  );
  addBank(root);
  addShop(root);
  addTrustee(root);
  addCertifier(root);
  addLog(root);
  addOperator(root);
  addWallet(root);
  addBuying(root);
  addBonds(root);
  addSwap(root);
  addGiving(root);
  addLab(root);
  return root;
}

const ENVIRONMENT = `
Environment:
  COUNTERFOIL_URL   the market, http://127.0.0.1:${DEFAULT_PORT} unless set
  COUNTERFOIL_DATA  the data folder, ~/.counterfoil unless set or --data is given
  COUNTERFOIL_PROXY the SOCKS5 proxy of browse, buy, give, resume, dispute, wallet and sandbox, unless --proxy is given

Exit status: 0 done, 1 refused, 2 wrong use, 3 unknown outcome (retry is safe)`;

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
      .option("--anonymous", "the same as --cash: nobody learns who you are")
      .addOption(
        new Option("--exchange <kind>", "optimistic for certified goods and netbill for others, unless said").choices([
          "optimistic",
          "netbill",
          "logged",
        ]),
      )
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
    outward(new Command("dispute"))
      .description("have the trustees release what a silent shop has sold, without waiting any longer")
      .argument("<tid>", "the purchase's id, or the beginning of it")
      .action((tid, options) => dispute(placeOf(options), tid)),
  );
  root.addCommand(
    common(new Command("accuse"))
      .description("have a certifier strike the shop that this evidence convicts")
      .argument("<evidence>")
      .option("--certifier <url>", "not that of COUNTERFOIL_URL")
      .action((path, options) => accuseAt(placeOf(options), path, options)),
  );
  root.addCommand(
    common(new Command("evidence"))
      .description("write the proof of a sale or purchase")
      .argument("<tid>", "its id, or the beginning of it")
      .requiredOption("--out <file>", "where to")
      .option("--payment-only", "prove the payment without disclosing the key")
      .addOption(
        new Option("--against <whom>", "instead, what came to light against them about it")
          .choices(ACCUSED)
          .conflicts("paymentOnly"),
      )
      .action((tid, options) => evidence(placeOf(options), tid, options)),
  );
  root.addCommand(
    common(new Command("verify"))
      .description("judge evidence, offline: what was sold and paid, and who is convicted of what")
      .argument("<evidence>")
      .argument("[file]", "is this what was delivered?")
      .option("--identity <file>", "also write the key for the plain age tool")
      .action(async (path, file, options) => {
        const place = placeOf(options);
        if (!(await verifyContract(place, path, file))) await verify(place, path, file, options);
      }),
  );
}
