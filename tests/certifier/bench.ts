/** A certifier behind a real HTTP server, and a shop that has its goods certified there; no bank, since nobody pays. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS, MINUTE_MS, toHex } from "@counterfoil/base";
import { type Crypto, hashFile, PIECE_BYTES, post, sign, treeRoot, ZERO_HASH } from "@counterfoil/crypto";
import { leavesOf, nodeCrypto, type Served, serve, type WireClient, wireClient } from "@counterfoil/host";
import {
  type CertifierDescriptor,
  type Registration,
  registerRequest,
  type ServedGroup,
  sealRegistration,
} from "@counterfoil/protocols/certifying";
import { type Certificate, certificateSchema, goodsPointOf, makeEscrow } from "@counterfoil/protocols/contract";
import type { Listing } from "@counterfoil/protocols/exchange";
import {
  type CertifierDoor,
  type CertifierOptions,
  certificateOfListing,
  certificationBy,
  certifierAt,
  certifierDoor,
  certifyGoods,
  marketApp,
  newNonce,
  type OpenCertifier,
  type OpenShop,
  openCertifier,
  openShop,
  type Ports,
  prepareListing,
} from "@counterfoil/sdk";
import pino from "pino";

export interface Bench {
  readonly crypto: Crypto;
  readonly ports: Ports;
  readonly folder: string;
  readonly certifierFolder: string;
  certifier: OpenCertifier;
  readonly served: Served;
  readonly client: WireClient;
  readonly terms: CertifierDescriptor;
  readonly door: CertifierDoor;
  readonly shop: OpenShop;
  readonly shopFolder: string;
  readonly bugs: unknown[];
  /** The certifier's process ends and begins anew, at another address. */
  restart(changes?: Partial<CertifierOptions>): Promise<Bench>;
  advance(milliseconds: number): void;
  /** A file of the shop's, encrypted and described for this certifier. */
  prepare(content: Uint8Array | string, changes?: { title?: string; fileName?: string }): Promise<Listing>;
  certify(listing: Listing, door?: CertifierDoor): ReturnType<typeof certifyGoods>;
  /** The listing about other bytes under the same P, proved as well as can be. */
  about(listing: Listing, bytes: Uint8Array): Promise<Listing>;
  /** One message, word for word. */
  tell(told: Partial<Registration>, listing: Listing): Promise<Uint8Array>;
  fileOf(listing: Listing): string;
  close(): Promise<void>;
}

export const GROUP_WORD = "trustees of the bench";

export function groupOf(crypto: Crypto, word: string, sellUntilMs: number): ServedGroup {
  const uniform = crypto.sha512(new TextEncoder().encode(word));
  return { group: toHex(uniform.subarray(0, 32)), groupKey: toHex(crypto.group.fromUniform(uniform)), sellUntilMs };
}

export async function openBench(changes: Partial<CertifierOptions> = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-certifier-"));
  const bugs: unknown[] = [];
  let aheadMs = 0;
  const ports: Ports = {
    crypto: await nodeCrypto(),
    clock: () => Date.now() + aheadMs,
    onBug: (bug) => bugs.push(bug),
    onFatal: (failure) => bugs.push(failure),
  };
  const { crypto } = ports;
  const shopFolder = join(folder, "shop");
  const identity = { name: "A shop", bank: "aa".repeat(32), unit: "XTS" };
  const shop = await openShop(shopFolder, identity, () => Promise.reject(new Error("there is no bank")), ports);
  const groups = [groupOf(crypto, GROUP_WORD, ports.clock() + 100 * DAY_MS)];
  const options = { name: "A certifier", groups, program: null, review: false, ...changes };
  const certifierFolder = join(folder, "certifier");
  const shelf = { folder: shopFolder, config: shop.config, clock: ports.clock };

  async function at(with_: CertifierOptions): Promise<Bench> {
    const certifier = await openCertifier(certifierFolder, with_, ports);
    const shown = { url: null, descriptor: certifier.descriptor };
    const app = marketApp({ bank: null, shop: null, certifier: shown, bench: certifier });
    const log = pino({ level: "silent" });
    const served = await serve({ host: "127.0.0.1", port: 0, roles: [certifier.role], app, log });
    const client = wireClient(served.url);
    const terms = await certifierAt(crypto, client);
    const by = certificationBy(crypto, terms, ports.clock());
    const door = certifierDoor(client);
    const end = async () => {
      client.close();
      await served.close();
      await certifier.close();
    };
    const bench: Bench = {
      ...{ crypto, ports, folder, certifierFolder, certifier, served, client, terms, door, shop, shopFolder, bugs },
      advance(milliseconds) {
        aheadMs += milliseconds;
      },
      async restart(more = {}) {
        await end();
        return at({ ...with_, ...more });
      },
      async prepare(content, { title = "A thing", fileName = "thing.txt" } = {}) {
        const path = join(folder, fileName);
        writeFileSync(path, content);
        const shownAs = { path, title, description: "What it is.", delivery: "sale" as const };
        const item = { ...shownAs, priceMinor: 250n, floorMinor: null, stock: null };
        return prepareListing(shopFolder, shop.config, item, undefined, by);
      },
      certify: (listing, through = door) => certifyGoods(shelf, terms, listing, through),
      about: (listing, bytes) => aboutOther(bench, listing, bytes),
      tell: (told, listing) => tell(bench, told, listing),
      fileOf: (listing) => fileOf(bench, certificateOfListing(listing)),
      async close() {
        await end();
        await shop.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
    return bench;
  }
  return at(options);
}

function fileOf({ crypto, shopFolder }: Bench, certificate: Certificate): string {
  return join(shopFolder, "goods", `${hashFile(crypto, certificate)}.age`);
}

async function aboutOther(bench: Bench, listing: Listing, bytes: Uint8Array): Promise<Listing> {
  const { crypto, shop, folder } = bench;
  const path = join(folder, `other-${newNonce()}`);
  writeFileSync(path, bytes);
  const leaves = await leavesOf(path, PIECE_BYTES);
  const honest = certificateOfListing(listing);
  const { certifier, escrow: _, ...label } = { ...honest, root: treeRoot(crypto, leaves) };
  const escrow = makeEscrow(crypto, label, goodsPointOf(crypto, shop.config.seed, listing.registration));
  const certificate = { ...label, certifier, escrow };
  const file = fileOf(bench, certificate);
  writeFileSync(file, bytes);
  writeFileSync(file.replace(/age$/, "pieces"), leaves);
  return { ...listing, certificate: sign(crypto, shop.config.key, certificateSchema, certificate) };
}

async function tell(
  { crypto, shop, terms, client, ports }: Bench,
  told: Partial<Registration>,
  listing: Listing,
): Promise<Uint8Array> {
  const { registration, title, description, mediaType } = listing;
  const { point, scalar } = goodsPointOf(crypto, shop.config.seed, registration);
  const secrets = { point: toHex(point), scalar: toHex(scalar) };
  const certificate = certificateOfListing(listing);
  const all: Registration = { registration, ...secrets, title, description, mediaType, certificate, ...told };
  const notAfterMs = ports.clock() + MINUTE_MS;
  const envelope = { recipient: terms.certifier, session: toHex(randomBytes(32)), previous: ZERO_HASH, notAfterMs };
  const sealed = sealRegistration(crypto, terms.box, all);
  return client.post(post(crypto, shop.config.key, registerRequest, envelope, { sealed }));
}

/** Every file below a folder, with its bytes and its mode. */
export function filesIn(folder: string): { readonly path: string; readonly bytes: Buffer; readonly mode: number }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => {
      const path = join(each.parentPath, each.name);
      return { path, bytes: readFileSync(path), mode: statSync(path).mode & 0o777 };
    });
}
