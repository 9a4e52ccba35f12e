/** Which exchange carries a purchase, which log its contract names, and whose clock its times are on. */
import { encode, HOUR_MS, toHex } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { type LogDescriptor, logIdOf, logSchema } from "@counterfoil/protocols/log";
import { describe, expect, test } from "vitest";
import { chooseExchange } from "./exchanges.ts";
import { offsetOf } from "./log-clock.ts";
import type { LogJson } from "./log-json.ts";
import { logTimeOf } from "./log-time.ts";
import { Refusal } from "./refusal.ts";
import type { WalletPorts } from "./transport.ts";
import { commonLog, type KnownLog, type Visit } from "./visit.ts";

const crypto = await portableCrypto();
const NOW = 1_800_000_000_000;

function logNamed(origin: string): KnownLog & { readonly json: LogJson } {
  const key = crypto.signingKey(crypto.sha256(new TextEncoder().encode(origin))).publicKey;
  const descriptor: LogDescriptor = {
    ...{ key, origin, witnesses: [], quorum: 0 },
    ...{ time: "UTC", retentionMs: 0, mergeDelayMs: 0 },
  };
  const id = logIdOf(crypto, descriptor);
  const shown = { descriptor: toHex(encode(logSchema, descriptor)), origin, witnesses: [], quorum: 0 };
  const json = { id, ...shown, nowMs: NOW, size: 0, headMs: NOW };
  return { id, descriptor, url: `http://${origin}`, json };
}

const [one, two, three] = [logNamed("one"), logNamed("two"), logNamed("three")];

describe("the exchange of a purchase", () => {
  const chosen = (...args: Parameters<typeof chooseExchange>) => {
    try {
      return chooseExchange(...args).mode;
    } catch (error) {
      return error instanceof Refusal ? error.reason : error;
    }
  };

  test("is optimistic where trustees can open the goods and a log shows them the payment, and NetBill elsewhere", () => {
    expect(chosen("sale", true, true, null)).toBe("optimistic");
    expect(chosen("sale", true, false, null)).toBe("netbill");
    expect(chosen("sale", false, true, null)).toBe("netbill");
    expect(chosen("sale", false, false, null)).toBe("netbill");
    expect(chosen("given", true, true, "logged")).toBe("delivered");
  });

  test("is the one that was asked for, or none", () => {
    for (const wanted of ["optimistic", "logged"] as const) {
      expect(chosen("sale", true, true, wanted)).toBe(wanted);
      expect(chosen("sale", true, false, wanted)).toBe("no-log");
      expect(chosen("sale", false, true, wanted)).toBe("no-trustees");
    }
    expect(chosen("sale", false, false, "netbill")).toBe("netbill");
  });
});

test("the log of a contract is the first of the shop's that bank and wallet take", () => {
  const visited = (logs: readonly KnownLog[], endorsed: readonly KnownLog[]) =>
    ({ logs, bank: { terms: { logs: endorsed.map(({ id }) => id) } } }) as unknown as Visit;
  const own = (...logs: readonly KnownLog[]) => ({ certifiers: [], groups: [], logs: logs.map(({ id }) => id) });
  expect(commonLog(null, visited([one, two], [two, three]))?.id).toBe(two.id);
  expect(commonLog(null, visited([three, two], [two, three]))?.id).toBe(three.id);
  expect(commonLog(null, visited([one], [two]))).toBeNull();
  expect(commonLog(own(two), visited([three, two], [two, three]))?.id).toBe(two.id);
  expect(commonLog(own(one), visited([one], [two])), "the bank takes no contract that names it").toBeNull();
  expect(commonLog(own(), visited([two], [two]))).toBeNull();
});

describe("the time of a purchase", () => {
  const client = (json: unknown) => ({ baseUrl: one.url, getJson: async () => json }) as never;

  test("is the log's, however far our own clock is off", async () => {
    expect(await offsetOf(crypto, client(one.json), () => NOW - HOUR_MS)).toBe(HOUR_MS);
    expect(await offsetOf(crypto, client(one.json), () => NOW + HOUR_MS)).toBe(-HOUR_MS);
    expect(await offsetOf(crypto, client({ ...one.json, id: two.id }), () => NOW)).toBeNull();
    expect(await offsetOf(crypto, client({}), () => NOW)).toBeNull();
  });

  test("is asked for once in a while, and is our own where nobody answers", async () => {
    let [asked, now] = [0, NOW - HOUR_MS];
    const said = () => {
      asked += 1;
      return one.json;
    };
    const answering = { baseUrl: one.url, close: () => {}, getJson: async () => said() };
    const silent = { baseUrl: two.url, close: () => {}, getJson: () => Promise.reject(new Error("away")) };
    const transport = { open: 0, client: (url: string) => (url === one.url ? answering : silent) };
    const ports = { crypto, clock: () => now, transport } as unknown as WalletPorts;
    const time = await logTimeOf(one, ports);
    expect(time()).toBe(NOW);
    now += 1_000;
    expect([time(), (await logTimeOf(one, ports))(), asked]).toEqual([NOW + 1_000, NOW + 1_000, 1]);
    expect((await logTimeOf(two, ports))()).toBe(now);
    expect((await logTimeOf(null, ports))()).toBe(now);
    now += HOUR_MS;
    await logTimeOf(one, ports);
    expect(asked).toBe(2);
  });
});
