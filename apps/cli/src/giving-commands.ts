/** Gifts and their proofs, as `counterfoil give --help` lists them. */
import { Command, Option } from "commander";
import { checkProof, createAuthority, giveTo, listGifts, proveGiftTo, recogniseItem, showAuthority } from "./giving.ts";
import { common, money, outward } from "./options.ts";
import { placeOf } from "./place.ts";

export function addGiving(root: Command): void {
  const give = root.command("give").description("gifts that nobody can trace, and their proof").exitOverride();
  give.addCommand(
    outward(new Command("to"))
      .description("give money by coins, so that nobody learns who gave it; the word `to` may be left out")
      .argument("<amount>", "in major units", money)
      .argument("<recipient>", "a donation's name, or the address of a market that has one")
      .requiredOption("--out <file>", "where the letter of thanks goes")
      .option("--yes", "do not ask")
      .action((amount, recipient, options) => giveTo(placeOf(options), amount, recipient, options)),
    { isDefault: true },
  );
  give.addCommand(
    common(new Command("prove"))
      .description("prove a gift of yours to one authority, which can convince nobody else")
      .argument("<tid>", "its id, or the beginning of it")
      .requiredOption("--to <file>", "the authority's own file")
      .requiredOption("--as <name>", "who you are to it")
      .option("--for <purpose>", "such as a tax year", "")
      .option("--out <file>", "where the proof goes", "gift.proof")
      .action((tid, options) => proveGiftTo(placeOf(options), tid, options)),
  );
  const authority = give.command("authority").description("be one that gifts are proven to").exitOverride();
  authority.addCommand(
    common(new Command("create"))
      .description("make an authority, and its file for donors")
      .argument("<file>", "where that file goes")
      .requiredOption("--name <name>", "what it is called")
      .action((file, options) => createAuthority(placeOf(options), file, options)),
  );
  authority.addCommand(
    outward(new Command("recognise"))
      .description("count gifts for this item of the market's shop")
      .argument("<item>", "its name, or the beginning of its id")
      .action((item, options) => recogniseItem(placeOf(options), item)),
  );
  authority.addCommand(
    common(new Command("show"))
      .description("its name, its id and whose gifts count")
      .addOption(new Option("--file <file>", "write its file for donors again"))
      .action((options) => showAuthority(placeOf(options), options)),
  );
  authority.addCommand(
    common(new Command("check"))
      .description("judge a donor's proof, and remember the gift as claimed")
      .argument("<file>")
      .action((file, options) => checkProof(placeOf(options), file)),
  );
  authority.addCommand(
    common(new Command("list"))
      .description("the gifts that were claimed")
      .action((options) => listGifts(placeOf(options))),
  );
}
