/**
 * Three trustees, any two of whom open, and a certifier: the shipped roles, each on a server of its own, overheard from the
 * ceremony on.
 */
import { join } from "node:path";
import { DAY_MS, type Hex } from "@counterfoil/base";
import { type BoxKey, KDF, raw, tagOf } from "@counterfoil/crypto";
import { openSqliteReadOnly, serve, type WireRole } from "@counterfoil/host";
import { certifierShapes } from "@counterfoil/protocols/certifying";
import { type TrusteeGroup, type TrusteeTables, trusteeShapes } from "@counterfoil/protocols/trustees";
import {
  allRows,
  certificationBy,
  certifierAt,
  certifierDoor,
  certifyGoods,
  conveneGroup,
  marketApp,
  type NewItem,
  newIdentity,
  type OpenCertifier,
  type OpenShop,
  type OpenTrustee,
  openCertifier,
  openTrustee,
  type Ports,
  prepareListing,
  trusteeApp,
  trusteeDoorAt,
} from "@counterfoil/sdk";
import pino from "pino";
import type { Recorder, Server } from "./recording.ts";

export const THRESHOLD = 2;
export const TRUSTEES = [1, 2, 3] as const;

export interface House {
  readonly certifier: OpenCertifier;
  readonly certifierUrl: string;
  readonly trustees: readonly OpenTrustee[];
  readonly urls: readonly string[];
  readonly group: TrusteeGroup;
  readonly groupId: Hex;
  /** `SignedGroup`, encoded. */
  readonly signed: Uint8Array;
  /** By trustee: the keys of the ceremony, which a trustee that keeps what it should forget still has. */
  readonly ceremonyBoxes: readonly (readonly BoxKey[])[];
  /** How many exchanges were overheard when the group stood: what comes to a trustee later is about a sale. */
  readonly standingSince: number;
  /** y_i, as trustee i's row has it. */
  share(index: number): Promise<Uint8Array>;
  /** Has a shop's goods certified, over HTTP. */
  certified(shop: OpenShop, folder: string, item: NewItem): ReturnType<typeof certifyGoods>;
  look(): Promise<void>;
  close(): Promise<void>;
}

/** What a planted trustee says instead. */
export type BentTrustee = (index: number, answer: Uint8Array, share: () => Promise<Uint8Array>) => Promise<Uint8Array>;

export async function openHouse(
  folder: string,
  ports: Ports,
  recorder: Recorder,
  bend: BentTrustee = async (_, answer) => answer,
): Promise<House> {
  const { crypto, clock } = ports;
  const closing: (() => Promise<void> | void)[] = [];
  const databaseOf = (index: number) => join(folder, `trustee ${index}`, "trustee.db");
  const ceremonyBoxes = TRUSTEES.map(() => [] as BoxKey[]);
  const trustees: OpenTrustee[] = [];
  const urls: string[] = [];

  async function listen(
    role: WireRole,
    app: { fetch(request: Request): Response | Promise<Response> },
    as: Server,
    key: Hex,
  ) {
    const log = pino({ level: "silent" });
    const served = await serve({ host: "127.0.0.1", port: 0, roles: [role], app, log });
    closing.push(() => served.close());
    recorder.meet(served.url, as, key);
    return served.url;
  }

  async function share(index: number): Promise<Uint8Array> {
    for (const [, row] of await rowsAt(databaseOf(index), "held_group")) if (row.share !== null) return row.share;
    throw new Error("a trustee without a share");
  }

  /** After each of its words: a ceremony's secret is a row for as long as the ceremony lasts. */
  async function keep(index: number): Promise<void> {
    await recorder.look(`trustee ${index}`, databaseOf(index), trusteeShapes);
    for (const [id, { secret }] of await rowsAt(databaseOf(index), "ceremony")) {
      if (secret === null) continue;
      ceremonyBoxes[index - 1]?.push(crypto.boxKey(KDF(crypto, secret, "ceremony box", raw(id))));
    }
  }

  for (const index of TRUSTEES) {
    const trustee = await openTrustee(join(folder, `trustee ${index}`), ports);
    closing.push(() => trustee.close());
    const handle = async (message: Uint8Array) => {
      const answer = await trustee.role.handle(message);
      return tagOf(message) === "dispute-request/1" ? bend(index, answer, () => share(index)) : answer;
    };
    urls.push(await listen({ ...trustee.role, handle }, trusteeApp(trustee), `trustee ${index}`, trustee.key));
    trustees.push(trustee);
  }

  const convener = recorder.transport("convener");
  const clients = urls.map((url) => convener.client(url, newIdentity()));
  const doors = await Promise.all(clients.map((client) => trusteeDoorAt(client)));
  const overlooked = doors.map((door, at) => ({
    ...door,
    async post(message: Uint8Array) {
      const answer = await door.post(message);
      await keep(at + 1);
      return answer;
    },
  }));
  const terms = { threshold: THRESHOLD, sellUntilMs: clock() + 90 * DAY_MS, claimWindowMs: 7 * DAY_MS };
  const { signed, id: groupId, group } = await conveneGroup(ports, overlooked, terms);
  for (const client of clients) client.close();

  const served = { group: groupId, groupKey: group.key, sellUntilMs: group.sellUntilMs };
  const options = { name: "The overheard certifier", groups: [served], program: null, review: false };
  const certifier = await openCertifier(join(folder, "certifier"), options, ports);
  closing.push(() => certifier.close());
  const shown = { url: null, descriptor: certifier.descriptor };
  const pages = marketApp({ bank: null, shop: null, certifier: shown, bench: certifier });
  const certifierUrl = await listen(certifier.role, pages, "certifier", certifier.key);
  return {
    ...{ certifier, certifierUrl, trustees, urls, group, groupId, signed, ceremonyBoxes, share },
    standingSince: recorder.exchanges.length,
    async certified(shop, shopFolder, item) {
      const client = recorder.transport("shop").client(certifierUrl, newIdentity());
      try {
        const terms = await certifierAt(crypto, client);
        const by = certificationBy(crypto, terms, clock());
        const listing = await prepareListing(shopFolder, shop.config, item, undefined, by);
        return await certifyGoods(
          { folder: shopFolder, config: shop.config, clock },
          terms,
          listing,
          certifierDoor(client),
        );
      } finally {
        client.close();
      }
    },
    async look() {
      for (const index of TRUSTEES) await keep(index);
      await recorder.look("certifier", join(folder, "certifier", "certifier.db"), certifierShapes);
    },
    async close() {
      for (const close of closing.reverse()) await close();
    },
  };
}

async function rowsAt<T extends keyof TrusteeTables>(
  path: string,
  table: T,
): Promise<readonly (readonly [string, TrusteeTables[T]])[]> {
  const store = openSqliteReadOnly(path, trusteeShapes);
  try {
    return await allRows<TrusteeTables[T]>(store, table);
  } finally {
    await store.close();
  }
}
