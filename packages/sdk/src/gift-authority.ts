/** The authority that gifts are proven to: a folder with a seed and its rows. It needs no network but to look at a recipient. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encode, type Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { hostAuthority, openSqlite } from "@counterfoil/host";
import { checkCertificate } from "@counterfoil/protocols/exchange";
import {
  authorityIdOf,
  authorityKeys,
  type ClaimedGift,
  describeAuthority,
  type GiftCommand,
  type GiftOutcome,
  type GiftTables,
  giftAuthority,
  giftAuthoritySchema,
  giftShapes,
  type Recipient,
} from "@counterfoil/protocols/giving";
import { must } from "./deal.ts";
import { makeFolder, readSeed, seedIn, writeDurably } from "./folder.ts";
import { refusePurchase } from "./giving.ts";
import type { ItemJson } from "./market-json.ts";
import type { Ports } from "./ports.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { admitted } from "./role.ts";
import { allRows } from "./rows.ts";
import { bytesOf, trustedAt, type Visit } from "./visit.ts";

export interface OpenGiftAuthority {
  readonly name: string;
  readonly id: Hex;
  /** What donors get: no secret is in it. */
  readonly descriptor: Uint8Array;
  /** From now on gifts for this item count, whoever gave them and whenever. */
  recognise(visit: Visit, item: ItemJson): Promise<Recipient>;
  /** Accepted is durable when this resolves. */
  check(proof: Uint8Array): Promise<Extract<GiftOutcome, { kind: "accepted" | "refused" }>>;
  recipients(): Promise<readonly (readonly [Hex, Recipient])[]>;
  gifts(): Promise<readonly (readonly [Hex, ClaimedGift])[]>;
  close(): Promise<void>;
}

/** The name is part of what a proof is made for, so it is given once. Without a seed the folder holds no authority yet. */
export function createGiftAuthority(folder: string, name: string): void {
  if (readSeed(makeFolder(folder)) !== null) {
    const detail = `There is an authority in ${folder} already.`;
    throw new Refusal("already-there", detail, NO_MONEY_MOVED, "counterfoil give authority show, or another --data.");
  }
  writeDurably(namePath(folder), `${JSON.stringify({ name }, null, 2)}\n`, "authority");
  seedIn(folder);
}

export async function openGiftAuthority(folder: string, ports: Ports): Promise<OpenGiftAuthority> {
  const seed = readSeed(folder);
  if (seed === null) {
    const detail = `There is no authority in ${folder}.`;
    throw new Refusal("no-authority", detail, NO_MONEY_MOVED, "counterfoil give authority create FILE --name NAME");
  }
  const { crypto } = ports;
  const { name } = JSON.parse(readFileSync(namePath(folder), "utf8")) as { name: string };
  const keys = authorityKeys(crypto, seed);
  const descriptor = describeAuthority(crypto, keys, name);
  const store = openSqlite(join(folder, "authority.db"), giftShapes);
  const hosted = await hostAuthority<GiftTables, GiftCommand, GiftOutcome>(
    giftAuthority({ crypto, keys, descriptor }),
    store,
    { name: "gift-authority", clock: ports.clock, deliver: () => {}, onBug: ports.onBug, onFatal: ports.onFatal },
  );
  return {
    name,
    id: authorityIdOf(crypto, descriptor),
    descriptor: encode(giftAuthoritySchema, descriptor),
    async recognise(visit, item) {
      const { certHash, ...recipient } = recipientOf(crypto, visit, item);
      await hosted.submit({ kind: "recognise", certHash, recipient });
      const [found] = await store.read([{ table: "recipient", id: certHash }]);
      return found?.row as Recipient;
    },
    async check(proof) {
      const { outcome } = await hosted.submit(admitted(hosted.admit(proof)));
      if (outcome.kind === "recognised") throw new Error("a proof recognises nobody");
      return outcome;
    },
    recipients: () => allRows<Recipient>(store, "recipient"),
    gifts: () => allRows<ClaimedGift>(store, "gift"),
    async close() {
      await hosted.stop();
      await store.close();
    },
  };
}

/** The item as its shop has signed it, at the bank that the market names. */
function recipientOf(crypto: Crypto, visit: Visit, item: ItemJson): Omit<Recipient, "added_ms"> & { certHash: Hex } {
  refusePurchase(item);
  const { shop, bank } = visit;
  if (shop === null || shop.bank !== bank.terms.bank) {
    const detail = `${visit.url} has no shop that is paid at its bank.`;
    throw new Refusal("no-shop", detail, NO_MONEY_MOVED, "Check COUNTERFOIL_URL.");
  }
  const shown = { ...item, merchant: shop.merchant };
  const checked = checkCertificate(crypto, bytesOf(item.certificate), shown, trustedAt(crypto, null, visit));
  const { certHash } = must(checked, "The item's certificate is not what the shop shows");
  const { merchant, unit, name } = shop;
  return { certHash, merchant, bank: shop.bank, unit, name, title: item.title };
}

function namePath(folder: string): string {
  return join(folder, "authority.json");
}
