/**
 * A dispute reveals one item to one buyer: every other item of that shop stays closed. One trustee fewer than the threshold
 * learns nothing, whoever is with it; as many as the threshold do, so that the check can fail. And each check is shown a
 * leak that it must find.
 */
import { decode, encode, type Hex } from "@counterfoil/base";
import { type Crypto, raw, tagOf } from "@counterfoil/crypto";
import { close } from "@counterfoil/lab";
import { offerBodySchema } from "@counterfoil/protocols/contract";
import { paymentMessage } from "@counterfoil/protocols/exchange";
import { newIdentity } from "@counterfoil/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { THRESHOLD, TRUSTEES } from "./house.ts";
import {
  heardByTrustees,
  type Opening,
  openingsOf,
  type Played,
  playOneItem,
  shownToBank,
  shownToTrustees,
  wrongOpenings,
} from "./one-item.ts";
import type { Server } from "./recording.ts";
import { OURS } from "./shops.ts";
import { goodsOf, must } from "./subjects.ts";
import { openWorld, type Person, type Plant } from "./world.ts";

const LONG_MS = 600_000;

let played: Played;
let openings: readonly Opening[];

beforeAll(async () => {
  played = await playOneItem(await openWorld());
  openings = await openingsOf(played);
}, LONG_MS);
afterAll(() => played.world.close(), LONG_MS);

describe("of every coalition of trustees, buyers, bank and listener", () => {
  test("each opens what it paid for, all with enough trustees, and nothing else", () => {
    expect(openings).toHaveLength(2 ** (TRUSTEES.length + 3) * 2 ** 3);
    expect(wrongOpenings(openings)).toEqual([]);
  });

  test("one trustee, the buyer who was answered, bank and listener open nothing else; two trustees open all", () => {
    const of = (members: string) => openings.find((each) => each.members === members)?.opens.map(([point]) => point);
    expect(THRESHOLD).toBe(2);
    expect(of("trustee 1 + log + bank + listener + dee")).toEqual([true, false, false]);
    expect(of("trustee 1 + log + bank + listener")).toEqual([false, false, false]);
    expect(of("trustee 1 + log + bank + listener + dee + lou")).toEqual([true, false, false]);
    expect(of("trustee 1 + trustee 3")).toEqual([true, true, true]);
  });

  test("the shop alone, its seed with what it keeps, and the certifier alone open all", async () => {
    for (const party of ["merchant", "certifier"] as const) {
      expect(wrongOpenings(await openingsOf(played, [party]))).toEqual([]);
      expect((await openingsOf(played, [party])).some(({ members }) => members === party)).toBe(true);
    }
    const { world } = played;
    const own = (parts: readonly Uint8Array[]) => [{ name: "a seed", parts, channel: null }];
    const pages = await world.published();
    for (const item of world.certified) {
      const row = (await world.shop.item(item.pid))?.row;
      const [, content] = await goodsOf(world, item);
      const knows = (...parts: Uint8Array[]) =>
        close(world.crypto, { documents: [...pages, ...own(parts)], boxes: [] }, OURS).holds(content);
      const registration = raw(row?.registration as Hex);
      expect([knows(world.shopSeed, registration), knows(world.shopSeed), knows(registration)]).toEqual([
        true,
        false,
        false,
      ]);
    }
  });
});

describe("what is said, and to whom", () => {
  test("an honest run costs no trustee a message", () => {
    expect(played.heardBefore).toEqual([]);
    const later = new Set(heardByTrustees(played.world).map(({ name }) => name));
    expect([...later].sort()).toEqual(TRUSTEES.map((index) => `dee → trustee ${index}: dispute-request/1`));
  });

  test("no trustee is shown goods, offers, coins or accounts", async () => {
    expect(await shownToTrustees(played)).toEqual([]);
  });

  test("the bank is shown neither A', D', certHash, pid, order, title nor v", async () => {
    expect(await shownToBank(played)).toEqual([]);
  });
});

describe("a leak that is planted shows:", () => {
  async function found(plant: Plant) {
    const bent = await playOneItem(await openWorld(plant));
    try {
      return {
        opened: wrongOpenings(await openingsOf(bent, ["trustee 1", "listener"])),
        trustees: await shownToTrustees(bent),
        bank: await shownToBank(bent),
        early: bent.heardBefore.length,
      };
    } finally {
      await bent.world.close();
    }
  }
  const nothing = { opened: [], trustees: [], bank: [], early: 0 };

  test("a buyer that sends the offer body with its dispute", { timeout: LONG_MS }, async () => {
    const leaks = await found({ more: async (who, to) => (to.startsWith("trustee") ? await offersOf(who) : []) });
    expect(leaks).toEqual({ ...nothing, trustees: ["an offer body"] });
  });

  test("a wallet that tells trustees of every order", { timeout: LONG_MS }, async () => {
    const leaks = await found({ more: copyToTrustee });
    expect(leaks.early).toBeGreaterThan(0);
    expect(leaks.opened).toEqual([]);
  });

  test("a shop that shows its bank the order, and so certHash", { timeout: LONG_MS }, async () => {
    const leaks = await found({ endorsed: (payment) => [orderIn(payment)] });
    expect(leaks).toEqual({ ...nothing, bank: ["certHash, pid or file", "the order"] });
  });

  test("a trustee that sends its share", { timeout: LONG_MS }, async () => {
    const leaks = await found({ trustee: async (index, answer, share) => (index === 2 ? await share() : answer) });
    expect(leaks).toEqual({ ...nothing, opened: expect.anything() });
    expect(leaks.opened).toContain("trustee 1 + dee open item 2");
    expect(leaks.opened).toContain("trustee 1 + listener open item 3");
    expect(leaks.opened).not.toContain("trustee 1 open item 2");
  });

  test("one v for all of a shop's offers", { timeout: LONG_MS }, async () => {
    const leaks = await found({ crypto: (honest) => sameForAll(honest, "v") });
    expect(leaks).toEqual({ ...nothing, opened: expect.anything(), bank: ["v"] });
    expect(leaks.opened).toContain("lou open item 3");
    expect(leaks.opened).not.toContain("trustee 1 + listener open item 3");
  });

  test("and one P or one a for all is certified for none but the first", { timeout: LONG_MS }, async () => {
    for (const of of ["goods point", "escrow scalar"]) {
      await expect(openWorld({ crypto: (honest) => sameForAll(honest, of) }), of).rejects.toThrow("not certified");
    }
  });
});

async function offersOf({ wallet }: Person): Promise<readonly Uint8Array[]> {
  return (await wallet.purchases()).flatMap(({ state }) => {
    if (state === null) return [];
    const { tid, sealed } = state.purchase;
    const proof = { challenge: tid, responses: [] };
    return [encode(offerBodySchema, { tid, commitment: tid, sealed, proof })];
  });
}

/** Every order goes to a trustee as well, just in case. */
async function copyToTrustee(
  { ports, visit }: Person,
  to: Server,
  message: Uint8Array,
): Promise<readonly Uint8Array[]> {
  if (to !== "shop" || tagOf(message) !== "order/1") return [];
  const url = visit.groups[0]?.urls.get(1) as string;
  const client = ports.transport.client(url, newIdentity());
  await client.post(message).catch(() => null);
  client.close();
  return [];
}

/** The order, as the payment carries it to the shop. */
function orderIn(payment: Uint8Array): Uint8Array {
  return must(decode(paymentMessage, payment)).order;
}

/** What a shop derives under this label is a function of its seed and of nothing else. */
function sameForAll(honest: Crypto, of: string): Partial<Crypto> {
  return {
    hkdf: (hash, secret, salt, label, length) =>
      honest.hkdf(hash, secret, label === of ? new Uint8Array(0) : salt, label, length),
  };
}
