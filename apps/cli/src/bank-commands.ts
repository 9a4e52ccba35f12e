/** The commands of a bank, as `counterfoil bank --help` lists them. */
import { LEVELS } from "@counterfoil/protocols/money";
import { Command, Option } from "commander";
import { bankAudit, bankServe, bankSheet, listKeys, rotateKeys } from "./bank.ts";
import { common, money, port, several } from "./options.ts";
import { placeOf } from "./place.ts";
import { bankReports, bankThresholds } from "./reporting.ts";
import { bankTrust } from "./trust.ts";
import { bankUnwind } from "./unwind.ts";
import { bankEvidence } from "./verify.ts";

export function addBank(root: Command): void {
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
      .description("what the bank owes: accounts, holds, coins in circulation, bonds")
      .action((options) => bankSheet(placeOf(options))),
  );
  bank.addCommand(
    common(new Command("unwind"))
      .description("make the books again from what others have signed, and say what differs")
      .addOption(several("--log <url|dir>", "look for its leaves in this log, or a mirror; may be given again", String))
      .action((options) => bankUnwind(placeOf(options), options)),
  );
  bank.addCommand(
    common(new Command("evidence"))
      .description("write what convicts a merchant that signed two slips for one sale")
      .argument("<tid>", "the sale's id, or the beginning of it")
      .requiredOption("--out <file>", "where to")
      .action((tid, options) => bankEvidence(placeOf(options), tid, options)),
  );
  bank.addCommand(
    common(new Command("trust"))
      .description("whose certificates, and which trustees, the bank tells its customers to believe")
      .option("--certifier <key>", "this certifier too")
      .option("--group <id>", "this group of trustees too")
      .option("--log <url>", "the log at this address: contracts may name it, and the bank waits for its word")
      .option("--trustees <file>", "the group that trustee convene wrote, shown to buyers and shops with its addresses")
      .action((options) => bankTrust(placeOf(options), options)),
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
