/**
 * Goods on their way to the buyer's disk: fetched and checked piece by piece before the payment, opened after it. What is
 * damaged here is fetched again; only a file that is exactly the certified one can accuse its seller.
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Hex, Result } from "@counterfoil/base";
import { type Crypto, pieceCount, raw } from "@counterfoil/crypto";
import {
  DownloadRefused,
  downloadLeaves,
  downloadPieces,
  Overloaded,
  openFile,
  type Progress,
  pieceVerifier,
  Refused,
  Unreachable,
  verifyFile,
  type WireClient,
} from "@counterfoil/host";
import type { Certificate } from "@counterfoil/protocols/contract";
import { certificateIn, type PurchaseRow, type PurchaseState, releaseMsOf } from "@counterfoil/protocols/exchange";
import { NO_MONEY_MOVED, Refusal } from "./folder.ts";
import { type GoodsSource, isMirrorUrl, mirrorSource, rememberedMirrors, rememberMirrors } from "./mirrors.ts";
import { identityOf, type WalletPorts } from "./transport.ts";
import type { KnownPurchase, OpenWallet } from "./wallet.ts";

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

export function goodsPath(folder: string, fileHash: string): string {
  return join(folder, `${fileHash}.age`);
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
  client: WireClient,
  folder: string,
  fileHash: string,
  certificate: Certificate,
  onFetch?: Progress,
  mirrors: Mirrors = NO_MIRRORS,
): Promise<void> {
  rememberMirrors(folder, fileHash, mirrors.urls);
  const failure = await fetchOr(() => fetchFrom(client, folder, fileHash, certificate, onFetch));
  if (failure === null) return;
  for (const url of mirrors.urls.filter(isMirrorUrl)) {
    const failed = await fetchOr(async () => {
      const mirror = mirrors.open(url);
      try {
        await fetchFrom(mirrorSource(mirror), folder, fileHash, certificate, onFetch);
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

async function fetchFrom(
  client: GoodsSource,
  folder: string,
  fileHash: string,
  certificate: Certificate,
  onFetch?: Progress,
): Promise<void> {
  const { fileBytes, pieceBytes, root } = certificate;
  const pieces = pieceCount(fileBytes, pieceBytes);
  // The hash of a single piece is the root itself: there is no list to fetch.
  const leaves = pieces === 1 ? raw(root) : await downloadLeaves(client, fileHash, pieces);
  const verifier = pieceVerifier(leaves, certificate);
  if (!verifier.ok) {
    const detail = `The list of pieces that was served is not the certified one (${verifier.reason}).`;
    throw new Refusal(verifier.reason, detail, NO_MONEY_MOVED, "Try again, or tell the shop.");
  }
  const { checkPiece } = verifier.value;
  const onProgress = onFetch && { onProgress: ({ bytes, ofBytes }: Bytes) => onFetch(bytes, ofBytes) };
  const targetPath = goodsPath(folder, fileHash);
  await downloadPieces({ client, fileHash, fileBytes, pieceBytes, targetPath, checkPiece, ...onProgress });
}

type Bytes = { readonly bytes: number; readonly ofBytes: number };

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
  const outPath = options.outPath === undefined ? row.out_path : resolve(options.outPath);
  try {
    const opened = await deliver(state, row, outPath, wallet, ports, options);
    if (opened.ok) {
      await wallet.hosted.submit({ kind: "delivered", id, outPath });
      return { kind: "delivered", id, row: { ...row, out_path: outPath }, state };
    }
    await wallet.hosted.submit({ kind: "faulty", id, fault: opened.reason });
    return { kind: "faulty", id, fault: opened.reason };
  } catch (error) {
    return { kind: "undelivered", id, ...obstacle(error) };
  }
}

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
  const path = goodsPath(wallet.goodsFolder, row.file_hash);
  const first = await openGoods(crypto, certificate, secret, path, outPath, onOpen).catch(missing);
  if (first.ok || first.reason === "wrong-key" || (await isCertified(path, certificate))) return first;
  const open = (url: string) => transport.client(url, identityOf(purchase));
  const client = open(row.market_url);
  const mirrors = { urls: rememberedMirrors(wallet.goodsFolder, row.file_hash), open };
  try {
    await fetchGoods(client, wallet.goodsFolder, row.file_hash, certificate, onFetch, mirrors);
  } finally {
    client.close();
  }
  return openGoods(crypto, certificate, secret, path, outPath, onOpen);
}

export async function openGoods(
  crypto: Crypto,
  certificate: Certificate,
  secret: Hex,
  filePath: string,
  outPath: string,
  onOpen?: Progress,
) {
  await mkdir(dirname(outPath), { recursive: true });
  const { pid, contentHash, contentBytes, keyCommitment: kc } = certificate;
  return openFile(crypto, filePath, outPath, { secret: raw(secret), pid, contentHash, contentBytes, kc }, onOpen);
}

async function isCertified(path: string, certificate: Certificate): Promise<boolean> {
  return existsSync(path) && (await verifyFile(path, certificate)).ok;
}

/** The encrypted file is gone: it can be fetched again. Any other trouble of the disk is the owner's to mend. */
function missing(error: NodeJS.ErrnoException & { path?: string }): { ok: false; reason: string } {
  if (error.code === "ENOENT" && error.path?.endsWith(".age") === true) return { ok: false, reason: "not-here" };
  throw error;
}

function obstacle(error: unknown): { reason: string; detail: string } {
  if (error instanceof Unreachable)
    return {
      reason: "unreachable",
      detail: `The goods are damaged here and the shop does not answer (${error.code}).`,
    };
  if (error instanceof DownloadRefused || error instanceof Refusal)
    return { reason: error.reason, detail: error.message };
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") throw error;
  return { reason: code, detail: message };
}
