/**
 * The tables of docs/money.md, and of what it does with trustees, are what the code does now. And the computation can fail: each leak planted into the running
 * parts turns the cells that it should, and no others of that row.
 */
import { decode, type Hex, toHex, utf8 } from "@counterfoil/base";
import { type Crypto, KDF, raw } from "@counterfoil/crypto";
import { parseCbor } from "@counterfoil/lab";
import { orderSchema } from "@counterfoil/protocols/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDocuments, withTables } from "./document.ts";
import { purchaseFacts } from "./facts.ts";
import { COALITIONS, partiesOf } from "./parties.ts";
import { buysTwice } from "./stories.ts";
import { answers, type Table, tablesOf } from "./tables.ts";
import { openWorld, type Plant, type World } from "./world.ts";

const LONG_MS = 600_000;

let world: World;
let tables: readonly Table[];

beforeAll(async () => {
  world = await openWorld();
  tables = await tablesOf(world);
}, LONG_MS);
afterAll(() => world.close(), LONG_MS);

test("the tables of the documents are those that are computed now; npm run who-knows -- --write", () => {
  expect([...withTables(readDocuments(), tables)]).toEqual([...readDocuments()]);
});

test("whose doings it is knows all of it, but for what it did not do", () => {
  for (const { name, rows } of tables.filter(({ name }) => !["s1", "s2", "one-item"].includes(name))) {
    for (const [row, own] of rows) expect(own, `${name}: ${row}`).toBe("**yes**");
  }
});

test("two wallets with one shop and one bank are told apart: nothing ties one customer to another", () => {
  for (const { name, head, rows } of tables) {
    const column = head.indexOf("another customer");
    if (column < 0) continue;
    const known = rows.filter((row) => row[column] === "**yes**").map(([row]) => row);
    expect(
      known.filter((row) => row !== "P, the goods' secret"),
      name,
    ).toEqual([]);
  }
});

describe("a leak that is planted shows", () => {
  /** The cells of the purchase by coins that are "yes" with the leak and "no" without, as "row | coalition". */
  async function turned(plant: Plant): Promise<readonly string[]> {
    const bent = await openWorld(plant);
    try {
      const { who: bystander } = await buysTwice(bent, "ivy", "coins");
      const bought = await buysTwice(bent, "ben", "coins");
      await bent.look();
      const parties = await partiesOf(bent, bystander);
      const table = await answers(parties, "coins", bought.people, await purchaseFacts(bent, bought));
      return cells(table).filter((cell) => !cells(tables.find(({ name }) => name === "coins") as Table).includes(cell));
    } finally {
      await bent.close();
    }
  }

  function cells({ head, rows }: Table): readonly string[] {
    return rows.flatMap(([row, ...answers]) =>
      answers.flatMap((answer, i) => (answer === "**yes**" ? [`${row?.replaceAll("*", "")} | ${head[i + 1]}`] : [])),
    );
  }

  /** Of a sale by NetBill the log has a leaf, and nothing that leads to anybody. */
  const UNINVOLVED = ["another customer", "listener, TLS", "a reader of the log", "log"];
  const everywhere = (row: string, ...not: string[]) =>
    Object.keys(COALITIONS)
      .filter((coalition) => ![...UNINVOLVED, ...not].includes(coalition))
      .map((coalition) => `${row} | ${coalition}`);

  test(
    "none, where none is",
    async () => {
      expect(await turned({})).toEqual([]);
    },
    LONG_MS,
  );

  test(
    "a slip that names the account",
    async () => {
      const cells = await turned({ crypto: accountAsBuyer });
      expect(cells).toEqual(expect.arrayContaining(everywhere("account ↔ purchase")));
      expect(cells).toEqual(expect.arrayContaining(everywhere("this purchase ↔ another of the same customer")));
      expect(cells).toContain("account key, by itself | merchant");
    },
    LONG_MS,
  );

  test(
    "a β that is the coin's own message",
    async () => {
      const cells = await turned({ crypto: (honest) => bentFactor(honest, (length) => one(length)) });
      expect(cells).toEqual(expect.arrayContaining(everywhere("withdrawal ↔ coins")));
      expect(cells).toEqual(expect.arrayContaining(everywhere("account ↔ purchase", "merchant")));
      expect(cells).not.toContain("account ↔ purchase | merchant");
    },
    LONG_MS,
  );

  test(
    "one factor for all coins",
    async () => {
      const cells = await turned({
        crypto: (honest) => bentFactor(honest, (length) => new Uint8Array(length).fill(7)),
      });
      expect(cells).toEqual(expect.arrayContaining(everywhere("withdrawal ↔ coins", "merchant")));
      expect(cells).not.toContain("withdrawal ↔ coins | merchant");
    },
    LONG_MS,
  );

  test(
    "certHash in the slip",
    async () => {
      const cells = await turned({ crypto: certificateAsOrder });
      expect(cells).toEqual(
        ["item: pid, certHash, file", "title"].flatMap((row) => [`${row} | bank`, `${row} | bank + log`]),
      );
    },
    LONG_MS,
  );

  test(
    "a leaf that shows the slip's hash",
    async () => {
      const cells = await turned({ crypto: (honest) => bentName(honest, "paid-leaf/1") });
      expect(cells).toEqual(["slipHash | a reader of the log", "slipHash | log"]);
    },
    LONG_MS,
  );

  test(
    "an entry that is named by its tid",
    async () => {
      const cells = await turned({ crypto: (honest) => bentName(honest, "rec/1") });
      expect(cells).toEqual(["tid | a reader of the log"]);
    },
    LONG_MS,
  );

  test(
    "one connection for all that a wallet says",
    async () => {
      const cells = await turned({ identity: () => "the one and only" });
      expect(cells).toEqual(expect.arrayContaining(everywhere("account ↔ purchase", "bank", "bank + log", "merchant")));
      expect(cells).toContain("this purchase ↔ another of the same customer | merchant");
    },
    LONG_MS,
  );
});

/** Q is the account's key. */
function accountAsBuyer(honest: Crypto): Partial<Crypto> {
  const seeds = new Map<Hex, Uint8Array>();
  return {
    hkdf(hash, secret, salt, label, length) {
      const made = honest.hkdf(hash, secret, salt, label, length);
      if (label === "purchase") seeds.set(toHex(made), secret);
      const seed = label === "buyer" ? seeds.get(toHex(secret)) : undefined;
      return seed === undefined ? made : KDF(honest, seed, "account", utf8(""));
    },
  };
}

function bentFactor(honest: Crypto, wide: (length: number) => Uint8Array): Partial<Crypto> {
  return {
    hkdf: (hash, secret, salt, label, length) =>
      label === "factor" ? wide(length) : honest.hkdf(hash, secret, salt, label, length),
  };
}

function one(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[length - 1] = 1;
  return bytes;
}

/** What is hashed under this tag stands in clear, but for the bank before it. */
function bentName(honest: Crypto, of: string): Partial<Crypto> {
  return {
    sha256(bytes) {
      const item = parseCbor(bytes);
      const [tag, , last] = Array.isArray(item) ? item : [];
      return tag === of && last instanceof Uint8Array ? last : honest.sha256(bytes);
    },
  };
}

/** poHash, which stands in the slip, is the certificate's hash. */
function certificateAsOrder(honest: Crypto): Partial<Crypto> {
  return {
    sha256(bytes) {
      const item = parseCbor(bytes);
      const [tag, body] = Array.isArray(item) ? item : [];
      const order = tag === "po/1" && body instanceof Uint8Array ? decode(orderSchema, body) : null;
      return order?.ok === true ? raw(order.value.certHash) : honest.sha256(bytes);
    },
  };
}
