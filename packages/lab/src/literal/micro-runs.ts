/** MicroMint and MilliCent run once in outline, by the letters of micro.ts. */
import { assert, concat, sameBytes, toHex, utf8 } from "@counterfoil/base";
import { type Crypto, hmac } from "@counterfoil/crypto";
import type { LiteralRun, Means } from "../letters.ts";
import { counted, GOODS_LIMIT_BYTES, letter, packed, unpacked } from "./figure.ts";

/** Strings of one hash that are a coin. A mint of any size pays for itself with four. */
const WAYS = 4;
/** Bits of the hash that must agree. As many strings as there are hashes make some 150 coins of 8,192: enough to sell one. */
const HASH_BITS = 13;
const STRINGS = 1 << HASH_BITS;

export function micromint(crypto: Crypto): LiteralRun {
  return {
    id: "micromint",
    title: "MicroMint (outline)",
    source: "S2, introduction",
    goodsLimitBytes: GOODS_LIMIT_BYTES,
    *run(goods, means) {
      const month = means.random(16);
      const coins = mint(crypto, means, month);
      const [first] = coins;
      assert(first !== undefined, "a mint of so many strings makes a coin");
      const coin = packed(...first);
      yield letter(["0", "B", "U"], "coins, against money", { coins: packed(...coins.slice(0, 10).flat()), month });
      yield letter(["1", "U", "V"], "the coin: k strings of one hash", { coin });

      assert(isCoin(crypto, month, unpacked(coin, WAYS)), "the vendor takes nothing but a coin");
      yield letter(["2", "V", "U"], "the goods", { goods });
      yield letter(["3", "V", "B"], "the coin, at the end of the day", { coin });

      assert(isCoin(crypto, month, unpacked(coin, WAYS)), "the broker pays nothing but a coin");
      yield letter(["4", "B", "V"], "paid", { coin, answer: "paid" });
      return goods;
    },
  };
}

/** Strings thrown into as many bins as there are hashes: what meets in one bin, WAYS together, is a coin. */
function mint(crypto: Crypto, { random }: Means, month: Uint8Array): readonly (readonly Uint8Array[])[] {
  const bins = new Map<number, Uint8Array[]>();
  const prefix = random(8);
  for (let i = 0; i < STRINGS; i++) {
    const thrown = concat(prefix, counted(i));
    const at = binOf(crypto, month, thrown);
    bins.set(at, [...(bins.get(at) ?? []), thrown]);
  }
  return [...bins.values()].filter((bin) => bin.length >= WAYS).map((bin) => bin.slice(0, WAYS));
}

/** Strings that differ and hash alike. Anyone can see that without a key, and only who hashes by the million can make it pay. */
export function isCoin(crypto: Crypto, month: Uint8Array, strings: readonly Uint8Array[]): boolean {
  const bins = new Set(strings.map((each) => binOf(crypto, month, each)));
  return strings.length === WAYS && new Set(strings.map(toHex)).size === WAYS && bins.size === 1;
}

function binOf(crypto: Crypto, month: Uint8Array, string: Uint8Array): number {
  const [high, low] = crypto.sha256(concat(month, string));
  return (((high as number) << 8) | (low as number)) >>> (16 - HASH_BITS);
}

const [CUSTOMER, VENDOR, REQUEST] = ["customer 7", "vendor 3", "one file"];

/** The variant of its authors that is secure without encryption: requests are authenticated, the goods travel in the clear. */
export function millicent(crypto: Crypto): LiteralRun {
  const mac = hmac((bytes) => crypto.sha256(bytes), 64);
  const scripOf = (secret: Uint8Array, worth: string, id: Uint8Array) => {
    const body = packed(VENDOR, worth, id, CUSTOMER);
    return packed(body, mac(secret, body));
  };
  return {
    id: "millicent",
    title: "MilliCent (outline)",
    source: "S4, sidebar",
    goodsLimitBytes: GOODS_LIMIT_BYTES,
    *run(goods, { random }) {
      const [scripSecret, customerSecret] = [random(32), random(32)];
      const shared = mac(customerSecret, utf8(CUSTOMER));
      const scrip = scripOf(scripSecret, "2", random(16));
      yield letter(["0", "B", "U"], "scrip of V's worth 2, the customer's secret", { scrip, secret: shared });
      const request = mac(shared, packed(scrip, REQUEST));
      yield letter(["1", "U", "V"], "scrip worth 2, a request at 1, its MAC", {
        scrip,
        request: REQUEST,
        MAC: request,
      });

      const [body, certificate] = unpacked(scrip, 2) as [Uint8Array, Uint8Array];
      assert(crypto.equal(certificate, mac(scripSecret, body)), "the vendor takes nothing but its own scrip");
      const [, , , holder] = unpacked(body, 4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      assert(crypto.equal(request, mac(mac(customerSecret, holder), packed(scrip, REQUEST))), "its holder asks");
      // From here on the vendor refuses the number of this scrip.
      const change = scripOf(scripSecret, "1", random(16));
      const reply = mac(shared, packed(goods, change));
      yield letter(["2", "V", "U"], "the goods, scrip worth 1, their MAC", { goods, change, MAC: reply });
      assert(sameBytes(reply, mac(shared, packed(goods, change))), "the reply is the vendor's");
      return goods;
    },
  };
}
