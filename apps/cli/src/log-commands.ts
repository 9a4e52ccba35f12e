/** The commands of logs and their witnesses, as `counterfoil log --help` lists them. */
import type { Hex } from "@counterfoil/base";
import { isNoteName, type NoteKey } from "@counterfoil/protocols/log";
import { readWitnessAt, type WitnessAt } from "@counterfoil/sdk";
import { Command, InvalidArgumentError } from "commander";
import { logServe, logWitness } from "./log.ts";
import { logAudit, logMirror, logShow } from "./log-audit.ts";
import { address, common, port, several, whole } from "./options.ts";
import { placeOf } from "./place.ts";

/** Where `start` would put them, above its own port. */
const LOG_PORT = 8460;
const WITNESS_PORT = 8461;

export function addLog(root: Command): void {
  const log = root.command("log").description("keep, witness, audit or look at a public log").exitOverride();
  log.addCommand(
    common(new Command("serve"))
      .description("run a log: banks and shops post to it, anyone reads and audits it")
      .addOption(port(LOG_PORT))
      .option("--host <host>", "address to listen on", "127.0.0.1")
      .option("--origin <name>", "the log's name in its heads; fixed with the first start")
      .addOption(several("--witness <name=key@url>", "who cosigns its heads; may be given again", witnessAt))
      .option("--quorum <n>", "how many witnesses a head needs; all of them unless given", whole)
      .addOption(several("--bank <key>", "take this bank's contracts, and no other's; may be given again", key))
      .action((options) => logServe(placeOf(options), options)),
  );
  log.addCommand(
    common(new Command("witness"))
      .description("cosign the heads of logs that only ever grow")
      .addOption(port(WITNESS_PORT))
      .option("--host <host>", "address to listen on", "127.0.0.1")
      .option("--name <name>", "the name of its key; made of the key unless given")
      .addOption(several("--log <origin=key>", "a log that it watches; may be given again", noteKey))
      .action((options) => logWitness(placeOf(options), options)),
  );
  log.addCommand(
    common(new Command("audit"))
      .description("recompute a log from its tiles, and say what it must not have done")
      .argument("<url|dir>", "the log, or a mirror of it")
      .option("--log <id>", "the id that it must have, as contracts name it", key)
      .option("--state <file>", "go on from the head in this file, and leave the new one there")
      .addOption(several("--witness <url>", "ask this witness what it has seen; may be given again", address))
      .option("--purged-before <n>", "entries before this leaf may be deleted", whole)
      .action((where, options) => logAudit(placeOf(options), where, options)),
  );
  log.addCommand(
    common(new Command("mirror"))
      .description("fetch a log's tiles as files that any web server can show")
      .argument("<url>")
      .argument("<dir>")
      .action((url, folder, options) => logMirror(placeOf(options), address(url), folder)),
  );
  log.addCommand(
    common(new Command("show"))
      .description("a log's head and witnesses, and what it has about a contract")
      .argument("<url>")
      .argument("[recKey]", "what the log calls the contract", key)
      .action((url, recKey, options) => logShow(placeOf(options), address(url), recKey)),
  );
}

function witnessAt(text: string): WitnessAt {
  const witness = readWitnessAt(text);
  if (witness !== null) return witness;
  throw new InvalidArgumentError("Write NAME=KEY@URL, as log witness prints it.");
}

function noteKey(text: string): NoteKey {
  const [, name = "", digits = ""] = /^([^=]+)=([0-9a-f]{64})$/.exec(text) ?? [];
  if (isNoteName(name)) return { name, key: digits };
  throw new InvalidArgumentError("Write ORIGIN=KEY, as log serve prints it.");
}

function key(text: string): Hex {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError("Write 64 hexadecimal digits.");
}
