/**
 * What the campaign holds against trustees: that whatever a buyer heard of one is in that one's own file, since the shop is to
 * read there what was opened; and that whoever asks again, also after a restart, gets the same bytes.
 */
import { join } from "node:path";
import { decode, type Hex } from "@counterfoil/base";
import { type Crypto, read } from "@counterfoil/crypto";
import { wireClient } from "@counterfoil/host";
import { purchaseKeys } from "@counterfoil/protocols/contract";
import {
  certificateIn,
  hashedSlip,
  orderIn,
  type Purchase,
  paymentOf,
  walletShapes,
} from "@counterfoil/protocols/exchange";
import {
  answerSchema,
  type DisputeFacts,
  oneAnswer,
  trusteeAnswer,
  trusteeShapes,
} from "@counterfoil/protocols/trustees";
import { allRows, askTrustee, readPurchases, readSeed, trusteeDoorAt, trusteeFolder } from "@counterfoil/sdk";
import { TRUSTEES, type TrusteeRole } from "./boundaries.ts";
import { numberOf } from "./house.ts";
import { reading } from "./ledger.ts";
import type { Market } from "./market.ts";

/** Of the newest purchase of a wallet. @param restarting whether nobody was killed, so that it has to be done now. */
export async function answersStand(
  crypto: Crypto,
  market: Market,
  wallet: string,
  restarting: boolean,
): Promise<readonly string[]> {
  const folder = join(market.folder, wallet, "wallet");
  const purchases = await reading(join(folder, "wallet.db"), walletShapes, readPurchases);
  const state = purchases?.at(-1)?.state;
  if (state?.phase !== "paid" || state.release.kind !== "answers") return [];
  const { purchase, logged, release } = state;
  if (logged === null) return ["a purchase that trustees have opened was never shown in the log"];
  const faults: string[] = [];
  const heard = heardOf(release.answers);
  for (const [trustee, bytes] of heard) {
    const kept = await keptBy(market, trustee, purchase.tid);
    if (kept === null) faults.push(`one-answer: ${trustee} has answered ${purchase.tid} and knows nothing of it`);
    else if (!same(kept, bytes)) faults.push(`one-answer: what ${trustee} has in its file is not what it answered`);
  }
  const facts = factsOf(crypto, readSeed(folder) as Uint8Array, purchase, logged);
  for (const [trustee, url] of market.trusteeUrls) {
    if (restarting) await market.restart(trustee);
    const again = await answerOf(crypto, url, facts);
    const twice = await answerOf(crypto, url, facts);
    if (again === null || twice === null) {
      faults.push(`${trustee} does not answer ${purchase.tid} again`);
      continue;
    }
    const first = heard.get(trustee) ?? again;
    if (!same(first, again) || !same(again, twice)) faults.push(`${trustee} answers with other bytes than before`);
    const refuted = oneAnswer.refute({ answers: [first, again, twice] });
    if (refuted !== null) faults.push(`one-answer: ${refuted}`);
  }
  return faults;
}

function heardOf(answers: readonly Uint8Array[]): ReadonlyMap<TrusteeRole, Uint8Array> {
  return new Map(
    answers.map((reply) => {
      const heard = decode(trusteeAnswer, reply);
      const answer = heard.ok && heard.value.kind === "answered" ? heard.value.answer : reply;
      const said = read(answerSchema, answer);
      if (!said.ok) throw new Error("a wallet keeps only answers");
      return [TRUSTEES[said.value.value.index - 1] as TrusteeRole, answer];
    }),
  );
}

async function keptBy({ folder }: Market, trustee: TrusteeRole, tid: Hex): Promise<Uint8Array | null> {
  const path = join(trusteeFolder(folder, numberOf(trustee)), "trustee.db");
  const rows = await reading(path, trusteeShapes, (store) => allRows<{ answer: Uint8Array }>(store, "answered_case"));
  return rows?.find(([id]) => id === tid)?.[1].answer ?? null;
}

function factsOf(crypto: Crypto, seed: Uint8Array, purchase: Purchase, logged: Uint8Array): DisputeFacts {
  const { tid, certificate } = purchase;
  const { order, slip } = paymentOf(purchase);
  const { group } = certificateIn(purchase);
  const { slipHash } = hashedSlip(crypto, purchase);
  const keys = purchaseKeys(crypto, seed, orderIn(purchase).nonce);
  return { certificate, order, slip, slipHash, tid, group, entitlement: { kind: "paid", logged }, keys };
}

async function answerOf(crypto: Crypto, url: string, facts: DisputeFacts): Promise<Uint8Array | null> {
  const client = wireClient(url);
  try {
    const word = await askTrustee(crypto, await trusteeDoorAt(client), facts);
    return word.kind === "answered" ? word.answer : null;
  } finally {
    client.close();
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b);
}
