/** Any two digital items (S1 §1, §10): who is silent where, who lies how, and what each ends up with. */
import { decode, encode, HOUR_MS, type Instant, MINUTE_MS } from "@counterfoil/base";
import { type Crypto, portableCrypto, sign } from "@counterfoil/crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { openingOf } from "../contract/index.ts";
import { notGivenSchema, trusteeAnswer } from "../trustees/index.ts";
import { keyNamed, type Trustee } from "../trustees/trustees.fixture.ts";
import {
  begin,
  CLAIM_MS,
  giverIn,
  hasIn,
  NOT_AFTER,
  NOW,
  play,
  proposalIn,
  swapIn,
  takerIn,
  type Weather,
  type What,
  type World,
  worldOf,
  worldSeen,
} from "./swap.fixture.ts";
import { swapAtomic, swapTimely } from "./swap-claims.ts";
import { GIVING_TIME_MS, startGiving } from "./swap-giving.ts";
import { swapAnswer, swapGive, swapLook } from "./swap-messages.ts";
import { openingIn, slipHashIn } from "./swap-record.ts";

let crypto: Crypto;
beforeAll(async () => {
  crypto = await portableCrypto();
});

const OVER = NOT_AFTER + CLAIM_MS + 2 * HOUR_MS;

/** Up to the initiator's point of no return, and from there to the end. */
function run(world: World, weather: Weather = {}, until: Instant = OVER) {
  const swap = swapIn(world);
  begin(world, swap);
  play(world, NOW, until, weather);
  return swap;
}

function expectClaims(world: World, tid: string, honest = { giver: true, taker: true }) {
  const seen = worldSeen(world, tid, honest);
  expect(swapAtomic.refute(seen)).toBeNull();
  expect(swapTimely.refute(seen)).toBeNull();
}

const BOTH = { giver: true, taker: true };
const NEITHER = { giver: false, taker: false };

describe("a swap of two honest parties", () => {
  for (const whats of [
    ["goods", "goods"],
    ["signature", "signature"],
    ["goods", "signature"],
  ] as const satisfies readonly (readonly [What, What])[]) {
    test(`gives each the other's ${whats.join(" and ")}, and asks no trustee`, () => {
      const world = worldOf(crypto, whats);
      let asked = 0;
      const { tid } = run(world, { reached: () => ++asked < 0 });
      expect(hasIn(world, tid)).toEqual(BOTH);
      expect(asked).toBe(0);
      expectClaims(world, tid);
    });
  }

  test("goes on after a crash at every phase, from the rows alone", () => {
    for (const silent of [false, true]) {
      const world = worldOf(crypto);
      const { tid } = run(world, { crashes: true, responder: () => !silent });
      expect(hasIn(world, tid)).toEqual(BOTH);
      expectClaims(world, tid);
    }
  });
});

describe("a silent party", () => {
  test("that made no offer leaves nothing behind", () => {
    const world = worldOf(crypto);
    proposalIn(world);
    expect([...world.initiator.rows.keys(), ...world.responder.rows.keys()].filter((id) => !/rule/.test(id))).toEqual(
      [],
    );
  });

  test("the initiator, after the offer: both end with nothing once every trustee has said so", () => {
    const world = worldOf(crypto);
    const { tid } = swapIn(world);
    play(world, NOW, NOT_AFTER + HOUR_MS);
    expect(takerIn(world, tid)).toMatchObject({ phase: "ended", cause: "not-given" });
    expectClaims(world, tid);
  });

  test("the responder: trustees open its item, and keep for it the opening that was given", () => {
    for (const away of [0, 1, 2, 3]) {
      const world = worldOf(crypto);
      const { tid } = run(world, { responder: () => false, reached: (index) => index !== away });
      expect(giverIn(world, tid)).toMatchObject({ phase: "had", release: { kind: "answers" } });
      expect(hasIn(world, tid)).toEqual(BOTH);
      expectClaims(world, tid);
    }
  });

  test("the responder, for a while: it gets the opening when it is back, and trustees were asked in vain", () => {
    const world = worldOf(crypto);
    const { tid } = run(world, { responder: (now) => now > NOW + 20 * MINUTE_MS, reached: () => false });
    expect(giverIn(world, tid)).toMatchObject({ phase: "had", release: { kind: "opening" } });
    expect(hasIn(world, tid)).toEqual(BOTH);
  });

  test("the responder, having taken: trustees open its item", () => {
    const world = worldOf(crypto);
    const { tid } = run(world, { back: () => false });
    expect(giverIn(world, tid)).toMatchObject({ phase: "had", release: { kind: "answers" } });
    expect(hasIn(world, tid)).toEqual(BOTH);
    expectClaims(world, tid);
  });

  test("of five trustees any three do, when two are away for good", () => {
    const world = worldOf(crypto, ["signature", "goods"], 5, 3);
    const { tid } = run(world, { responder: () => false, reached: (index) => index !== 2 && index !== 5 });
    expect(hasIn(world, tid)).toEqual(BOTH);
    expectClaims(world, tid);
  });

  test("all trustees: both end when the window does, and a party that comes to itself makes good later", () => {
    const world = worldOf(crypto);
    const weather = { responder: () => false, reached: () => false };
    const swap = run(world, weather);
    expect(giverIn(world, swap.tid)?.phase).toBe("forfeited");
    expect(takerIn(world, swap.tid)).toMatchObject({ phase: "ended", cause: "over" });
    expectClaims(world, swap.tid);
    const give = encode(swapGive, { tid: swap.tid, opening: openingIn(world.a.config, swap) });
    const answer = world.responder.hear(give, OVER);
    const input = { kind: "counterpart", answer } as const;
    world.initiator.decide({ kind: "step", id: swap.tid, input }, OVER);
    expect(hasIn(world, swap.tid)).toEqual(BOTH);
  });
});

describe("the initiator's sleep", () => {
  test("it does not begin to give where too little time is left", () => {
    const world = worldOf(crypto);
    const swap = swapIn(world);
    const start = (now: Instant) => startGiving(world.a.config, swap, now).ok;
    expect(start(NOT_AFTER - GIVING_TIME_MS)).toBe(true);
    expect(start(NOT_AFTER - GIVING_TIME_MS + 1)).toBe(false);
  });

  test("through the end, before anything left: it gives nothing any more, and both have nothing", () => {
    const world = worldOf(crypto);
    const swap = swapIn(world);
    begin(world, swap);
    world.initiator.takeSends(); // the crash
    play(world, NOW, OVER, { asleepMs: { a: NOT_AFTER + MINUTE_MS } });
    expect(giverIn(world, swap.tid)?.phase).toBe("forfeited");
    expect(hasIn(world, swap.tid)).toEqual(NEITHER);
    expectClaims(world, swap.tid);
  });

  test("through the end, after the other has taken: it asks, and has it", () => {
    const world = worldOf(crypto);
    const { tid } = run(world, { back: (now) => now > NOT_AFTER, asleepMs: { a: NOT_AFTER + MINUTE_MS } });
    expect(hasIn(world, tid)).toEqual(BOTH);
    expectClaims(world, tid);
  });

  test("until shortly before the end: it asks everybody at once", () => {
    const world = worldOf(crypto);
    const { tid } = run(world, { responder: () => false, asleepMs: { a: NOT_AFTER - 10_000 } });
    expect(hasIn(world, tid)).toEqual(BOTH);
  });
});

describe("a lying initiator", () => {
  test("that gives garbage is answered with nothing", () => {
    const world = worldOf(crypto);
    const swap = swapIn(world);
    const garbage = openingOf(crypto, world.b.config.seed, swap.tid);
    const answer = world.responder.hear(encode(swapGive, { tid: swap.tid, opening: garbage }), NOW);
    expect(decode(swapAnswer, answer)).toMatchObject({ value: { kind: "declined", reason: "wrong-opening" } });
    const look = world.responder.hear(encode(swapLook, { tid: swap.tid }), NOW);
    expect(decode(swapAnswer, look)).toMatchObject({ value: { kind: "waiting" } });
    expect(takerIn(world, swap.tid)?.phase).toBe("bound");
  });

  test("that says nothing and has trustees answer gives the responder its item all the same", () => {
    for (const answering of [[1], [1, 2], [1, 2, 3]]) {
      const world = worldOf(crypto);
      const { tid } = run(world, {
        responder: () => false,
        reached: (index, by) => by === "b" || answering.includes(index),
      });
      expect(hasIn(world, tid)).toEqual({ giver: answering.length >= 2, taker: true });
      expectClaims(world, tid, { giver: false, taker: true });
    }
  });

  test("helped by one trustee that denies: the honest one that answered still knows", () => {
    const world = worldOf(crypto);
    const { tid, theirs } = swapIn(world);
    const swap = { tid, theirs };
    begin(world, swapIn(world));
    const lies: Weather = {
      responder: () => false,
      // It is answered by 1, which is honest, and by 3, which is not. 1 is then away for half a day.
      reached: (index, by, now) => (by === "a" ? index !== 2 : index !== 1 || now > NOT_AFTER + 12 * HOUR_MS),
      lie(index, by, truth) {
        if (index !== 3 || by === "a") return truth;
        return denialBy(world, 3, takerSlipHash(world, swap.tid));
      },
    };
    play(world, NOW, NOT_AFTER + HOUR_MS, lies);
    expect(takerIn(world, tid)).toMatchObject({ phase: "looking" });
    expect((takerIn(world, tid) as { denials: readonly unknown[] }).denials).toHaveLength(2);
    play(world, NOT_AFTER + HOUR_MS, OVER, lies);
    expect(hasIn(world, tid)).toEqual(BOTH);
    expectClaims(world, tid, { giver: false, taker: true });
  });

  test("at trustees whose clocks are behind: until they are there, they deny nothing", () => {
    const world = worldOf(crypto);
    const { tid } = run(
      world,
      {
        responder: () => false,
        asleepMs: { a: NOT_AFTER - MINUTE_MS },
        reached: (_, by, now) => by === "b" || now > NOT_AFTER + MINUTE_MS,
        behindMs: () => 2 * HOUR_MS,
      },
      OVER,
    );
    expect(hasIn(world, tid)).toEqual(BOTH);
    expectClaims(world, tid, { giver: false, taker: true });
  });
});

function takerSlipHash(world: World, tid: string) {
  return slipHashIn(crypto, (takerIn(world, tid) as NonNullable<ReturnType<typeof takerIn>>).swap.theirs.slip);
}

function denialBy(world: World, index: number, slipHash: string): Uint8Array {
  const { key } = (world.trustees[index - 1] as Trustee).config;
  const group = world.b.item.group;
  const body = { trustee: key.publicKey, group, slipHash, notAfterMs: NOT_AFTER };
  return encode(trusteeAnswer, { kind: "not-given", statement: sign(crypto, key, notGivenSchema, body) });
}

describe("a lying responder", () => {
  test("that answers with garbage is not believed: trustees open its item", () => {
    const world = worldOf(crypto);
    const swap = swapIn(world);
    begin(world, swap);
    world.initiator.takeSends();
    const garbage = openingOf(crypto, world.b.config.seed, slipHashIn(crypto, swap.mine.slip));
    const answer = encode(swapAnswer, { kind: "given", opening: garbage });
    world.initiator.decide({ kind: "step", id: swap.tid, input: { kind: "counterpart", answer } }, NOW);
    expect(giverIn(world, swap.tid)?.phase).toBe("giving");
    play(world, NOW, OVER, { responder: () => false });
    expect(hasIn(world, swap.tid).giver).toBe(true);
  });
});

describe("what a responder believes of trustees", () => {
  const looking = () => {
    const world = worldOf(crypto);
    const { tid } = swapIn(world);
    play(world, NOW, NOT_AFTER + 30_000, { reached: () => false });
    const hear = (answer: Uint8Array) => {
      world.responder.decide({ kind: "step", id: tid, input: { kind: "trustee", answer } }, NOT_AFTER + HOUR_MS);
      return takerIn(world, tid) as Extract<ReturnType<typeof takerIn>, { phase: "looking" }>;
    };
    return { world, tid, hear };
  };

  test("a denial counts once, of a member, about this slip and its end", () => {
    const { world, tid, hear } = looking();
    const slipHash = takerSlipHash(world, tid);
    expect(hear(denialBy(world, 1, slipHash)).denials).toHaveLength(1);
    expect(hear(denialBy(world, 1, slipHash)).denials).toHaveLength(1);
    expect(hear(denialBy(world, 2, "11".repeat(32))).denials).toHaveLength(1);
    const stranger = keyNamed(crypto, "stranger");
    const { group } = world.b.item;
    const about = { trustee: stranger.publicKey, group, slipHash, notAfterMs: NOT_AFTER };
    const say = (body: typeof about, key = stranger) =>
      hear(encode(trusteeAnswer, { kind: "not-given", statement: sign(crypto, key, notGivenSchema, body) }));
    expect(say(about).denials).toHaveLength(1);
    const member = (world.trustees[1] as Trustee).config.key;
    const its = { ...about, trustee: member.publicKey };
    expect(say(its).denials).toHaveLength(1);
    expect(say({ ...its, notAfterMs: NOT_AFTER - 1 }, member).denials).toHaveLength(1);
    expect(say({ ...its, group: "22".repeat(32) }, member).denials).toHaveLength(1);
    expect(say(its, member).denials).toHaveLength(2);
  });

  test("an opening that does not fit is none", () => {
    const { world, tid, hear } = looking();
    const opening = openingOf(crypto, world.b.config.seed, tid);
    expect(hear(encode(trusteeAnswer, { kind: "given", opening })).phase).toBe("looking");
  });

  test("a trustee denies nothing before the end, nothing that it was given, and after its denial takes nothing", () => {
    const world = worldOf(crypto);
    const swap = swapIn(world);
    begin(world, swap);
    play(world, NOW, NOW + 5 * MINUTE_MS, { responder: () => false, reached: (index) => index === 1 });
    const giver = giverIn(world, swap.tid) as Extract<ReturnType<typeof giverIn>, { phase: "resolving" }>;
    expect(giver).toMatchObject({ phase: "resolving" });
    expect(giver.answers).toHaveLength(1);
    play(world, NOT_AFTER + MINUTE_MS, NOT_AFTER + 5 * MINUTE_MS, { responder: () => false });
    // 2 and 3 are asked too late, and 1 alone opens nothing.
    expect(hasIn(world, swap.tid)).toEqual({ giver: false, taker: true });
    expect(
      world.trustees.map(({ desk }) => [...desk.rows.keys()].filter((id) => id.startsWith("given/")).length),
    ).toEqual([1, 0, 0]);
  });
});

describe("the claims see", () => {
  test("an item that only one has, and a machine that waits for ever", () => {
    const world = worldOf(crypto);
    const { tid } = swapIn(world);
    const seen = worldSeen(world, tid);
    expect(swapTimely.refute(seen)).toMatch(/responder still waits/);
    const one = { giver: true, taker: false };
    expect(swapAtomic.refute({ ...seen, has: one })).toMatch(/responder has nothing/);
    expect(swapAtomic.refute({ ...seen, has: { giver: false, taker: true } })).toMatch(/initiator has nothing/);
    expect(swapAtomic.refute({ ...seen, has: one, honest: { giver: true, taker: false } })).toBeNull();
  });
});
