/** What a certifier's rows hold under any order of events, and that each claim about them can fail. */
import { DAY_MS } from "@counterfoil/base";
import { H, open, portableCrypto, sign } from "@counterfoil/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certificateSchema } from "../contract/index.ts";
import { merchantOf, NOW, openDesk, registrationOf } from "./certifier.fixture.ts";
import { certificateOf } from "./registration.ts";
import type { CertifierConfig } from "./rows.ts";

const crypto = await portableCrypto();
const SHOP = merchantOf("a shop", crypto);
const OTHER = merchantOf("another shop", crypto);
const opened = (changes: Partial<CertifierConfig> = {}) => openDesk(crypto, SHOP, new Set(), changes);

test("whatever shops, the door and the operator do in whatever order, the claims hold", () => {
  const world = opened({ looks: "person" });
  const products = Array.from({ length: 6 }, (_, i) => {
    const merchant = i % 2 === 0 ? SHOP : OTHER;
    const lie = i === 5 ? { root: H(crypto, "a lie") } : {};
    return { merchant, told: registrationOf(world.config, merchant, `product ${i}`, {}, lie) };
  }).map((each) => ({ ...each, application: world.applicationOf(each.told, each.merchant) }));
  const commands = fc.array(
    fc.record({ do: fc.constantFrom("ask", "check", "yes", "no", "wait", "strike"), which: fc.nat(5) }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(commands, (steps) => {
      const { desk, config, faults } = opened({ looks: "person" });
      let now = NOW;
      for (const step of steps) {
        const { application, told, merchant } = products[step.which] as (typeof products)[number];
        const { pid, applicationHash } = application;
        if (step.do === "ask") desk.decide({ kind: "register", application }, now);
        if (step.do === "check") {
          const made = certificateOf(config, application, told.rebuilt);
          const verdict = made.ok
            ? ({ kind: "good", certificate: made.value } as const)
            : ({ kind: "bad", reason: made.reason, words: "" } as const);
          const command = { kind: "checked", pid, applicationHash, verdict } as const;
          const { outcome } = desk.decide(command, now);
          expect(desk.decide(command, now)).toEqual({ writes: [], outcome });
        }
        if (step.do === "yes" || step.do === "no") {
          desk.decide({ kind: "review", pid, approved: step.do === "yes", words: "" }, now);
        }
        if (step.do === "wait") {
          now += DAY_MS;
          desk.decide({ kind: "give-up", pid }, now);
        }
        if (step.do === "strike" && step.which === 3) {
          desk.decide({ kind: "strike", merchant: merchant.publicKey, evidence: Uint8Array.of(1) }, now);
        }
        expect(faults()).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
});

describe("each claim is refuted by what it forbids", () => {
  function certified() {
    const world = opened();
    const told = registrationOf(world.config, SHOP, "book");
    world.ask(told);
    world.check(told);
    expect(world.faults()).toEqual([]);
    return world;
  }

  test("two products under one point", () => {
    const { desk, faults } = certified();
    const [place, row] = [...desk.rows].find(([at]) => at.startsWith("registration/")) as [string, never];
    desk.rows.set(`${place.slice(0, -1)}0`, row);
    desk.rows.set(`${place.slice(0, -1)}1`, row);
    expect(faults()[0]).toContain("share a point");
  });

  test("a certificate that somebody else signed, or whose registration was not approved", () => {
    const { desk, faults, config } = certified();
    const [place, row] = [...desk.rows].find(([at]) => at.startsWith("certificate/")) as [
      string,
      { certificate: Uint8Array },
    ];
    const own = open(crypto, certificateSchema, row.certificate, () => config.key.publicKey);
    if (!own.ok) throw new Error(own.reason);
    desk.rows.set(place, { ...row, certificate: sign(crypto, SHOP, certificateSchema, own.value.value) } as never);
    expect(faults()[0]).toContain("not signed");
    desk.rows.set(place, row as never);
    const [at, registration] = [...desk.rows].find(([each]) => each.startsWith("registration/")) as [string, object];
    desk.rows.set(at, { ...registration, phase: "refused" } as never);
    expect(faults()[0]).toContain("no approved registration");
  });

  test("an open registration that nobody counted", () => {
    const { config, ask, desk, faults } = opened();
    ask(registrationOf(config, SHOP, "book"));
    desk.rows.delete(`tally/${SHOP.publicKey}`);
    expect(faults()[0]).toContain("not counted");
  });
});
