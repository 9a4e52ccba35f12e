/** What one purchase has at hand from the first word to the shop on: who, what, by which exchange. */
import { decode, type Hex, type Result } from "@counterfoil/base";
import { open } from "@counterfoil/crypto";
import type { Progress, WireClient } from "@counterfoil/host/portable";
import type { Certificate, Order, PurchaseKeys } from "@counterfoil/protocols/contract";
import { declineSchema, merchantAnswer, type Pseudonym, type PurchaseRow } from "@counterfoil/protocols/exchange";
import type { Wanted } from "./exchanges.ts";
import type { ItemJson } from "./market-json.ts";
import type { KnownAs } from "./pseudonym.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import type { WalletPorts } from "./transport.ts";
import { trusteeLines } from "./trustee-lines.ts";
import type { KnownGroup, KnownLog, Visit } from "./visit.ts";
import type { OpenWallet } from "./wallet.ts";

export interface BuyOptions extends KnownAs {
  readonly outPath: string;
  /** Pay no more than this; null for whatever was agreed to. */
  readonly maxPriceMinor: bigint | null;
  readonly bidMinor: bigint | null;
  /** Of a sale: the optimistic one where the goods are certified, unless told otherwise. */
  readonly exchange?: Wanted;
  /** From the account unless told otherwise; coins name nobody. */
  readonly payWith?: "account" | "coins";
  /** Shown the price before anything is fetched or paid. */
  readonly agree: (terms: Terms) => Promise<boolean>;
  readonly onFetch?: Progress;
  readonly onOpen?: Progress;
  /** How long to wait for the outcome before reporting that it is unknown. */
  readonly patienceMs?: number;
}

export interface Terms {
  readonly title: string;
  readonly priceMinor: bigint;
  readonly unit: string;
  readonly fileBytes: number;
  readonly delivery: ItemJson["delivery"];
  /** What the price pays for besides, each from when on, and by whose clock. */
  readonly parts: readonly { readonly title: string; readonly releaseMs: number }[];
  readonly time: string | null;
  /** Which exchange, and why that one. */
  readonly exchange: { readonly mode: Order["mode"]; readonly why: string };
}

export interface Deal {
  readonly visit: Visit;
  readonly wallet: OpenWallet;
  readonly ports: WalletPorts;
  readonly item: ItemJson;
  readonly options: BuyOptions;
  readonly merchant: Hex;
  readonly certificate: Certificate;
  readonly certHash: Hex;
  /** The trustees whom the wallet trusts and who can open these goods; null where there are none. */
  readonly trustees: KnownGroup | null;
  /** The log that the contract names; null where shop and wallet have none in common, or nothing is paid. */
  readonly log: KnownLog | null;
  /** By that log's clock, which every deadline of the contract is on; by our own where there is none. */
  readonly now: () => number;
  readonly mode: Order["mode"];
  readonly nonce: Hex;
  /** To the shop, under an identity of this purchase alone: its nonce. */
  readonly line: WireClient;
  readonly keys: PurchaseKeys;
  /** Only for what is sold: no other delivery has a price to ask for, or counts. */
  readonly pseudonym: Pseudonym | null;
}

export type Line = Pick<Deal, "nonce" | "line">;

export function rowOf(
  { visit, wallet, item, trustees, log, options, merchant, ports }: Deal,
  price: bigint,
): PurchaseRow {
  return {
    title: item.title,
    merchant,
    market_url: visit.url,
    bank_url: visit.bank.client.baseUrl,
    price,
    unit: visit.bank.terms.unit,
    delivery: item.delivery,
    file_hash: item.fileHash,
    log_url: log?.url ?? null,
    trustees: trustees && trusteeLines(trustees),
    out_path: wallet.goods.placeOf(options.outPath),
    started_ms: ports.clock(),
    delivered: false,
    fault: null,
  };
}

/** A merchant's signed no, in words. Before payment nothing has moved, whatever it says. */
export function throwDecline({ merchant, ports }: Deal, answer: Uint8Array): void {
  const heard = decode(merchantAnswer, answer);
  if (!heard.ok || heard.value.kind !== "declined") return;
  const opened = open(ports.crypto, declineSchema, heard.value.decline, () => merchant);
  const reason = opened.ok ? opened.value.value.reason : "unsigned-refusal";
  throw new Refusal(
    reason,
    `The shop declined: ${reason.replaceAll("-", " ")}.`,
    NO_MONEY_MOVED,
    "Browse again, or ask the shop.",
  );
}

export function must<T>(result: Result<T>, otherwise: string): T {
  if (result.ok) return result.value;
  throw new Refusal(result.reason, `${otherwise} (${result.reason}).`, NO_MONEY_MOVED, "Do not buy it; tell the shop.");
}

export function notAnAnswer(): Refusal {
  return new Refusal("not-an-answer", "The shop's answer is not one.", NO_MONEY_MOVED, "Try again, or ask the shop.");
}
