/**
 * What must not be done with coins (P§7D "Bank", R11). Each forgery is tried twice: as things are, where it comes to
 * nothing; and with its one check taken out of the source, where it succeeds. So none fails for another reason than its own.
 */
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { bytes, integer, sealedAsCoin } from "./forgeries/chaum.ts";
import type { Forgery } from "./forgeries/forgery.ts";
import { FORGERIES } from "./forgeries/index.ts";
import { EXIT } from "./refusals/exit.ts";
import { inParallel, LANES, runWithout } from "./refusals/without.ts";

const MAIN = new URL("./forgeries/forgery-main.ts", import.meta.url);
const crypto = await portableCrypto();

describe("comes to nothing", () => {
  for (const { name, held, attempt } of FORGERIES) {
    test(name, async () => expect(await attempt(crypto)).toBe(held));
  }

  test("each has a name of its own", () => {
    expect(new Set(FORGERIES.map(({ name }) => name)).size).toBe(FORGERIES.length);
  });
});

describe("succeeds once its check is gone", () => {
  const ended = inParallel(LANES, FORGERIES, ({ name, without }) => runWithout(MAIN, name, without));
  FORGERIES.forEach(({ name, broken }, index) => {
    test(name, async () => {
      expect(await ended[index]).toEqual({ code: EXIT.accepted, said: `${broken}\n` });
    });
  });

  test("a process whose checks are all there holds", async () => {
    const [forgery] = FORGERIES as readonly [Forgery];
    expect(await runWithout(MAIN, forgery.name, [])).toMatchObject({ code: EXIT.refused });
  });
});

describe("signing keys never decrypt (R11)", () => {
  test("a sealed debit, blinded and signed by the mint, stays sealed: the box key is another key", () => {
    expect(sealedAsCoin(crypto, ({ at }, secret) => crypto.seal(at.config.box.publicKey, secret))).toBe(false);
  });

  test("sealed to the mint's own key it is opened, as in the paper", () => {
    const textbook = sealedAsCoin(crypto, (world, secret) =>
      crypto.rsaPublic(world.key().modulus, bytes(integer(secret.subarray(0, 250)))),
    );
    expect(textbook).toBe(true);
  });
});
