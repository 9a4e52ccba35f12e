/** What many commands take: the options of all, those of a wallet's, and how their values are written. */
import { parseMilli, parseMinor } from "@counterfoil/base";
import { PHRASE_WORDS, type PhraseWords } from "@counterfoil/sdk";
import { type Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_PORT } from "./place.ts";

/** What every command takes. */
export function common(command: Command): Command {
  return command
    .exitOverride()
    .option("--data <dir>", "the data folder")
    .option("--json", "one JSON object on standard output");
}

/** What every command of a wallet takes besides. */
export function outward(command: Command): Command {
  return common(command).option("--proxy <url>", "go through this SOCKS5 proxy, socks5h://HOST:PORT");
}

export function port(standard = DEFAULT_PORT): Option {
  return new Option("--port <port>", "port to listen on, 0 for any free one").default(standard).argParser(whole);
}

export function address(text: string): string {
  if (/^https?:\/\/./.test(text) && URL.canParse(text)) return text.replace(/\/+$/, "");
  throw new InvalidArgumentError("Write an address such as http://127.0.0.1:8440.");
}

export function money(text: string): bigint {
  const minor = parseMinor(text);
  if (minor === null) throw new InvalidArgumentError("Write an amount such as 2.50.");
  return minor;
}

export function words(text: string): PhraseWords {
  const found = PHRASE_WORDS.find((count) => text === String(count));
  if (found === undefined) throw new InvalidArgumentError("Write 12 or 24.");
  return found;
}

/** As `money`, to the thousandth of a minor unit. */
export function finePrice(text: string): bigint {
  const milli = parseMilli(text);
  if (milli === null) throw new InvalidArgumentError("Write a price such as 0.001.");
  return milli;
}

export function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Write a whole number.");
  return Number(text);
}

/** May be given again. */
export function several<T>(flags: string, description: string, parse: (text: string) => T): Option {
  return new Option(flags, description).default([]).argParser((text, before: readonly T[]) => [...before, parse(text)]);
}
