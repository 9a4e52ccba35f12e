/**
 * Goods on their way to the buyer: fetched and checked piece by piece before the payment, opened after it. What is
 * damaged here is fetched again; only a file that is exactly the certified one can accuse its seller.
 */
import type { Hex, Result } from "@counterfoil/base";
import {
  DownloadRefused,
  Overloaded,
  type Progress,
  Refused,
  Unreachable,
  type WireClient,
} from "@counterfoil/host/portable";
import type { Certificate } from "@counterfoil/protocols/contract";
import { certificateIn, type PurchaseRow, type PurchaseState, releaseMsOf } from "@counterfoil/protocols/exchange";
import { type GoodsSource, isMirrorUrl, mirrorSource } from "./goods-source.ts";
import { Refusal } from "./refusal.ts";
import { identityOf, type WalletPorts } from "./transport.ts";
import type { KnownPurchase, OpenWallet } from "./wallet.ts";
import type { GoodsRoom } from "./wallet-place.ts";

export type Bought =
  | { readonly kind: "delivered"; readonly id: Hex; readonly row: PurchaseRow; readonly state: PurchaseState | null }
  /** Not paid, and final. */
  | { readonly kind: "ended"; readonly id: Hex; readonly cause: string }
  /** The bank has locked the money, and the log has not decided yet: `resume` goes on waiting. */
  | { readonly kind: "awaiting"; readonly id: Hex }
  /** A part that is not due yet, from then on by the clock of its log; or whose bundle is not paid yet. */
  | { readonly kind: "scheduled"; readonly id: Hex; readonly releaseMs: number; readonly paid: boolean }
  /** Paid; the shop is silent, and so far so many trustees have answered: `resume` goes on asking. */
  | { readonly kind: "claiming"; readonly id: Hex; readonly answers: number }
  /** Paid, and the time in which trustees answer is over. */
  | { readonly kind: "forfeited"; readonly id: Hex }
  /** Nobody has answered yet: `resume` finishes it. */
  | { readonly kind: "unknown"; readonly id: Hex }
  /** Paid and the key is here, but the goods could not be put in their place: `resume` does it when `detail` is mended. */
  | { readonly kind: "undelivered"; readonly id: Hex; readonly reason: string; readonly detail: string }
  /** Paid, and what was sold does not open the certified file: the evidence convicts the merchant. */
  | { readonly kind: "faulty"; readonly id: Hex; readonly fault: string };

export interface DeliverOptions {
  /** Instead of where the purchase was to go. */
  readonly outPath?: string;
  readonly onFetch?: Progress;
  readonly onOpen?: Progress;
}

/** The other hosts that the shop names for its goods, and the way to one. */
export interface Mirrors {
  readonly urls: readonly string[];
  open(url: string): WireClient;
}

const NO_MIRRORS: Mirrors = {
  urls: [],
  open() {
    throw new Error("there are none");
  },
};

/**
 * The encrypted goods, every piece checked, kept in the wallet: a later attempt finds there what an earlier one fetched, and
 * so does the next host, where one has broken off or sent something else.
 * @throws what the shop's own host said, where no mirror did better.
 */
export async function fetchGoods(
  client: GoodsSource,
  room: GoodsRoom,
  fileHash: Hex,
  certificate: Certificate,
  onFetch?: Progress,
  mirrors: Mirrors = NO_MIRRORS,
): Promise<void> {
  room.rememberMirrors(fileHash, mirrors.urls);
  const failure = await fetchOr(() => room.fetch(client, certificate, fileHash, onFetch));
  if (failure === null) return;
  for (const url of mirrors.urls.filter(isMirrorUrl)) {
    const failed = await fetchOr(async () => {
      const mirror = mirrors.open(url);
      try {
        await room.fetch(mirrorSource(mirror), certificate, fileHash, onFetch);
      } finally {
        mirror.close();
      }
    });
    if (failed === null) return;
  }
  throw failure;
}

/** @returns what the host did wrong, or null; what is wrong here is thrown, since no other host would mend it. */
async function fetchOr(fetch: () => Promise<void>): Promise<Error | null> {
  try {
    await fetch();
    return null;
  } catch (error) {
    const kinds = [Unreachable, Overloaded, Refused, DownloadRefused, Refusal];
    if (kinds.some((kind) => error instanceof kind)) return error as Error;
    throw error;
  }
}

/** From a settled session to opened goods; the same for `buy` and for `resume`. Throws nothing that a disk can cause. */
export async function finish(
  known: KnownPurchase,
  wallet: OpenWallet,
  ports: WalletPorts,
  options: DeliverOptions,
): Promise<Bought> {
  const { tid: id, row, state } = known;
  if (state === null) return { kind: "delivered", id, row, state };
  if (state.phase === "ended") return { kind: "ended", id, cause: state.cause };
  if (state.phase === "awaiting") return { kind: "awaiting", id };
  if (state.phase === "scheduled") {
    return { kind: "scheduled", id, releaseMs: releaseMsOf(state.purchase), paid: state.main !== null };
  }
  if (state.phase === "claiming") return { kind: "claiming", id, answers: state.answers.length };
  if (state.phase === "forfeited") return { kind: "forfeited", id };
  if (state.phase !== "paid") return { kind: "unknown", id };
  const outPath = options.outPath === undefined ? row.out_path : wallet.goods.placeOf(options.outPath);
  try {
    const opened = await deliver(state, row, outPath, wallet, ports, options);
    if (opened.ok) {
      await wallet.hosted.submit({ kind: "delivered", id, outPath });
      return { kind: "delivered", id, row: { ...row, out_path: outPath }, state };
    }
    // Gone from here between two looks: that accuses nobody.
    if (opened.reason === "not-here") return { kind: "undelivered", id, ...GONE };
    await wallet.hosted.submit({ kind: "faulty", id, fault: opened.reason });
    return { kind: "faulty", id, fault: opened.reason };
  } catch (error) {
    return { kind: "undelivered", id, ...obstacle(error) };
  }
}

const GONE = { reason: "not-here", detail: "The encrypted goods were here, and are gone." };

type Paid = Extract<PurchaseState, { phase: "paid" }>;

async function deliver(
  { purchase, secret }: Paid,
  row: PurchaseRow,
  outPath: string,
  wallet: OpenWallet,
  { crypto, transport }: WalletPorts,
  { onFetch, onOpen }: DeliverOptions,
): Promise<Result<null>> {
  const certificate = certificateIn(purchase);
  const { goods } = wallet;
  const fileHash = row.file_hash;
  const opening = { fileHash, secret, place: outPath, onOpen };
  const first = await goods.open(crypto, certificate, opening);
  if (first.ok || first.reason === "wrong-key" || (await goods.isHere(certificate, fileHash))) return first;
  const open = (url: string) => transport.client(url, identityOf(purchase));
  const client = open(row.market_url);
  try {
    await fetchGoods(client, goods, fileHash, certificate, onFetch, { urls: goods.mirrors(fileHash), open });
  } finally {
    client.close();
  }
  return goods.open(crypto, certificate, opening);
}

function obstacle(error: unknown): { reason: string; detail: string } {
  if (error instanceof Unreachable)
    return {
      reason: "unreachable",
      detail: `The goods are damaged here, or gone, and the shop does not answer (${error.code}).`,
    };
  if (error instanceof Overloaded) {
    return { reason: "overloaded", detail: "The goods are damaged here, or gone, and the shop has too much to do." };
  }
  if (error instanceof Refused) {
    const said = error.detail === "" ? error.reason : error.detail;
    return { reason: error.reason, detail: `The goods are damaged here, or gone, and the shop refuses them: ${said}` };
  }
  if (error instanceof DownloadRefused || error instanceof Refusal)
    return { reason: error.reason, detail: error.message };
  const { code, message } = error as Error & { readonly code?: unknown };
  if (typeof code !== "string") throw error;
  return { reason: code, detail: message };
}
