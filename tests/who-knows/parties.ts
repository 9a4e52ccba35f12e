/** Who holds what: the parties of a world, alone and together. */
import { type Hex, toHex } from "@counterfoil/base";
import { raw, read } from "@counterfoil/crypto";
import { coinKeysSchema, keyIdOf } from "@counterfoil/protocols/money";
import { close, type Document, type Holding, type Knowledge, NOTHING_PUBLISHED, type Published } from "./closure.ts";
import { boxesOf, must, secretsOf, shopSecretsOf } from "./subjects.ts";
import type { Person, World } from "./world.ts";

/** The tables' columns: the customer itself is asked about last, as a check that "yes" can be said at all. */
export const COALITIONS = {
  "another customer": ["bystander"],
  "listener, TLS": ["envelopes"],
  listener: ["listener"],
  merchant: ["merchant"],
  bank: ["bank"],
  "merchant + listener": ["merchant", "listener"],
  "bank + listener": ["bank", "listener"],
  "bank + merchant": ["bank", "merchant"],
  "all three": ["bank", "merchant", "listener"],
} as const satisfies Record<string, readonly Party[]>;
export type Coalition = keyof typeof COALITIONS;

type Party = "bystander" | "envelopes" | "listener" | "merchant" | "bank";

export interface Parties {
  /** What each coalition knows. */
  readonly knowledge: ReadonlyMap<Coalition, Knowledge>;
  /** What these customers know together, of their own doings. */
  customers(people: readonly Person[]): Promise<Knowledge>;
}

/** @param bystander whose knowledge tells nobody from anybody, since whoever buys has it. */
export async function partiesOf(world: World, bystander: Person): Promise<Parties> {
  const { crypto, recorder, bankBox } = world;
  const heard = (to: string) => recorder.exchanges.filter((each) => each.to === to).map(({ document }) => document);
  const told = recorder.exchanges.filter(({ by }) => by === "shop").map(({ document }) => document);
  const own: Record<Party, Holding> = {
    bystander: await holdingOf(world, [bystander]),
    envelopes: { documents: recorder.exchanges.map(({ envelope }) => envelope), boxes: [] },
    listener: { documents: recorder.exchanges.flatMap(({ document, envelope }) => [document, envelope]), boxes: [] },
    merchant: {
      documents: [...heard("shop"), ...told, ...recorder.rowsOf("shop"), ...(await shopSecretsOf(world))],
      boxes: [],
    },
    bank: { documents: [...heard("bank"), ...recorder.rowsOf("bank")], boxes: [bankBox] },
  };
  const moduli = await moduliOf(world);
  const { values } = close(crypto, own.bystander, { ...NOTHING_PUBLISHED, moduli });
  const common = new Set([...values].flatMap((value) => [value, toHex(crypto.sha256(raw(value)))]));
  const published: Published = { moduli, common };
  const knowledge = new Map<Coalition, Knowledge>();
  for (const [name, members] of Object.entries(COALITIONS)) {
    const documents = members.flatMap((party) => own[party].documents);
    const boxes = members.flatMap((party) => own[party].boxes);
    knowledge.set(name as Coalition, close(crypto, { documents, boxes }, published));
  }
  return {
    knowledge,
    customers: async (people) => close(crypto, await holdingOf(world, people), published),
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
