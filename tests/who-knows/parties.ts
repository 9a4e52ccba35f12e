/** Who holds what: the parties of a world, alone and together. */
import { type Hex, toHex } from "@counterfoil/base";
import { type BoxKey, raw, read } from "@counterfoil/crypto";
import { close, type Document, type Holding, type Knowledge, type Published } from "@counterfoil/lab";
import { coinKeysSchema, keyIdOf } from "@counterfoil/protocols/money";
import { OURS } from "./shops.ts";
import { boxesOf, must, secretsOf, shopSecretsOf } from "./subjects.ts";
import type { Person, World } from "./world.ts";

/** The tables' columns: the customer itself is asked about last, as a check that "yes" can be said at all. */
export const COALITIONS = {
  "another customer": ["bystander"],
  "listener, TLS": ["envelopes"],
  listener: ["listener"],
  merchant: ["merchant"],
  "a reader of the log": ["reader"],
  log: ["log"],
  bank: ["bank"],
  "merchant + listener": ["merchant", "listener"],
  "bank + listener": ["bank", "listener"],
  "bank + log": ["bank", "log"],
  "bank + merchant": ["bank", "merchant"],
  "all four": ["bank", "merchant", "log", "listener"],
} as const satisfies Record<string, readonly Party[]>;
export type Coalition = keyof typeof COALITIONS;

/** The columns where there are trustees. A trustee also fetches what anyone may, to open what it was never asked about. */
export const TRUSTED_COALITIONS = {
  "another customer": ["bystander"],
  listener: ["listener"],
  merchant: ["merchant"],
  certifier: ["certifier"],
  "a reader of the log": ["reader"],
  log: ["log"],
  bank: ["bank"],
  "bank + log": ["bank", "log"],
  "a trustee": ["anyone", "trustee 1"],
  "a trustee + log": ["anyone", "trustee 1", "log"],
  "a trustee + bank + log": ["anyone", "trustee 1", "bank", "log"],
  "a trustee + bank + log + listener": ["anyone", "trustee 1", "bank", "log", "listener"],
  "two trustees": ["anyone", "trustee 1", "trustee 2"],
  "all of them": ["trustee 1", "trustee 2", "trustee 3", "certifier", "bank", "merchant", "log", "witness", "listener"],
} as const satisfies Record<string, readonly Party[]>;

export type Party =
  | "bystander"
  | "envelopes"
  | "listener"
  | "merchant"
  | "bank"
  | "certifier"
  | `trustee ${1 | 2 | 3}`
  | "log"
  | "witness"
  /** Of the log what anyone may read in it, and nothing else. */
  | "reader"
  /** What anyone may fetch, and who does nothing else. */
  | "anyone";

export interface Parties {
  /** What these know together, of their own and of these customers' doings. Worked out once. */
  knowledge(members: readonly Party[], people?: readonly Person[]): Promise<Knowledge>;
}

/** @param bystander whose knowledge tells nobody from anybody, since whoever buys has it; null where nobody is to be told. */
export async function partiesOf(world: World, bystander: Person | null): Promise<Parties> {
  const { crypto, recorder, bankBox, bank, house } = world;
  const entries = await world.log.published([bank.key]);
  const heard = (to: string) => recorder.exchanges.filter((each) => each.to === to).map(({ document }) => document);
  const toldBy = (whose: string) => recorder.exchanges.filter(({ by }) => by === whose).map(({ document }) => document);
  const own = (whose: string, bytes: Uint8Array): Document => ({
    name: `${whose}'s own`,
    parts: [bytes],
    channel: null,
  });
  const trustee = (index: 1 | 2 | 3): Holding => ({
    documents: [
      ...heard(`trustee ${index}`),
      ...recorder.rowsOf(`trustee ${index}`),
      own(`trustee ${index}`, house.trustees[index - 1]?.config.key.secretKey.slice(0, 32) as Uint8Array),
    ],
    boxes: house.ceremonyBoxes[index - 1] as readonly BoxKey[],
  });
  const held: Record<Party, Holding> = {
    bystander: await holdingOf(world, bystander === null ? [] : [bystander]),
    envelopes: { documents: recorder.exchanges.map(({ envelope }) => envelope), boxes: [] },
    listener: {
      documents: [...recorder.exchanges.flatMap(({ document, envelope }) => [document, envelope]), ...entries],
      boxes: [],
    },
    merchant: {
      documents: [
        ...heard("shop"),
        ...toldBy("shop"),
        ...entries,
        ...recorder.rowsOf("shop"),
        ...(await shopSecretsOf(world)),
      ],
      boxes: [],
    },
    bank: {
      documents: [
        ...heard("bank"),
        ...toldBy("bank"),
        ...entries,
        ...recorder.rowsOf("bank"),
        own("bank", bank.descriptor),
      ],
      boxes: [bankBox],
    },
    log: { documents: [...heard("log"), ...toldBy("log"), ...entries, ...recorder.rowsOf("log")], boxes: [] },
    witness: { documents: [...heard("witness"), ...recorder.rowsOf("witness")], boxes: [] },
    reader: { documents: entries, boxes: [] },
    certifier: {
      documents: [...heard("certifier"), ...recorder.rowsOf("certifier")],
      boxes: [house.certifier.config.box],
    },
    "trustee 1": trustee(1),
    "trustee 2": trustee(2),
    "trustee 3": trustee(3),
    anyone: { documents: [...(await world.published()), ...entries], boxes: [] },
  };
  const moduli = await moduliOf(world);
  const { values } = close(crypto, held.bystander, { ...OURS, moduli });
  const common = new Set([...values].flatMap((value) => [value, toHex(crypto.sha256(raw(value)))]));
  const published: Published = { ...OURS, moduli, common };
  const personal = new Map<Person, Holding>();
  const known = new Map<string, Knowledge>();
  return {
    async knowledge(members, people = []) {
      const name = [...members, ...people.map((each) => `"${each.name}"`)].sort().join(" ");
      const before = known.get(name);
      if (before !== undefined) return before;
      for (const who of people) if (!personal.has(who)) personal.set(who, await holdingOf(world, [who]));
      const all = [...members.map((party) => held[party]), ...people.map((who) => personal.get(who) as Holding)];
      const documents = [...new Set(all.flatMap((each) => each.documents))];
      const together = close(crypto, { documents, boxes: all.flatMap(({ boxes }) => boxes) }, published);
      known.set(name, together);
      return together;
    },
  };
}

async function holdingOf({ crypto, recorder }: World, people: readonly Person[]): Promise<Holding> {
  const documents: Document[] = [];
  const boxes: Holding["boxes"][number][] = [];
  for (const who of people) {
    const said = recorder.exchanges.filter(({ by }) => by === who.name).map(({ document }) => document);
    documents.push(...said, ...recorder.rowsOf(who.name), ...(await secretsOf(crypto, who)));
    boxes.push(...(await boxesOf(crypto, who)));
  }
  return { documents, boxes };
}

/** From the bank's published list, which everybody has. */
async function moduliOf({ crypto, mintList }: World): Promise<ReadonlyMap<Hex, Uint8Array>> {
  const { keys } = must(read(coinKeysSchema, await mintList())).value;
  return new Map(keys.map((key) => [keyIdOf(crypto, key), key.modulus]));
}
