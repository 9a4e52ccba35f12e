/** The commands about bonds, as `counterfoil bond --help` lists them, and `counterfoil claim`. */
import { BOND_OWNERS } from "@counterfoil/sdk";
import { Command, Option } from "commander";
import { bondPut, bondShow, claim } from "./bond.ts";
import { money, outward, whole } from "./options.ts";
import { placeOf } from "./place.ts";

export function addBonds(root: Command): void {
  const bond = root.command("bond").description("money that answers for a shop or a certifier").exitOverride();
  bond.addCommand(
    outward(new Command("put"))
      .description("set money of the account aside; again, with more or for longer, raises it")
      .argument("<amount>", "the whole bond, in major units", money)
      .requiredOption("--days <n>", "for how long nothing but claims draws on it", whole)
      .addOption(owner())
      .option("--grant", "have a sandbox bank grant the money first")
      .action((amount, options) => bondPut(placeOf(options), amount, options)),
  );
  bond.addCommand(
    outward(new Command("show"))
      .description("what is left of a bond, as the bank signs it")
      .addOption(owner())
      .option("--of <key>", "of somebody else: its shop's or certifier's key")
      .action((options) => bondShow(placeOf(options), options)),
  );
  root.addCommand(
    outward(new Command("claim"))
      .description("have the price of a purchase back from the bond of whom the evidence convicts")
      .argument("<tid>", "its id, or the beginning of it")
      .requiredOption("--evidence <file>", "of the purchase, or against the shop")
      .action((tid, options) => claim(placeOf(options), tid, options)),
  );
}

function owner(): Option {
  return new Option("--as <owner>", "whose key signs").choices(BOND_OWNERS).default("shop");
}
