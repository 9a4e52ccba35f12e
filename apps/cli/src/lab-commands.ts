/**
 * The commands of the lab, as `counterfoil lab --help` lists them. Its protocols and studies are a sixth of all there is to load, and
 * no other command needs them: they are loaded where one of these runs.
 */
import { Command } from "commander";
import { common, whole } from "./options.ts";
import { placeOf } from "./place.ts";

const protocols = () => import("./lab.ts");
const figures = () => import("./lab-figures.ts");
const simulations = () => import("./lab-simulate.ts");
const tables = () => import("./lab-table.ts");

export function addLab(root: Command): void {
  const lab = root
    .command("lab")
    .description("the papers' protocols run literally, and every claim checked by machine")
    .exitOverride();
  lab.addCommand(
    common(new Command("list"))
      .description("every protocol, run and attack by its name")
      .action(async (options) => (await protocols()).labList(placeOf(options))),
  );
  lab.addCommand(
    common(new Command("run"))
      .description("run a paper's protocol with real cryptography, message by message as in its figure")
      .argument("<protocol>")
      .requiredOption("--goods <file>", "what is sold")
      .option("--out <file>", "where what was delivered goes")
      .action(async (id, options) => (await protocols()).labRun(placeOf(options), id, options)),
  );
  lab.addCommand(
    common(new Command("attack"))
      .description("run an attack on the literal protocol, and then on ours")
      .argument("<attack>")
      .action(async (id, options) => (await protocols()).labAttack(placeOf(options), id)),
  );
  lab.addCommand(
    common(new Command("table"))
      .description("ask every question about every protocol: what each claims, and what is so")
      .option("--only <protocol>", "this protocol alone")
      .option("--smoke", "without the questions that take long")
      .option("--page <file>", "write it as a page too")
      .option("--rows <file>", "write its rows as JSON too, as the pages show them")
      .option("--traces <dir>", "write each counterexample as a file that lab replay takes")
      .action(async (options) => (await tables()).labTable(placeOf(options), options)),
  );
  lab.addCommand(
    common(new Command("explore"))
      .description("ask one question about one protocol, and say how many states there were")
      .argument("<protocol>")
      .argument("[question]", "all of its questions unless given")
      .action(async (id, question, options) => (await tables()).labExplore(placeOf(options), id, question)),
  );
  lab.addCommand(
    common(new Command("replay"))
      .description("go a saved counterexample again, event by event")
      .argument("<trace>")
      .action(async (path, options) => (await tables()).labReplay(placeOf(options), path)),
  );
  lab.addCommand(
    common(new Command("simulate"))
      .description(
        "many sales at once, with losses, crashes, lies and clocks drawn from a seed, every claim checked at each step",
      )
      .option("--seed <n>", "one that was printed, to go the same way again", whole)
      .option("--sales <n>", "how many", whole, 1000)
      .option("--fault <id>", "plant this fault, which must be found")
      .action(async (options) => (await simulations()).labSimulate(placeOf(options), options)),
  );
  lab.addCommand(
    common(new Command("theorems"))
      .description("every theorem and claim of the papers with its verdict and what shows it")
      .option("--confirm", "ask all of it again")
      .option("--page <file>", "write them as a page too")
      .action(async (options) => (await simulations()).labTheorems(placeOf(options), options)),
  );
  addFigures(lab);
}

function addFigures(lab: Command): void {
  lab.addCommand(
    common(new Command("messages"))
      .description("messages, rounds and bytes of each protocol, as measured")
      .action(async (options) => (await figures()).labMessages(placeOf(options))),
  );
  lab.addCommand(
    common(new Command("fewest"))
      .description("search for the fewest messages of an atomic purchase, and say under which assumptions")
      .action(async (options) => (await figures()).labFewest(placeOf(options))),
  );
  lab.addCommand(
    common(new Command("compare"))
      .description("the exchanges beside each other: rounds, and what whoever stops gains")
      .action(async (options) => (await figures()).labCompare(placeOf(options))),
  );
  lab.addCommand(
    common(new Command("load"))
      .description("the trustees' load as shops fail and as messages are lost, from the simulator")
      .option("--sales <n>", "for each point", whole, 150)
      .option("--seed <n>", "another run", whole, 1)
      .option("--svg <file>", "draw it")
      .action(async (options) => (await figures()).labLoad(placeOf(options), options)),
  );
}
