/** A visit to a market: who trades there, checked under their own signatures, and what they sell. */
import { decode, fromHex, type Hex } from "@counterfoil/base";
import { type Crypto, open } from "@counterfoil/crypto";
import type { WireClient } from "@counterfoil/host/portable";
import { type ShopDescriptor, shopDescriptorSchema, type Trusted } from "@counterfoil/protocols/exchange";
import { type LogDescriptor, logIdOf, logSchema } from "@counterfoil/protocols/log";
import { type BankDescriptor, bankDescriptorSchema } from "@counterfoil/protocols/money";
import { groupIdOf, signedGroupSchema, type TrusteeGroup } from "@counterfoil/protocols/trustees";
import type { z } from "zod";
import type { Endorsed } from "./endorsed.ts";
import { catalogueJson, type ItemJson, itemJson, marketJson } from "./market-json.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { ACCOUNT, newIdentity, type WalletPorts } from "./transport.ts";

export interface Visit {
  readonly url: string;
  /** For looking around: an identity of this visit, under which nothing is bought. */
  readonly client: WireClient;
  /** Its client is the account's. */
  readonly bank: { readonly terms: BankDescriptor; readonly descriptor: Uint8Array; readonly client: WireClient };
  readonly shop: ShopDescriptor | null;
  /** As the market shows them; whether to trust one is the wallet's business. */
  readonly groups: readonly KnownGroup[];
  /** As the market shows them: the shop's, or the bank's where there is no shop. */
  readonly logs: readonly KnownLog[];
  readonly certifier: { readonly url: string; readonly descriptor: Uint8Array } | null;
  items(): Promise<readonly ItemJson[]>;
  item(pid: Hex): Promise<ItemJson>;
  /** By slug, id, or the beginning of an id. */
  find(name: string): Promise<ItemJson>;
  close(): void;
}

export interface KnownLog {
  readonly id: Hex;
  readonly url: string;
  readonly descriptor: LogDescriptor;
}

export interface KnownGroup {
  readonly group: TrusteeGroup;
  /** As the market shows it: the descriptor under every member's signature. */
  readonly signed: Uint8Array;
  /** By index. */
  readonly urls: ReadonlyMap<number, string>;
}

/** Pages read of one catalogue: 10,000 items; a larger shop is browsed on its pages. */
const PAGES = 100;

/** @param bankKey the bank this wallet trusts; another one under the same address is refused. */
export async function visit(
  ports: Pick<WalletPorts, "crypto" | "transport">,
  url: string,
  bankKey: Hex | null,
): Promise<Visit> {
  const client = ports.transport.client(url, newIdentity());
  try {
    return await enter(ports, client, url, bankKey);
  } catch (error) {
    client.close();
    throw error;
  }
}

async function enter(
  { crypto, transport }: Pick<WalletPorts, "crypto" | "transport">,
  client: WireClient,
  url: string,
  bankKey: Hex | null,
): Promise<Visit> {
  const market = await getJson(client, "/v1/market", marketJson);
  const bankTerms =
    market.bank && opened(open(crypto, bankDescriptorSchema, bytesOf(market.bank.descriptor), (it) => it.bank));
  if (market.bank === null || bankTerms === null) throw notAMarket(url);
  if (bankKey !== null && bankTerms.bank !== bankKey) {
    throw new Refusal(
      "another-bank",
      `${url} names bank ${bankTerms.bank.slice(0, 16)}…, this wallet has its account at ${bankKey.slice(0, 16)}…`,
      NO_MONEY_MOVED,
      "Use the market of your own bank, or make a wallet for this one with another --data folder.",
    );
  }
  const shop =
    market.shop && opened(open(crypto, shopDescriptorSchema, bytesOf(market.shop.descriptor), (it) => it.merchant));
  const bankClient = transport.client(market.bank.url ?? url, ACCOUNT);

  async function items(): Promise<readonly ItemJson[]> {
    const all: ItemJson[] = [];
    let after: string | null = null;
    for (let page = 0; page < PAGES; page++) {
      const query: string = after === null ? "" : `?after=${after}`;
      const { items: found, next }: z.infer<typeof catalogueJson> = await getJson(
        client,
        `/v1/items${query}`,
        catalogueJson,
      );
      all.push(...found);
      if (next === null) return all;
      after = next;
    }
    return all;
  }

  return {
    url,
    client,
    bank: { terms: bankTerms, descriptor: bytesOf(market.bank.descriptor), client: bankClient },
    shop,
    groups: market.trustees.flatMap(knownGroup),
    logs: market.logs.flatMap((each) => knownLog(crypto, each)),
    certifier: market.certifier && {
      url: market.certifier.url ?? url,
      descriptor: bytesOf(market.certifier.descriptor),
    },
    items,
    item: (pid) => getJson(client, `/v1/items/${pid}`, itemJson),
    async find(name) {
      if (/^[0-9a-f]{64}$/.test(name)) return getJson(client, `/v1/items/${name}`, itemJson);
      const all = await items();
      const named = all.filter((item) => item.slug === name || item.pid === name);
      const found = named.length > 0 ? named : all.filter((item) => name.length >= 6 && item.pid.startsWith(name));
      if (found.length === 1) return found[0] as ItemJson;
      throw new Refusal(
        found.length === 0 ? "no-such-item" : "ambiguous-item",
        found.length === 0 ? `Nothing here is called "${name}".` : `"${name}" means ${found.length} items.`,
        NO_MONEY_MOVED,
        "counterfoil browse lists what there is.",
      );
    },
    close() {
      client.close();
      bankClient.close();
    },
  };
}

/** A descriptor that does not decode is no group: the wallet would not know its id. */
function knownGroup({ group, urls }: { group: string; urls: string[] }): readonly KnownGroup[] {
  const signed = decode(signedGroupSchema, bytesOf(group));
  if (!signed.ok) return [];
  const { trustees } = signed.value.group;
  const placed = trustees.map(({ index }, at) => [index, urls[at]] as const);
  return [
    {
      group: signed.value.group,
      signed: bytesOf(group),
      urls: new Map(placed.filter((each): each is readonly [number, string] => each[1] !== undefined)),
    },
  ];
}

function knownLog(crypto: Crypto, { descriptor, url }: { descriptor: string; url: string }): readonly KnownLog[] {
  const decoded = decode(logSchema, bytesOf(descriptor));
  return decoded.ok ? [{ id: logIdOf(crypto, decoded.value), url, descriptor: decoded.value }] : [];
}

/** The log that a contract is to name: one of the shop's that the wallet's owner trusts, or its bank where it has no list. */
export function commonLog(own: Endorsed | null, { bank, logs }: Visit): KnownLog | null {
  const trusted = new Set(own?.logs ?? bank.terms.logs);
  return logs.find(({ id }) => trusted.has(id) && bank.terms.logs.includes(id)) ?? null;
}

/** The owner's own list where there is one, else the bank's; of the groups that the market shows, those named in it. */
export function trustedAt(crypto: Crypto, own: Endorsed | null, { bank, groups }: Visit): Trusted {
  const { certifiers, groups: named } = own ?? bank.terms;
  const known = groups.map(({ group }) => group);
  return { certifiers, groups: known.filter((group) => named.includes(groupIdOf(crypto, group))) };
}

async function getJson<T>(client: WireClient, path: string, shape: z.ZodType<T>): Promise<T> {
  const parsed = shape.safeParse(await client.getJson(path));
  if (!parsed.success) throw notAMarket(client.baseUrl);
  return parsed.data;
}

export function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}

function opened<T>(result: { ok: true; value: { value: T } } | { ok: false }): T | null {
  return result.ok ? result.value.value : null;
}

function notAMarket(url: string): Refusal {
  return new Refusal(
    "not-a-market",
    `${url} does not answer like a Counterfoil market.`,
    NO_MONEY_MOVED,
    "Check COUNTERFOIL_URL; counterfoil start prints the address of the market it runs.",
  );
}
