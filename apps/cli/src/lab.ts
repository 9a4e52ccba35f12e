/** `lab run` and `lab attack`: a paper's protocol over a real file, and what goes wrong with it. */
import { readFileSync, statSync } from "node:fs";
import { portableCrypto } from "@counterfoil/crypto";
import { attacksOf, type Letter, type Line, type LiteralRun, runsOf, studiesOf } from "@counterfoil/lab";
import { NO_MONEY_MOVED, Refusal } from "@counterfoil/sdk";
import { nodeMeans } from "./lab-means.ts";
import type { Place } from "./place.ts";
import { EXIT, print, WrongUse, writeGoods } from "./terminal.ts";

export async function labList(place: Place): Promise<void> {
  const crypto = await portableCrypto();
  const studies = studiesOf(crypto);
  const attacks = attacksOf(crypto, studies);
  const runs = runsOf(crypto);
  const shown = (id: string, title: string) => `  ${id.padEnd(20)} ${title}`;
  print(
    place.json,
    {
      protocols: studies.map(({ id, title, source, questions }) => ({
        id,
        title,
        source,
        questions: questions.length,
      })),
      runs: runs.map(({ id }) => id),
      attacks: attacks.map(({ id, title, source }) => ({ id, title, source })),
    },
    [
      "Protocols (lab table, lab explore; those with * lab run too):",
      ...studies.map(({ id, title, source }) =>
        shown(id, `${title} (${source})${runs.some((run) => run.id === id) ? " *" : ""}`),
      ),
      "Attacks (lab attack):",
      ...attacks.map(({ id, title, source }) => shown(id, `${title} (${source})`)),
    ],
  );
}

export async function labRun(
  place: Place,
  id: string,
  flags: { readonly goods: string; readonly out?: string },
): Promise<void> {
  const runs = runsOf(await portableCrypto());
  const run = runs.find((each) => each.id === id);
  if (run === undefined)
    throw new WrongUse(`There is no run ${id}. There are: ${runs.map((each) => each.id).join(", ")}.`);
  const goods = readGoods(run, flags.goods);
  const steps = run.run(goods, nodeMeans());
  if (!place.json) console.log(`${run.title} (${run.source})`);
  const letters: Letter[] = [];
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    letters.push(step.value);
    if (!place.json) console.log(letterInText(step.value));
  }
  const delivered = step.value;
  const isWhole = Buffer.compare(delivered, goods) === 0;
  if (flags.out !== undefined) writeGoods(flags.out, delivered);
  const bytes = letters.reduce((sum, letter) => sum + letter.bytes, 0);
  const end = isWhole ? `Delivered, byte for byte: ${goods.length} bytes.` : "What was delivered is NOT what was sold.";
  print(place.json, { id, letters, bytes, delivered: isWhole }, `${end} ${letters.length} messages, ${bytes} bytes.`);
  if (!isWhole) process.exitCode = EXIT.refused;
}

function readGoods({ id, goodsLimitBytes }: LiteralRun, path: string): Uint8Array {
  const { size } = statSync(path);
  if (size === 0) throw new Refusal("empty", `${path} is empty.`, NO_MONEY_MOVED, "Give a file with something in it.");
  if (size <= goodsLimitBytes) return new Uint8Array(readFileSync(path));
  const detail = `${path} has ${size} bytes; ${id} takes at most ${goodsLimitBytes}.`;
  throw new Refusal(
    "too-large",
    detail,
    NO_MONEY_MOVED,
    "Give a smaller file: this is the protocol as printed, not one to sell by.",
  );
}

/** What a person can take in of a number. */
const SHOWN_CHARACTERS = 64;

function letterInText({ step, from, to, says, fields, bytes }: Letter): string {
  const cut = (value: string) =>
    value.length <= SHOWN_CHARACTERS ? value : `${value.slice(0, SHOWN_CHARACTERS)}… (${value.length} characters)`;
  return [
    `${step.padStart(4)}  ${from} → ${to}: ${says}  (${bytes} bytes)`,
    ...fields.map(({ name, value }) => `        ${name} = ${cut(value)}`),
  ].join("\n");
}

export async function labAttack(place: Place, id: string): Promise<void> {
  const crypto = await portableCrypto();
  const attacks = attacksOf(crypto, studiesOf(crypto));
  const attack = attacks.find((each) => each.id === id);
  if (attack === undefined) {
    throw new WrongUse(`There is no attack ${id}. There are: ${attacks.map((each) => each.id).join(", ")}.`);
  }
  if (!place.json) console.log(`${attack.title} (${attack.source})`);
  const lines: Line[] = [];
  const steps = attack.run(nodeMeans());
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    const { of, says, value } = step.value;
    lines.push(step.value);
    if (!place.json)
      console.log(`  ${of.padEnd(9)}${says}${value === undefined ? "" : `${says.endsWith(":") ? "" : ":"} ${value}`}`);
  }
  const { literal, ours } = step.value;
  print(place.json, { id, lines, literal, ours }, `The literal protocol: ${literal}. Ours: ${ours}.`);
  if (literal !== "succeeded" || ours !== "refused") process.exitCode = EXIT.refused;
}
