/** The commands of the lab, as `counterfoil lab --help` lists them. */
import { Command } from "commander";
import { labAttack, labList, labRun } from "./lab.ts";
import { labCompare, labFewest, labLoad, labMessages } from "./lab-figures.ts";
import { labSimulate, labTheorems } from "./lab-simulate.ts";
import { labExplore, labReplay, labTable } from "./lab-table.ts";
import { common, whole } from "./options.ts";
import { placeOf } from "./place.ts";

export function addLab(root: Command): void {
  const lab = root
    .command("lab")
    .description("the papers' protocols run literally, and every claim checked by machine")
    .exitOverride();
  lab.addCommand(
    common(new Command("list"))
      .description("every protocol, run and attack by its name")
      .action((options) => labList(placeOf(options))),
  );
  lab.addCommand(
    common(new Command("run"))
      .description("run a paper's protocol with real cryptography, message by message as in its figure")
      .argument("<protocol>")
      .requiredOption("--goods <file>", "what is sold")
      .option("--out <file>", "where what was delivered goes")
      .action((id, options) => labRun(placeOf(options), id, options)),
  );
  lab.addCommand(
    common(new Command("attack"))
      .description("run an attack on the literal protocol, and then on ours")
      .argument("<attack>")
      .action((id, options) => labAttack(placeOf(options), id)),
  );
  lab.addCommand(
    common(new Command("table"))
      .description("ask every question about every protocol: what each claims, and what is so")
      .option("--only <protocol>", "this protocol alone")
      .option("--smoke", "without the questions that take long")
      .option("--page <file>", "write it as a page too")
      .option("--rows <file>", "write its rows as JSON too, as the pages show them")
      .option("--traces <dir>", "write each counterexample as a file that lab replay takes")
      .action((options) => labTable(placeOf(options), options)),
  );
  lab.addCommand(
    common(new Command("explore"))
      .description("ask one question about one protocol, and say how many states there were")
      .argument("<protocol>")
      .argument("[question]", "all of its questions unless given")
      .action((id, question, options) => labExplore(placeOf(options), id, question)),
  );
  lab.addCommand(
    common(new Command("replay"))
      .description("go a saved counterexample again, event by event")
      .argument("<trace>")
      .action((path, options) => labReplay(placeOf(options), path)),
  );
  lab.addCommand(
    common(new Command("simulate"))
      .description(
        "many sales at once, with losses, crashes, lies and clocks drawn from a seed, every claim checked at each step",
      )
      .option("--seed <n>", "one that was printed, to go the same way again", whole)
      .option("--sales <n>", "how many", whole, 1000)
      .option("--fault <id>", "plant this fault, which must be found")
      .action((options) => labSimulate(placeOf(options), options)),
  );
  lab.addCommand(
    common(new Command("theorems"))
      .description("every theorem and claim of the papers with its verdict and what shows it")
      .option("--confirm", "ask all of it again")
      .option("--page <file>", "write them as a page too")
      .action((options) => labTheorems(placeOf(options), options)),
  );
  addFigures(lab);
}

function addFigures(lab: Command): void {
  lab.addCommand(
    common(new Command("messages"))
      .description("messages, rounds and bytes of each protocol, as measured")
      .action((options) => labMessages(placeOf(options))),
  );
  lab.addCommand(
    common(new Command("fewest"))
      .description("search for the fewest messages of an atomic purchase, and say under which assumptions")
      .action((options) => labFewest(placeOf(options))),
  );
  lab.addCommand(
    common(new Command("compare"))
      .description("the exchanges beside each other: rounds, and what whoever stops gains")
      .action((options) => labCompare(placeOf(options))),
  );
  lab.addCommand(
    common(new Command("load"))
      .description("the trustees' load as shops fail and as messages are lost, from the simulator")
      .option("--sales <n>", "for each point", whole, 150)
      .option("--seed <n>", "another run", whole, 1)
      .option("--svg <file>", "draw it")
      .action((options) => labLoad(placeOf(options), options)),
  );
}
