/** Swaps at the command line: an item for an item, a signature for a signature, and what a running shop gives for what. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { decode, type Hex, HOUR_MS } from "@counterfoil/base";
import { wireClient } from "@counterfoil/host";
import { certifySignature, TEXT_LIMIT_BYTES, textHashOf } from "@counterfoil/protocols/contract";
import { type ShopConfig, type SwapRule, swapAnswer, swapItem, type Trusted } from "@counterfoil/protocols/exchange";
import { certificateHolds, groupIdOf } from "@counterfoil/protocols/trustees";
import {
  contractVerdict,
  contractWords,
  isContract,
  type KnownGroup,
  type KnownSwap,
  lockFolder,
  makeFolder,
  NO_MONEY_INVOLVED,
  newNonce,
  type OpenSwaps,
  openSwapDesk,
  openSwaps,
  openTransport,
  Refusal,
  readEndorsed,
  refusal,
  seedIn,
  shopConfig,
  swapAt,
  swapRuleFor,
  trustedAt,
  trusteeLines,
  type Visit,
  verdictLines,
  visit,
  type WalletPorts,
} from "@counterfoil/sdk";
import { Command } from "commander";
import { common, whole } from "./options.ts";
import { type Place, placeOf, ports } from "./place.ts";
import { announced } from "./running.ts";
import { findItem, shopFolder } from "./seller.ts";
import { EXIT, print } from "./terminal.ts";

export function addSwap(root: Command): void {
  const swap = new Command("swap")
    .description("give an item of your shop for one of another's: both or neither, and no money")
    .exitOverride();
  swap.addCommand(
    common(new Command("item"))
      .description("counterfoil swap ITEM is the same")
      .argument("<mine>", "your item: its name, or the beginning of its id")
      .requiredOption("--for <item>", "the other's item")
      .requiredOption("--at <url>", "the other's shop")
      .requiredOption("--out <file>", "where what you get goes")
      .option("--within <hours>", "how long trustees may be asked to finish it", whole, 24)
      .action((mine, options) => swapItems(placeOf(options), mine, options)),
    { isDefault: true },
  );
  swap.addCommand(
    common(new Command("sign"))
      .description("sign a text with another: both signatures or neither")
      .argument("<text>", "the file that both sign")
      .requiredOption("--with <url>", "the other's shop")
      .requiredOption("--out <file>", "where the proof that both signed goes")
      .option("--within <hours>", "how long trustees may be asked to finish it", whole, 24)
      .action((text, options) => signText(placeOf(options), text, options)),
  );
  swap.addCommand(
    common(new Command("resume"))
      .description("finish what a crash or a silent shop interrupted")
      .action((options) => resumeSwaps(placeOf(options))),
  );
  swap.addCommand(
    common(new Command("list"))
      .description("the swaps that you began")
      .action((options) => listSwaps(placeOf(options))),
  );
  root.addCommand(swap);
  root.commands.find((each) => each.name() === "shop")?.addCommand(rules());
}

function rules(): Command {
  const swaps = new Command("swaps").description("what the shop gives for what, by itself").exitOverride();
  swaps.addCommand(
    common(new Command("add"))
      .description("give this item to whoever gives that one")
      .argument("<item>", "your item: its name, or the beginning of its id")
      .requiredOption("--for <item>", "the other's item")
      .requiredOption("--from <url>", "the other's shop: its goods are fetched there and nowhere else")
      .option("--end", "no more")
      .action((item, options) => addRule(placeOf(options), item, options)),
  );
  swaps.addCommand(
    common(new Command("sign"))
      .description("sign this text if the other does")
      .argument("<text>", "the file that both sign")
      .requiredOption("--with <url>", "the other's shop")
      .option("--end", "no more")
      .action((text, options) => signRule(placeOf(options), text, options)),
  );
  return swaps;
}

interface Own {
  readonly ports: WalletPorts;
  readonly folder: string;
  readonly shop: ShopConfig;
  readonly bankUrl: string;
  readonly bank: Hex;
}

async function ownShop(place: Place): Promise<Own> {
  const folder = shopFolder(place);
  const path = join(folder, "shop.json");
  if (!existsSync(path)) {
    const next = "counterfoil shop serve makes one.";
    throw new Refusal("no-shop", `There is no shop in ${place.data}.`, NO_MONEY_INVOLVED, next);
  }
  const { bank, unit, bankUrl } = JSON.parse(readFileSync(path, "utf8")) as {
    bank: Hex;
    unit: string;
    bankUrl: string;
  };
  const own = { ...(await ports()), transport: openTransport(null) };
  return { ports: own, folder, shop: shopConfig(own.crypto, seedIn(folder), { bank, unit }), bankUrl, bank };
}

/** Whom the shop's owner believes: its own list, or whom its own bank endorses. A visited market names nobody. */
async function visiting<T>(own: Own, url: string, use: (market: Visit, trusted: Trusted) => Promise<T>): Promise<T> {
  const trust = readEndorsed(own.folder);
  const market = await visit(own.ports, url.replace(/\/+$/, ""), trust === null ? own.bank : null);
  try {
    if (market.shop === null) throw refusal("no-shop");
    return await use(market, trustedAt(own.ports.crypto, trust, market));
  } finally {
    market.close();
  }
}

async function withSwaps<T>(own: Own, use: (swaps: OpenSwaps) => Promise<T>): Promise<T> {
  const lock = lockFolder(makeFolder(join(own.folder, "begun")));
  if (lock === null) {
    throw new Refusal("swaps-busy", "Another command is swapping.", NO_MONEY_INVOLVED, "Wait for it to end.");
  }
  try {
    const swaps = await openSwaps(own.folder, own.shop, own.ports);
    try {
      return await use(swaps);
    } finally {
      await swaps.close();
    }
  } finally {
    lock.release();
  }
}

interface SwapFlags {
  readonly for: string;
  readonly at: string;
  readonly out: string;
  readonly within: number;
}

async function swapItems(place: Place, mine: string, flags: SwapFlags): Promise<void> {
  const { for: wanted, at, out } = flags;
  const own = await ownShop(place);
  const [, row] = await findItem(place, mine);
  const { certificate, registration } = row;
  const done = await visiting(own, at, async (market, trusted) =>
    withSwaps(own, async (swaps) => {
      const options = {
        offered: { kind: "goods", certificate, registration } as const,
        wanted: await market.find(wanted),
        outPath: out,
        withinMs: flags.within * HOUR_MS,
      };
      return swapAt(market, swaps, own.folder, own.shop, trusted, options, own.ports);
    }),
  );
  tell(place, done);
}

async function signText(
  place: Place,
  path: string,
  flags: { with: string; out: string; within: number },
): Promise<void> {
  const own = await ownShop(place);
  const textHash = hashText(own, path);
  const done = await visiting(own, flags.with, (market, trusted) =>
    withSwaps(own, (swaps) => {
      const offered = { kind: "signature", textHash } as const;
      const options = { offered, wanted: "signature", outPath: flags.out, withinMs: flags.within * HOUR_MS } as const;
      return swapAt(market, swaps, own.folder, own.shop, trusted, options, own.ports);
    }),
  );
  tell(place, done);
}

function hashText({ ports: { crypto } }: Own, path: string): Hex {
  if (statSync(path).size <= TEXT_LIMIT_BYTES) return textHashOf(crypto, new Uint8Array(readFileSync(path)));
  throw new Refusal(
    "too-large",
    `${path} is longer than people read.`,
    NO_MONEY_INVOLVED,
    "Sign a text of at most 1 MiB.",
  );
}

async function resumeSwaps(place: Place): Promise<void> {
  const own = await ownShop(place);
  const done = await withSwaps(own, async (swaps) => {
    const open = (await swaps.swaps()).filter(({ row, state }) => !row.delivered && state.phase !== "forfeited");
    return Promise.all(open.map(({ tid }) => swaps.settled(tid, RESUME_MS)));
  });
  if (done.length === 0) return print(place.json, { status: "done", swaps: [] }, "Nothing is open.");
  for (const each of done) tell(place, each);
}

const RESUME_MS = 90_000;

async function listSwaps(place: Place): Promise<void> {
  const own = await ownShop(place);
  const found = await withSwaps(own, (swaps) => swaps.swaps());
  const swaps = found.map(({ tid, row, state }) => ({ tid, title: row.title, phase: state.phase, out: row.out_path }));
  const lines = swaps.map(({ tid, title, phase, out }) => `  ${tid.slice(0, 12)}  ${PHASES[phase]}  ${title} → ${out}`);
  print(place.json, { status: "done", swaps }, [`${swaps.length} swaps:`, ...lines]);
}

const PHASES: Readonly<Record<KnownSwap["state"]["phase"], string>> = {
  giving: "given, no answer yet",
  resolving: "given, trustees are asked",
  late: "perhaps given, the other is asked",
  had: "done",
  forfeited: "over without the other's item",
};

function tell(place: Place, { tid, row, state }: KnownSwap): void {
  const { phase } = state;
  if (phase === "had" && row.fault === null) {
    const how =
      state.release.kind === "answers" ? "The other fell silent; trustees opened its item." : "The other gave its own.";
    const answer = { status: "done", tid, out: row.out_path, by: state.release.kind };
    print(place.json, answer, [`Swapped: "${row.title}" is in ${row.out_path}. ${how} ${NO_MONEY_INVOLVED}`]);
    return;
  }
  if (phase === "had" || phase === "forfeited") {
    const detail =
      phase === "had" ? `What was had does not open the certified file: ${row.fault}.` : "Nobody answers any more.";
    throw new Refusal(
      phase === "had" ? "faulty" : "forfeited",
      detail,
      NO_MONEY_INVOLVED,
      "Your item may have been given.",
    );
  }
  const next = "counterfoil swap resume goes on; until the swap ends it has to run now and then.";
  print(place.json, { status: "unknown", tid, phase, next }, [
    `The swap ${tid.slice(0, 12)} is under way: ${PHASES[phase]}.`,
    next,
  ]);
  process.exitCode = EXIT.unknown;
}

async function addRule(place: Place, name: string, flags: { for: string; from: string; end?: boolean }): Promise<void> {
  const own = await ownShop(place);
  const { crypto } = own.ports;
  const [, row] = await findItem(place, name);
  const certified = certificateHolds(crypto, row.certificate);
  if (certified === null) throw new Error("an own certificate does not hold");
  const group = await ownGroup(own, certified.group);
  await visiting(own, flags.from, async (market, trusted) => {
    const item = await market.find(flags.for);
    const theirs = swapItem(crypto, Uint8Array.from(Buffer.from(item.certificate, "hex")), trusted);
    if (!theirs.ok) throw refusal(theirs.reason);
    if (theirs.value.merchant !== market.shop?.merchant) throw refusal("another-item");
    await tellRule(own, {
      wanted: certified.certHash,
      taken: theirs.value.certHash,
      rule: flags.end
        ? null
        : {
            title: row.title,
            certificate: row.certificate,
            registration: row.registration,
            trustees: group.group,
            trusteeUrls: trusteeLines(group),
            wantedTitle: item.title,
            fileName: safeName(item.fileName),
            goods: { url: market.url, fileHash: item.fileHash, certificate: theirs.value.signed },
          },
    });
    const said = flags.end ? "is no longer given" : "is given, by the running shop and without asking you,";
    print(
      place.json,
      { status: "done", item: row.slug, for: item.slug },
      `"${row.title}" ${said} for "${item.title}".`,
    );
  });
}

async function signRule(place: Place, path: string, flags: { with: string; end?: boolean }): Promise<void> {
  const own = await ownShop(place);
  const { crypto } = own.ports;
  const textHash = hashText(own, path);
  await visiting(own, flags.with, async (market, trusted) => {
    const [trustees] = trusted.groups;
    if (trustees === undefined || market.shop === null) throw refusal("unknown-trustees");
    const group = await ownGroup(own, groupIdOf(crypto, trustees));
    const terms = { textHash, registration: newNonce(), group: groupIdOf(crypto, trustees), groupKey: trustees.key };
    const { merchant, name } = market.shop;
    const title = `the signature of ${name}`;
    await tellRule(own, {
      wanted: textHash,
      taken: `${textHash}/${merchant}`,
      rule: flags.end
        ? null
        : {
            title: "a signature",
            certificate: certifySignature(crypto, own.shop, terms),
            registration: terms.registration,
            trustees,
            trusteeUrls: trusteeLines(group),
            wantedTitle: title,
            fileName: "contract",
            goods: null,
          },
    });
    const said = flags.end ? "no longer signs" : "signs, by itself and without asking you,";
    print(place.json, { status: "done", textHash, with: merchant }, `The shop ${said} ${path} for ${title}.`);
  });
}

/** Where the trustees of the own item are, as the own bank's market shows them. */
async function ownGroup(own: Own, id: Hex): Promise<KnownGroup> {
  const market = await visit(own.ports, own.bankUrl, own.bank);
  market.close();
  const found = market.groups.find(({ group }) => groupIdOf(own.ports.crypto, group) === id);
  if (found === undefined) throw refusal("unknown-trustees");
  return found;
}

/** Names come from strangers, and this one becomes a file's. */
function safeName(name: string): string {
  return name.replaceAll(/[^\w.-]/g, "_").slice(-100);
}

/** By message to the running shop, or by opening its swaps where none runs. */
async function tellRule(own: Own, rule: SwapRule): Promise<void> {
  const { folder, shop, ports: with_ } = own;
  const message = swapRuleFor(shop, rule, with_.clock());
  const url = announced(folder);
  const lock = lockFolder(folder);
  let answer: Uint8Array;
  if (lock !== null) {
    try {
      const desk = await openSwapDesk(folder, shop, with_);
      answer = await desk.role.handle(message);
      await desk.close();
    } finally {
      lock.release();
    }
  } else {
    if (url === null) throw refusal("shop-busy");
    const client = wireClient(url);
    answer = await client.post(message);
    client.close();
  }
  const said = decode(swapAnswer, answer);
  if (!said.ok || said.value.kind !== "done") throw refusal("not-an-answer");
}

/** `verify` of a contract that two signed. @returns false where the file is something else. */
export async function verifyContract(place: Place, path: string, text: string | undefined): Promise<boolean> {
  const evidence = new Uint8Array(readFileSync(path));
  if (!isContract(evidence)) return false;
  const { crypto } = await ports();
  const verdict = contractVerdict(crypto, evidence, text === undefined ? null : new Uint8Array(readFileSync(text)));
  const { textHash, signatories, isSameText } = verdict;
  const status = isSameText === false ? "refused" : "done";
  const answer = { status, kind: "contract", textHash, signatories, text: isSameText };
  print(place.json, answer, verdictLines(contractWords(verdict)));
  process.exitCode = isSameText === false ? EXIT.refused : EXIT.done;
  return true;
}
