/** A donor's side: a gift by coins, which name nobody, and its proof for one authority. */
import { decode, showMoney } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { purchaseKeys } from "@counterfoil/protocols/contract";
import { encodeEvidence, orderIn, paymentOf } from "@counterfoil/protocols/exchange";
import { authorityHolds, type GiftAuthority, giftAuthoritySchema, proveGift } from "@counterfoil/protocols/giving";
import type { BuyOptions } from "./deal.ts";
import type { Bought } from "./delivery.ts";
import { evidenceOfPayment } from "./evidence.ts";
import type { ItemJson } from "./market-json.ts";
import { buy } from "./purchase.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import type { WalletPorts } from "./transport.ts";
import type { Visit } from "./visit.ts";
import type { KnownPurchase, OpenWallet } from "./wallet.ts";

export type GiveOptions = Pick<BuyOptions, "outPath" | "agree" | "exchange" | "onFetch" | "onOpen" | "patienceMs">;

/** As a shop's page shows it: no price of its own, and bids are taken. */
export function isDonationItem({ delivery, priceMinor, takesBids }: ItemJson): boolean {
  return delivery === "sale" && BigInt(priceMinor) === 0n && takesBids;
}

/** Exactly this much, by coins, and under no pseudonym: whatever else a purchase may be, a gift is nobody's. */
export async function give(
  visit: Visit,
  wallet: OpenWallet,
  item: ItemJson,
  amountMinor: bigint,
  options: GiveOptions,
  ports: WalletPorts,
): Promise<Bought> {
  refusePurchase(item);
  const asGift: BuyOptions = {
    ...options,
    payWith: "coins",
    bidMinor: amountMinor,
    maxPriceMinor: amountMinor,
    regular: false,
    credential: null,
    async agree(terms) {
      if (terms.priceMinor !== amountMinor) throw anotherAmount(terms.priceMinor, terms.unit);
      return options.agree(terms);
    },
  };
  return buy(visit, wallet, item, asGift, ports).catch((error: unknown) => {
    const asksMore = error instanceof Refusal && error.reason === "price-above-maximum";
    throw asksMore ? tooSmall(item) : error;
  });
}

export function refusePurchase(item: ItemJson): void {
  if (isDonationItem(item)) return;
  const detail = `"${item.title}" is not a donation: it has a price, or is free.`;
  throw new Refusal("not-a-donation", detail, NO_MONEY_MOVED, "counterfoil buy buys it.");
}

function tooSmall({ title }: ItemJson): Refusal {
  const detail = `"${title}" takes no gift that small.`;
  return new Refusal("below-floor", detail, NO_MONEY_MOVED, "Give more; counterfoil browse has its words.");
}

function anotherAmount(askedMinor: bigint, unit: string): Refusal {
  const detail = `The shop asks for ${showMoney(askedMinor, unit)}, and not for what you give.`;
  return new Refusal("another-amount", detail, NO_MONEY_MOVED, `Give ${showMoney(askedMinor, unit)}, or nothing.`);
}

/** An authority's own file, as it hands it out. Whose it is, only the way it came can say: compare its id. */
export function readGiftAuthority(crypto: Crypto, bytes: Uint8Array): GiftAuthority {
  const read = decode(giftAuthoritySchema, bytes);
  if (read.ok && authorityHolds(crypto, read.value)) return read.value;
  const detail = "This is no file of an authority that gifts can be proven to.";
  throw new Refusal("not-an-authority", detail, NO_MONEY_MOVED, "Get it again from the authority itself.");
}

/** Sealed to the authority: nobody else can read it, and nobody but it would be convinced. */
export function proofOfGift(
  crypto: Crypto,
  seed: Uint8Array,
  known: KnownPurchase,
  authority: GiftAuthority,
  as: { readonly name: string; readonly purpose: string },
): Uint8Array {
  const evidence = encodeEvidence(evidenceOfPayment(known));
  const { purchase } = known.state as NonNullable<KnownPurchase["state"]>;
  const { secret } = purchaseKeys(crypto, seed, orderIn(purchase).nonce).disputes;
  return proveGift(crypto, authority, { evidence, order: paymentOf(purchase).order, secret }, as);
}
