/** One buyer of `anonymous.ts`: coins from an account, one of them exchanged, and goods for the six. */
import { decode, encode, type Hex, MINUTE_MS } from "@counterfoil/base";
import { openContent, pieceLeaf, raw, type SigningKey, sign, treeRoot } from "@counterfoil/crypto";
import { purchaseKeys } from "@counterfoil/protocols/contract";
import {
  askPrice,
  checkCertificate,
  checkOffer,
  type PurchaseRow,
  payFor,
  placeOrder,
  readQuote,
} from "@counterfoil/protocols/exchange";
import {
  bankAnswer,
  type Coin,
  type CoinKey,
  coinIdOf,
  coinKeysRequest,
  keyIdOf,
  refreshIdOf,
  refreshRequest,
  signDigest,
  withdrawIdOf,
  withdrawRequest,
  withdrawSchema,
} from "@counterfoil/protocols/money";
import {
  blindCoins,
  type CoinRow,
  checkKeys,
  exactly,
  openKeys,
  type Place,
  pathSchema,
  signingKeyOf,
  unblindCoin,
} from "@counterfoil/protocols/purse";
import { bytesOf, newNonce, type OpenWallet, type Ports, trustedAt, type Visit } from "@counterfoil/sdk";

const COINS = 6;
const PATIENCE_MS = MINUTE_MS;

/** @returns one whole purchase; each payer in turn. */
export async function anonymousBuyer(
  own: Ports,
  market: Visit,
  wallet: OpenWallet,
  payers: readonly SigningKey[],
): Promise<() => Promise<void>> {
  const purse = await purseAt(own, market, wallet.seed);
  const shelf = await shelfAt(own, market, wallet);
  let turn = 0;
  return async () => {
    const account = payers[turn++ % payers.length] as SigningKey;
    const coins = await purse.withdraw(account, shelf.priceMinor);
    if (coins.length !== COINS) throw new Error(`the price takes ${coins.length} coins`);
    const [smallest, ...others] = coins.sort((a, b) => (a.amount < b.amount ? -1 : 1)) as [CoinRow, ...CoinRow[]];
    await shelf.buy([await purse.refresh(smallest), ...others]);
  };
}

/** As a purse does it, each coin from a place of its own, but with the coins in memory. */
async function purseAt({ crypto, clock }: Ports, market: Visit, seed: Uint8Array) {
  const { client, terms } = market.bank;
  const { bank } = terms;
  const keys = await openKeysOf();
  let place = 0;

  async function openKeysOf(): Promise<ReadonlyMap<bigint, CoinKey>> {
    const answer = decode(bankAnswer, await client.post(encode(coinKeysRequest, { bank })));
    if (!answer.ok || answer.value.kind !== "coin-keys") throw new Error("the bank has no coin keys");
    const checked = must(checkKeys(crypto, bank, answer.value.list, null, clock()));
    return openKeys(checked.list, clock());
  }

  function blinded(plan: readonly bigint[], stream: "withdraw" | "refresh") {
    const places = plan.map((denomination): Place => {
      const key = keys.get(denomination) as CoinKey;
      return { key, path: { device: 0, stream, keyId: keyIdOf(crypto, key), place: place++ } };
    });
    const made = blindCoins(crypto, seed, places);
    if (made === null) throw new Error("a value did not blind");
    return made;
  }

  /** Posts the request and makes coins of what the bank has signed. */
  async function issued(id: Hex, request: Uint8Array, made: ReturnType<typeof blinded>): Promise<CoinRow[]> {
    const answer = decode(bankAnswer, await client.post(request));
    if (!answer.ok || answer.value.kind !== "issued") throw new Error("the bank issued nothing");
    const { request: of, signatures } = answer.value;
    if (of !== id) throw new Error("the bank answered something else");
    return made.map((each, i) => {
      const coin = unblindCoin(crypto, each, signatures[i] as Uint8Array);
      if (coin === null) throw new Error("the bank signed wrongly");
      return rowOf(coin, each.place);
    });
  }

  function rowOf(coin: Coin, { path, key }: Place): CoinRow {
    return {
      bank,
      key_id: coin.keyId,
      amount: key.denominationMinor,
      epoch: key.epoch,
      state: "available",
      path: encode(pathSchema, path),
      secret: null,
      public_key: coin.publicKey,
      prefix: coin.prefix,
      signature: coin.signature,
      about: null,
      deposit_until_ms: key.depositUntilMs,
      wake_ms: null,
      time_ms: clock(),
    };
  }

  return {
    async withdraw(account: SigningKey, amountMinor: bigint): Promise<CoinRow[]> {
      const made = blinded(exactly(amountMinor, amountMinor), "withdraw");
      const outputs = made.map(({ output }) => output);
      const withdraw = { bank, account: account.publicKey, notAfterMs: clock() + MINUTE_MS, outputs };
      const signed = sign(crypto, account, withdrawSchema, withdraw);
      const id = withdrawIdOf(crypto, encode(withdrawSchema, withdraw));
      return issued(id, encode(withdrawRequest, { withdraw: signed }), made);
    },
    /** Into another of the same worth. */
    async refresh(row: CoinRow): Promise<CoinRow> {
      const coin = { keyId: row.key_id, publicKey: row.public_key, prefix: row.prefix, signature: row.signature };
      const made = blinded([row.amount], "refresh");
      const outputs = made.map(({ output }) => output);
      const refresh = { bank, inputs: [coinIdOf(crypto, coin)], outputs, deposit: null };
      const id = refreshIdOf(crypto, refresh);
      const coins = [{ coin, statement: signDigest(crypto, signingKeyOf(crypto, seed, row), id) }];
      const [fresh] = await issued(id, encode(refreshRequest, { refresh, coins }), made);
      return fresh as CoinRow;
    },
  };
}

/** The market's one item. Its certificate, and with it the proof of its registration, is checked once. */
async function shelfAt({ crypto, clock }: Ports, market: Visit, wallet: OpenWallet) {
  const [item] = await market.items();
  if (item === undefined || market.shop === null) throw new Error("the bench shop is empty");
  const { merchant } = market.shop;
  const { bank, unit } = market.bank.terms;
  const shown = { ...item, merchant };
  const trusted = trustedAt(crypto, wallet.trust, market);
  const checked = must(checkCertificate(crypto, bytesOf(item.certificate), shown, trusted));
  const { certificate, certHash, group } = checked;
  if (group === null) throw new Error("no trustees stand behind the goods");
  const { pid } = certificate;
  const sold = { certificate: bytesOf(item.certificate), group };

  /** Every purchase fetches its goods and checks them against the certificate's root, as if it were the first. */
  async function fetchFile(): Promise<Uint8Array> {
    const file = new Uint8Array(certificate.fileBytes);
    let at = 0;
    await market.client.download(`/goods/${item?.fileHash}`, (chunk) => {
      file.set(chunk, at);
      at += chunk.length;
    });
    if (treeRoot(crypto, pieceLeaf(crypto, file)) !== certificate.root) throw new Error("corrupted goods");
    return file;
  }

  async function buy(coins: readonly CoinRow[]): Promise<void> {
    const nonce = newNonce();
    const keys = purchaseKeys(crypto, wallet.seed, nonce);
    const now = clock();
    const session = newNonce();
    const asked = { merchant, pid, session, notAfterMs: now + MINUTE_MS, bidMinor: null, pseudonym: null };
    const request = askPrice(crypto, keys, asked);
    const quote = must(readQuote(crypto, keys, asked, request, await market.client.post(request), now));
    const { priceMinor } = quote.terms;
    const agreed = {
      mode: "optimistic",
      bank,
      merchant,
      certHash,
      priceMinor,
      unit,
      inReturn: null,
      log: null,
      part: null,
      nonce,
    } as const;
    const placed = placeOrder(crypto, keys, pid, { ...agreed, notAfterMs: now + 10 * MINUTE_MS }, quote.signed);
    const offer = must(checkOffer(crypto, keys, placed.order, checked, await market.client.post(placed.message)));
    const file = await fetchFile();
    const payer = { kind: "coins", seed: wallet.seed, coins } as const;
    const purchase = payFor(crypto, keys, pid, placed, offer, sold, payer, now);
    const state = await wallet.buy(purchase, rowOf(priceMinor, now), null, PATIENCE_MS);
    if (state.phase !== "paid") throw new Error(`a purchase ${state.phase}`);
    must(openContent(crypto, { secret: raw(state.secret), pid }, certificate, file));
  }

  const rowOf = (price: bigint, now: number): PurchaseRow => ({
    title: item.title,
    merchant,
    market_url: market.url,
    bank_url: market.url,
    price,
    unit,
    delivery: item.delivery,
    file_hash: item.fileHash,
    trustees: "",
    log_url: null,
    out_path: "",
    started_ms: now,
    delivered: false,
    fault: null,
  });

  return { priceMinor: BigInt(item.priceMinor), buy };
}

function must<T>(result: { ok: true; value: T } | { ok: false; reason: string }): T {
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}
