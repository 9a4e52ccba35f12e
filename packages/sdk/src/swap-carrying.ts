/** How a party of a swap reaches the other and the trustees, and where what it gets is kept and put. */
import { join, resolve } from "node:path";
import type { Hex } from "@counterfoil/base";
import { read } from "@counterfoil/crypto";
import { Unreachable } from "@counterfoil/host";
import type { Send } from "@counterfoil/protocols";
import { certificateSchema } from "@counterfoil/protocols/contract";
import {
  contractOf,
  type GivingState,
  type ShopConfig,
  type SwapConfig,
  type SwapRow,
  type TakingState,
} from "@counterfoil/protocols/exchange";
import { fetchGoods } from "./delivery.ts";
import { writeDurably } from "./folder.ts";
import { goodsPath, goodsRoomIn, openGoods } from "./goods-folder.ts";
import { newIdentity, type Transport } from "./transport.ts";
import { trusteeUrl } from "./trustee-lines.ts";

export function swapConfig({ crypto, key, seed }: ShopConfig): SwapConfig {
  return { crypto, key, seed };
}

/** The encrypted goods of others, until they are opened. */
export function swapGoodsFolder(folder: string): string {
  return join(folder, "swapped");
}

/** Each hears from an identity of its own. */
export async function carrySwap(transport: Transport, send: Send, row: SwapRow): Promise<Uint8Array> {
  const url = send.to === "counterpart" ? row.counterpart_url : trusteeUrl(row.trustee_urls, send.to);
  if (url === null) throw new Unreachable("NO_ADDRESS", false);
  const client = transport.client(url, newIdentity());
  try {
    return await client.post(send.bytes);
  } finally {
    client.close();
  }
}

/** The other's goods, every piece checked, before anything is committed to. */
export async function fetchTheirs(
  transport: Transport,
  folder: string,
  from: { readonly url: string; readonly fileHash: Hex; readonly certificate: Uint8Array },
): Promise<void> {
  const certificate = read(certificateSchema, from.certificate);
  if (!certificate.ok) throw new Error("a checked certificate does not decode");
  const client = transport.client(from.url, newIdentity());
  try {
    await fetchGoods(client, goodsRoomIn(swapGoodsFolder(folder)), from.fileHash, certificate.value.value);
  } finally {
    client.close();
  }
}

type Had = Extract<GivingState | TakingState, { phase: "had" }>;

/** Puts what was had in its place: opened goods, or the file that proves both signatures. @returns why not, if so. */
export async function putInPlace(config: SwapConfig, folder: string, row: SwapRow, state: Had): Promise<string | null> {
  const outPath = resolve(row.out_path);
  if (row.file_hash === null) {
    const contract = contractOf(config, state);
    if (contract === null) throw new Error("a signature is exchanged for a signature on the same text");
    writeDurably(outPath, contract, "swap");
    return null;
  }
  const opened = read(certificateSchema, state.swap.theirs.certificate);
  if (!opened.ok) throw new Error("a swap's own certificate does not decode");
  const path = goodsPath(swapGoodsFolder(folder), row.file_hash);
  const result = await openGoods(config.crypto, opened.value.value, state.secret, path, outPath);
  return result.ok ? null : result.reason;
}
