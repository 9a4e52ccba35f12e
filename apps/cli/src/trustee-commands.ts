/** The commands of trustees, as `counterfoil trustee --help` lists them. */
import { TRUSTEES_LIMIT } from "@counterfoil/protocols/trustees";
import { Command, InvalidArgumentError, Option } from "commander";
import { common, port, whole } from "./options.ts";
import { placeOf } from "./place.ts";
import { trusteeCases, trusteeConvene, trusteeGroups, trusteeServe, trusteeStatus } from "./trustee.ts";

/** Ten above the market's own, so that a market with its trustees and a trustee alone do not meet. */
const TRUSTEE_PORT = 8450;

export function addTrustee(root: Command): void {
  const trustee = root.command("trustee").description("open goods for buyers whose shop falls silent").exitOverride();
  trustee.addCommand(
    numbered(new Command("serve"))
      .description("run one trustee")
      .addOption(port(TRUSTEE_PORT))
      .option("--host <host>", "address to listen on", "127.0.0.1")
      .option("--closed", "take part in no new ceremony")
      .action((options) => trusteeServe(placeOf(options), options)),
    { isDefault: true },
  );
  trustee.addCommand(
    common(new Command("convene"))
      .description("have trustees make a key together, of which each holds a share")
      .addOption(
        new Option("--trustees <urls>", "their addresses, with commas between")
          .argParser(addresses)
          .makeOptionMandatory(),
      )
      .option("--threshold <n>", "how many of them open", whole, 2)
      .option("--sell-days <days>", "how long goods are sold under it", whole, 365)
      .option("--claim-days <days>", "how long after paying a buyer may ask", whole, 30)
      .requiredOption("--out <file>", "where the group goes")
      .action((options) => trusteeConvene(placeOf(options), options)),
  );
  trustee.addCommand(
    numbered(new Command("groups"))
      .description("the groups that it is in")
      .action((options) => trusteeGroups(placeOf(options), options)),
  );
  trustee.addCommand(
    numbered(new Command("cases"))
      .description("what it was asked and has answered")
      .action((options) => trusteeCases(placeOf(options), options)),
  );
  trustee.addCommand(
    numbered(new Command("status"))
      .description("its key, and whether it runs")
      .action((options) => trusteeStatus(placeOf(options), options)),
  );
}

function numbered(command: Command): Command {
  return common(command).option("--folder <n>", "which trustee of the data folder", whole, 1);
}

function addresses(text: string): readonly string[] {
  const urls = text.split(",").map((each) => each.trim().replace(/\/+$/, ""));
  if (urls.length > TRUSTEES_LIMIT) throw new InvalidArgumentError(`At most ${TRUSTEES_LIMIT}.`);
  const fits = (url: string) => /^https?:\/\/./.test(url) && URL.canParse(url);
  if (urls.every(fits) && new Set(urls).size === urls.length) return urls;
  throw new InvalidArgumentError("Write different addresses such as http://127.0.0.1:8450,http://127.0.0.1:8451.");
}
