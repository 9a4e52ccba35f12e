/** Trustees over their own servers, files and clock: the ceremony, disputes across a restart, and the end of a share. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS, decode, encode } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { nodeCrypto, openSqliteReadOnly, type Served, serve, type WireClient, wireClient } from "@counterfoil/host";
import {
  givenQuery,
  standingGroup,
  type TrusteeTables,
  trusteeAnswer,
  trusteeShapes,
} from "@counterfoil/protocols/trustees";
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Ports } from "./ports.ts";
import { allRows } from "./rows.ts";
import { silentSale } from "./trustee.fixture.ts";
import { type OpenTrustee, openTrustee, readTrustee, trusteeFolder } from "./trustee.ts";
import { trusteeApp } from "./trustee-app.ts";
import { askTrustees, fetchNotices, lookAtTrustee, trusteeDoorAt } from "./trustee-client.ts";
import { type ConvenedGroup, conveneGroup, type TrusteeDoor } from "./trustee-convene.ts";
import { startTrustees } from "./trustee-start.ts";

const START = 1_800_000_000_000;

let crypto: Crypto;
let folder: string;
let now = START;
const bugs: unknown[] = [];

beforeAll(async () => {
  crypto = await nodeCrypto();
});
beforeEach(() => {
  now = START;
  folder = mkdtempSync(join(tmpdir(), "counterfoil-trustee-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => expect(bugs).toEqual([]));

const ports = (): Ports => ({
  crypto,
  clock: () => now,
  onBug: (bug) => bugs.push(bug),
  onFatal: (failure) => bugs.push(failure),
});

interface Running {
  readonly trustee: OpenTrustee;
  readonly served: Served;
  readonly client: WireClient;
  stop(): Promise<void>;
}

async function run(number: number, takesPart = true): Promise<Running> {
  const trustee = await openTrustee(trusteeFolder(folder, number), ports(), { takesPart });
  const log = pino({ level: "silent" });
  const served = await serve({ host: "127.0.0.1", port: 0, roles: [trustee.role], app: trusteeApp(trustee), log });
  const client = wireClient(served.url);
  return {
    trustee,
    served,
    client,
    async stop() {
      client.close();
      await served.close();
      await trustee.close();
    },
  };
}

const runAll = (count: number) => Promise.all(Array.from({ length: count }, (_, at) => run(at + 1)));
const stopAll = (all: readonly Running[]) => Promise.all(all.map((each) => each.stop()));
const doorsOf = (all: readonly Running[]) => Promise.all(all.map(({ client }) => trusteeDoorAt(client)));
const TERMS = { threshold: 2, sellUntilMs: START + 365 * DAY_MS, claimWindowMs: 30 * DAY_MS };

function convene(doors: readonly TrusteeDoor[]): Promise<ConvenedGroup> {
  return conveneGroup(ports(), doors, TERMS);
}

/** A trustee that cannot be reached. */
function goneDoor(key: string): TrusteeDoor {
  return { key, name: "the one that is gone", post: () => Promise.reject(new Error("gone")) };
}

describe("trustees", () => {
  test("make a group over HTTP, show it, and open what a silent shop sold", async () => {
    const all = await runAll(3);
    const doors = await doorsOf(all);
    const rounds: number[] = [];
    const made = await conveneGroup(ports(), doors, TERMS, (round, _, heard) => rounds.push(round * 10 + heard));
    expect(rounds).toEqual([13, 23, 33, 43, 53, 63]);
    expect(made.leftOut).toEqual([]);
    expect(standingGroup(crypto, made.signed)?.id).toBe(made.id);
    const shown = await lookAtTrustee((all[1] as Running).client);
    expect(shown).toMatchObject({ key: made.group.trustees[1]?.key, takesPart: true, asked: 0, answered: 0 });
    expect(shown.groups).toMatchObject([
      { id: made.id, signed: Buffer.from(made.signed).toString("hex"), answered: 0 },
    ]);

    const sale = silentSale(crypto, { id: made.id, key: made.group.key }, now);
    const word = await askTrustees(crypto, made.group, doors.slice(0, 2), sale.facts);
    expect(word).toMatchObject({ point: sale.point, held: [1, 2], wrong: [] });
    const one = await askTrustees(crypto, made.group, [doors[2] as TrusteeDoor], sale.facts);
    expect(one).toMatchObject({ point: null, held: [3] });
    expect(await lookAtTrustee((all[0] as Running).client)).toMatchObject({ asked: 1, answered: 1 });
    const late = { ...sale.facts, entitlement: { kind: "paid", logged: sale.facts.slip } } as const;
    const refused = await askTrustees(crypto, made.group, doors, late);
    expect(refused.words.map((each) => each.kind === "refused" && each.reason)).toEqual(
      Array(3).fill("wrong-entitlement"),
    );

    const notices = await fetchNotices(crypto, sale.merchant, doors[0] as TrusteeDoor, now);
    expect(notices).toEqual([{ number: 1, tid: sale.facts.tid, answeredMs: now }]);
    const question = { group: made.id, slipHash: sale.facts.slipHash, notAfterMs: now };
    const given = await (all[0] as Running).client.post(encode(givenQuery, question));
    expect(decode(trusteeAnswer, given)).toEqual({ ok: true, value: { kind: "nothing" } });
    await stopAll(all);
  });

  test("answer the same bytes after a restart", async () => {
    let all = await runAll(3);
    const made = await convene(await doorsOf(all));
    const sale = silentSale(crypto, { id: made.id, key: made.group.key }, now);
    const first = await askTrustees(crypto, made.group, await doorsOf(all), sale.facts);
    await stopAll(all);
    now += DAY_MS;
    all = await runAll(3);
    const second = await askTrustees(crypto, made.group, await doorsOf(all), sale.facts);
    expect(second.words).toEqual(first.words);
    expect(second.point).toBe(sale.point);
    await stopAll(all);
    const report = await readTrustee(trusteeFolder(folder, 1));
    expect(report.cases).toEqual([{ tid: sale.facts.tid, group: made.id, answeredMs: START }]);
  });

  test("have nothing left of a share after the group's last day, in any file", async () => {
    const all = await runAll(3);
    const made = await convene(await doorsOf(all));
    await stopAll(all);
    const at = trusteeFolder(folder, 1);
    const store = openSqliteReadOnly(join(at, "trustee.db"), trusteeShapes);
    const [[, held]] = (await allRows<TrusteeTables["held_group"]>(store, "held_group")) as [
      readonly [string, TrusteeTables["held_group"]],
    ];
    await store.close();
    const share = Buffer.from(held.share as Uint8Array);
    const holders = () => readdirSync(at).filter((file) => readFileSync(join(at, file)).includes(share));
    expect(holders()).toEqual(["trustee.db"]);
    now = made.group.answerUntilMs + 1;
    const again = await run(1);
    await vi.waitFor(async () => {
      expect((await again.trustee.groups()).map(({ answers }) => answers)).toEqual([false]);
    });
    await again.trustee.hosted.drain();
    expect(holders()).toEqual([]);
    const sale = silentSale(crypto, { id: made.id, key: made.group.key }, made.group.answerUntilMs);
    const word = await askTrustees(crypto, made.group, await doorsOf([again]), sale.facts);
    expect(word.words).toEqual([{ kind: "refused", reason: "share-destroyed" }]);
    expect((await lookAtTrustee(again.client)).groups).toEqual([]);
    await again.stop();
  });
});

describe("a convener", () => {
  test("leaves out whoever is gone or takes no part, and says who", async () => {
    const all = [await run(1), await run(2), await run(3), await run(4, false)];
    const doors = await doorsOf(all);
    const made = await convene(doors);
    expect(made.leftOut).toEqual([(doors[3] as TrusteeDoor).name]);
    const gone = goneDoor("11".repeat(32));
    expect((await convene([gone, ...doors.slice(0, 3)])).leftOut).toEqual([gone.name]);
    await stopAll(all);
  });

  test("is told who is missing where there are too few, and where one does not confirm", async () => {
    const all = await runAll(3);
    const doors = await doorsOf(all);
    const gone = goneDoor("11".repeat(32));
    await expect(convene([gone, ...doors.slice(0, 2)])).rejects.toThrow("the one that is gone: silent");
    let posts = 0;
    const [first, ...others] = doors as [TrusteeDoor, ...TrusteeDoor[]];
    const forgetful = { ...first, post: (it: Uint8Array) => (++posts > 4 ? gone.post(it) : first.post(it)) };
    await expect(convene([forgetful, ...others])).rejects.toMatchObject({ reason: "not-confirmed" });
    await expect(conveneGroup(ports(), doors, { ...TERMS, threshold: 3 })).rejects.toMatchObject({
      reason: "wrong-terms",
    });
    expect((await convene(doors)).leftOut).toEqual([]);
    await stopAll(all);
  });
});

describe("trustees of one process", () => {
  test("make their group once, and find it when they start again", async () => {
    const first = await startTrustees(folder, 3, 2, ports());
    expect(standingGroup(crypto, first.group)?.id).toBe(first.groupId);
    expect(new Set(first.keys).size).toBe(3);
    await first.close();
    now += DAY_MS;
    const second = await startTrustees(folder, 3, 2, ports());
    expect(second.group).toEqual(first.group);
    await second.close();
    const other = await startTrustees(folder, 4, 2, ports());
    expect(other.groupId).not.toBe(first.groupId);
    await other.close();
    // A group that is about to end its sales is followed by another.
    now += 340 * DAY_MS;
    const later = await startTrustees(folder, 3, 2, ports());
    expect(later.groupId).not.toBe(first.groupId);
    expect((await later.trustees[0]?.groups())?.filter(({ answers }) => answers).length).toBe(3);
    await later.close();
  });
});
