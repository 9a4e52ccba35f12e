/** The commands of a certifier, as `counterfoil certifier --help` lists them. */
import { WORDS_LENGTH } from "@counterfoil/protocols/certifying";
import { Command, InvalidArgumentError } from "commander";
import { listRegistrations, pendingRegistrations, reviewOne, serveCertifier } from "./certifier.ts";
import { common, port, whole } from "./options.ts";
import { DEFAULT_PORT, placeOf } from "./place.ts";

export function addCertifier(root: Command): void {
  const certifier = root.command("certifier").description("look at goods and sign what they are").exitOverride();
  certifier.addCommand(
    common(new Command("serve"))
      .description("run a certifier: shops register goods, anyone reads the certificates")
      .addOption(port(DEFAULT_PORT + 2))
      .option("--host <host>", "address to listen on", "127.0.0.1")
      .option("--name <name>", "the certifier's name", "Certifier")
      .option("--group <file>", "trustees whose goods it certifies; may be given again", several, [])
      .option("--check <program>", "a program that gets each content's path, and its description on standard input")
      .option("--review", "have each registration wait for approve or refuse")
      .option("--policy <sentence>", "what shops and buyers are told that it vouches for")
      .option("--longest <MiB>", "the longest content, 256 unless given", whole)
      .action((options) => serveCertifier(placeOf(options), options)),
  );
  certifier.addCommand(
    common(new Command("pending"))
      .description("what waits for a person, and where its opened content lies")
      .action((options) => pendingRegistrations(placeOf(options))),
  );
  certifier.addCommand(
    common(new Command("approve"))
      .description("certify what waits")
      .argument("<id>", "the beginning of its id")
      .action((id, options) => reviewOne(placeOf(options), id, true, "")),
  );
  certifier.addCommand(
    common(new Command("refuse"))
      .description("refuse what waits")
      .argument("<id>", "the beginning of its id")
      .requiredOption("--reason <text>", "what the shop is told", reason)
      .action((id, options) => reviewOne(placeOf(options), id, false, options.reason)),
  );
  certifier.addCommand(
    common(new Command("list"))
      .description("every registration that is remembered")
      .action((options) => listRegistrations(placeOf(options))),
  );
}

function several(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function reason(text: string): string {
  if (text.length > WORDS_LENGTH) throw new InvalidArgumentError(`Write ${WORDS_LENGTH} characters at most.`);
  return text;
}
