/** The mint's files, as a kill left them. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Crypto } from "@counterfoil/crypto";
import { type CoinKeys, keyIdOf } from "@counterfoil/protocols/money";
import { newestEpoch, readMintList } from "@counterfoil/sdk";
import type { Market } from "./market.ts";
import { DENOMINATIONS } from "./planted.ts";

function folderOf({ folder }: Market): string {
  return join(folder, "bank", "bank");
}

function listOf(crypto: Crypto, market: Market): CoinKeys | undefined {
  return readMintList(crypto, folderOf(market), market.bankKey) ?? undefined;
}

export function newestEpochOf(crypto: Crypto, market: Market): number {
  return newestEpoch(listOf(crypto, market));
}

/** The newest list is the bank's own, every epoch on it is whole, and every key that it names can sign. */
export function* keyFaults(crypto: Crypto, market: Market, epoch: number): Generator<string> {
  const list = listOf(crypto, market);
  if (list === undefined) return yield "the list of keys is not the bank's";
  if (newestEpoch(list) !== epoch) yield `epoch ${newestEpoch(list)} is the newest where ${epoch} was to be`;
  if (list.keys.length !== (epoch + 1) * DENOMINATIONS) yield `${list.keys.length} keys are no ${epoch + 1} epochs`;
  for (const key of list.keys) {
    const name = `key ${key.denominationMinor} of epoch ${key.epoch}`;
    const path = join(folderOf(market), "keys", `${keyIdOf(crypto, key)}.pem`);
    if (!existsSync(path)) yield `${name} is on the list and not on disk`;
    else if (modulusIn(path) !== Buffer.from(key.modulus).toString("base64url")) yield `${name} is another on disk`;
  }
}

function modulusIn(path: string): string | undefined {
  return createPublicKey(createPrivateKey(readFileSync(path))).export({ format: "jwk" }).n;
}
