/** How many messages, one after the other how many, and how many bytes a sale takes: counted while one is made by the machines. */
import { decode, peekTag } from "@counterfoil/base";
import { type Crypto, tagOf } from "@counterfoil/crypto";
import { merchantAnswer, type PurchaseState } from "@counterfoil/protocols/exchange";
import { logAnswer } from "@counterfoil/protocols/log";
import { bankAnswer } from "@counterfoil/protocols/money";
import { trusteeAnswer } from "@counterfoil/protocols/trustees";
import type { Letter, LiteralRun, Means } from "../letters.ts";
import { CALM, KINDS, type Kind } from "../simulate/index.ts";
import { runOf, type Tapped } from "../simulate/world.ts";

/** What a shop does: its part, nothing once it has been paid to, or, in a logged sale, nothing once it has committed. */
export type Conduct = "honest" | "silent once paid" | "silent once committed";

export interface Counted {
  readonly messages: number;
  /** The longest row of messages of which each had to wait for the one before. */
  readonly rounds: number;
  readonly bytes: number;
}

export interface MeasuredMessage {
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly bytes: number;
}

export interface Measured {
  readonly kind: Kind;
  readonly conduct: Conduct;
  /** How it ends for the customer. */
  readonly end: PurchaseState["phase"];
  /** Up to the message by which the customer has the goods, or knows that it never will; that one included. */
  readonly toEnd: Counted;
  /** And what is said after it. */
  readonly all: Counted;
  /** Of all: those to and from the log, and to and from trustees. */
  readonly withLog: number;
  readonly withTrustees: number;
  readonly messages: readonly MeasuredMessage[];
}

/** Far more than a sale takes that waits for its deadline. */
const STEPS = 5_000;

/**
 * One whole sale from the price on. Not counted: the download, coins fetched beforehand, and the log's heads, which all sales of
 * their time have in common. Said again because a shop is silent counts each time.
 */
export function measureSale(crypto: Crypto, kind: Kind, conduct: Conduct = "honest"): Measured {
  const tapped: Tapped[] = [];
  let begun = false;
  const world = runOf({
    ...{ seed: 1, crypto, sales: 1, shops: 1, customers: 1, kinds: [kind], rates: CALM },
    tap(packet) {
      if (!begun && packet.depth !== null) return;
      if (!begun) forget();
      begun = true;
      tapped.push(packet);
      if (nameOf(packet) === SILENT_AFTER[conduct]) silence();
    },
  });
  const silence = () => {
    for (const { node } of world.market.shops) node.downUntilMs = Number.MAX_SAFE_INTEGER;
  };
  /** Coins were fetched before: what that took is not the sale's. */
  const forget = () => {
    for (const node of world.market.nodes.values()) node.depth = 0;
  };
  let wrong: string | null = null;
  let atEnd = -1;
  for (let steps = 0; steps < STEPS && wrong === null && !world.isOver(); steps++) {
    wrong = world.step();
    if (atEnd < 0 && world.ended() > 0) atEnd = tapped.length;
  }
  wrong ??= world.checkEnd();
  const [state] = world.states();
  if (wrong !== null || state === undefined || atEnd < 0) throw new Error(`a measured sale fails: ${wrong}`);
  const between = (name: string) =>
    tapped.filter(({ from, to }) => from.startsWith(name) || to.startsWith(name)).length;
  return {
    ...{ kind, conduct, end: state.phase },
    toEnd: counted(tapped.slice(0, atEnd)),
    all: counted(tapped),
    ...{ withLog: between("log"), withTrustees: between("trustee") },
    messages: tapped.map((each) => ({ from: each.from, to: each.to, name: nameOf(each), bytes: each.bytes.length })),
  };
}

/** Every exchange, and each that a silent shop can upset. */
export function measuredSales(crypto: Crypto): readonly Measured[] {
  return KINDS.flatMap((kind) => {
    const conducts: Conduct[] = ["honest", "silent once paid"];
    if (kind.mode === "logged") conducts.push("silent once committed");
    return conducts.map((conduct) => measureSale(crypto, kind, conduct));
  });
}

const SILENT_AFTER: Readonly<Record<Conduct, string | null>> = {
  honest: null,
  "silent once paid": "payment",
  "silent once committed": "log-commit",
};

function counted(tapped: readonly Tapped[]): Counted {
  const talk = tapped.filter(({ depth }) => depth === null).length;
  const deepest = tapped.reduce((most, { depth }) => Math.max(most, depth ?? 0), 0);
  return {
    messages: tapped.length,
    rounds: talk + deepest,
    bytes: tapped.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

const ANSWERS = { shop: merchantAnswer, bank: bankAnswer, log: logAnswer, trustee: trusteeAnswer } as const;

/** By what its bytes say: the tag of a request, the kind of an answer. */
export function nameOf({ from, bytes, isAnswer }: Pick<Tapped, "from" | "bytes" | "isAnswer">): string {
  if (!isAnswer) return (tagOf(bytes) ?? peekTag(bytes) ?? "?").replace(/^.*\/(?=[^/]*\/1$)/, "").replace(/\/1$/, "");
  const role = Object.keys(ANSWERS).find((each) => from.startsWith(each)) as keyof typeof ANSWERS | undefined;
  const said = role === undefined ? null : decode(ANSWERS[role] as typeof bankAnswer, bytes);
  return said?.ok ? said.value.kind : "?";
}

/** A paper's protocol, message by message, with the cryptography of its day. */
export function measureLetters(
  run: LiteralRun,
  goods: Uint8Array,
  means: Means,
): Counted & { readonly letters: readonly Letter[] } {
  const letters: Letter[] = [];
  const depths = new Map<string, number>();
  for (const letter of run.run(goods, means)) {
    letters.push(letter);
    const depth = (depths.get(letter.from) ?? 0) + 1;
    depths.set(letter.to, Math.max(depths.get(letter.to) ?? 0, depth));
  }
  const bytes = letters.reduce((sum, letter) => sum + letter.bytes, 0);
  return { letters, messages: letters.length, rounds: Math.max(0, ...depths.values()), bytes };
}

/** For a terminal: a line each. */
export function measuredText(rows: readonly Measured[]): string {
  const head = ["exchange", "shop", "ends", "messages", "rounds", "bytes", "in all", "bytes", "log", "trustees"];
  const lines = rows.map(({ kind, conduct, end, toEnd, all, withLog, withTrustees }) => [
    ...[`${kind.mode} by ${kind.pays}`, conduct, end],
    ...[toEnd.messages, toEnd.rounds, toEnd.bytes, all.messages, all.bytes, withLog, withTrustees].map(String),
  ]);
  const widths = head.map((word, at) => Math.max(word.length, ...lines.map((line) => (line[at] as string).length)));
  const NUMBERS_FROM = 3;
  const spread = (line: readonly string[]) =>
    line.map((word, at) =>
      at < NUMBERS_FROM ? word.padEnd(widths[at] as number) : word.padStart(widths[at] as number),
    );
  return [head, ...lines].map((line) => spread(line).join("  ").trimEnd()).join("\n");
}
