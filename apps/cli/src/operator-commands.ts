/** The commands of operators' pages, as `counterfoil operator --help` lists them. */
import { Command } from "commander";
import { renewOperator, showOperatorKeys } from "./operator.ts";
import { common } from "./options.ts";
import { placeOf } from "./place.ts";

export function addOperator(root: Command): void {
  const operator = root.command("operator").description("open the operators' pages in a browser").exitOverride();
  operator.addCommand(
    common(new Command("key"))
      .description("show the key that the pages want, and what it opens")
      .action((options) => showOperatorKeys(placeOf(options))),
  );
  operator.addCommand(
    common(new Command("renew"))
      .description("draw another key; the one before opens nothing any more")
      .option("--of <name>", "market, bank, shop or trustee-N, where the folder has several")
      .action((options) => renewOperator(placeOf(options), options)),
  );
}
