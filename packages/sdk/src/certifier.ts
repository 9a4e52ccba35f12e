/** A certifier as a program runs it: registrations and catalogue over a durable store, uploads and checks as files. */
import { join } from "node:path";
import { encode, type Hex, HOUR_MS, type Instant, SECOND_MS } from "@counterfoil/base";
import { type Crypto, KDF, type SigningKey, sign, tagOf } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite, type WireRole } from "@counterfoil/host";
import type { Store } from "@counterfoil/protocols";
import {
  type Application,
  CERTIFIER_TAGS,
  type CertificateRow,
  type CertifierCommand,
  type CertifierConfig,
  type CertifierOutcome,
  type CertifierTables,
  certifier,
  certifierAnswer,
  certifierDescriptorSchema,
  certifierShapes,
  type Looks,
  type RegistrationRow,
  type ServedGroup,
  STRIKES_PAGE,
  type StrikeRow,
  struckPage,
} from "@counterfoil/protocols/certifying";
import { noTrustees } from "@counterfoil/protocols/contract";
import { ACCUSE_TAG } from "@counterfoil/protocols/exchange";
import { hearAccusation } from "./accuse-door.ts";
import { type Inspector, openInspector } from "./certifier-check.ts";
import { type Awaited, type CertifierUploads, openCertifierUploads } from "./certifier-uploads.ts";
import { makeFolder, seedIn } from "./folder.ts";
import { atMost } from "./patience.ts";
import type { Ports } from "./ports.ts";
import { admitted } from "./role.ts";

export interface CertifierOptions {
  readonly name: string;
  /** Whose goods it certifies; none for goods that no trustee can open, which is enough for NetBill. */
  readonly groups: readonly ServedGroup[];
  /** A program that looks at the content of every registration; null for none. */
  readonly program: string | null;
  /** Whether a person looks as well: registrations then wait for `review`. */
  readonly review: boolean;
  /** One sentence, in place of what the other options say. */
  readonly policy?: string;
  readonly contentLimitBytes?: number;
}

export interface OpenCertifier {
  readonly key: Hex;
  readonly config: CertifierConfig;
  /** [“certifier/1”, …]certifier. */
  readonly descriptor: Uint8Array;
  readonly role: WireRole;
  readonly hosted: Hosted<CertifierCommand, CertifierOutcome>;
  readonly uploads: CertifierUploads;
  /** The file that a registration waits for; null where none does. */
  awaited(pid: Hex): Promise<Awaited | null>;
  /** A page of certificates whose merchants were not struck, and where the next begins. */
  certificates(after: Hex | null, limit: number): Promise<CataloguePage>;
  certificate(certHash: Hex): Promise<CertificateRow | null>;
  /** [“struck/1”, …]certifier. */
  struck(after: Hex | null): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface CataloguePage {
  readonly certificates: readonly (readonly [Hex, CertificateRow])[];
  readonly next: Hex | null;
}

/**
 * The longest content: it is opened and made again in some seconds, and the 64 that may be open at once, with two more copies of
 * each that is being checked, fit on a disk of 20 GiB.
 */
const CONTENT_LIMIT_BYTES = 256 * 1024 * 1024;
const OPEN_LIMIT = 64;
/** A shop that fills its shelf sends one after another. */
const OPEN_PER_MERCHANT = 8;
/** The longest content over a line of 25 kB/s takes three hours; a day also bridges a night. */
const AWAIT_MS = 24 * HOUR_MS;
const REFUSED_KEPT_MS = 30 * 24 * HOUR_MS;
/** A question waits so long for the check before it hears "checking": less than a client waits for an answer. */
const CHECK_WAIT_MS = 5 * SECOND_MS;
const NEVER_MS = Date.UTC(9999, 0);
const NO_CONTEXT = new Uint8Array(0);

export function certifierConfig(crypto: Crypto, seed: Uint8Array, options: CertifierOptions): CertifierConfig {
  return {
    crypto,
    key: certifierKey(crypto, seed),
    box: crypto.boxKey(KDF(crypto, seed, "certifier box key", NO_CONTEXT)),
    groups: options.groups.length > 0 ? options.groups : [{ ...noTrustees(crypto), sellUntilMs: NEVER_MS }],
    looks: looksOf(options),
    contentLimitBytes: options.contentLimitBytes ?? CONTENT_LIMIT_BYTES,
    openPerMerchant: OPEN_PER_MERCHANT,
    openLimit: OPEN_LIMIT,
    awaitMs: AWAIT_MS,
    refusedKeptMs: REFUSED_KEPT_MS,
  };
}

export function certifierKey(crypto: Crypto, seed: Uint8Array): SigningKey {
  return crypto.signingKey(KDF(crypto, seed, "certifier signing key", NO_CONTEXT));
}

function looksOf({ program, review }: CertifierOptions): Looks {
  if (review) return "person";
  return program === null ? "nobody" : "program";
}

export async function openCertifier(folder: string, options: CertifierOptions, ports: Ports): Promise<OpenCertifier> {
  const config = certifierConfig(ports.crypto, seedIn(makeFolder(folder)), options);
  const store = openSqlite(join(folder, "certifier.db"), certifierShapes);
  const hosted = await hostAuthority<CertifierTables, CertifierCommand, CertifierOutcome>(certifier(config), store, {
    name: "certifier",
    clock: ports.clock,
    deliver: () => {},
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });
  const uploads = openCertifierUploads(join(folder, "uploads"));
  const inspector = openInspector(folder, config, options.program);
  const find = registrationsIn(store);
  const inPhase = (phase: string) => async (pid: Hex) => (await find(pid))?.phase === phase;
  await uploads.sweep(inPhase("awaiting"));
  await inspector.sweep(inPhase("pending"));
  const door = certifierDoor({
    config,
    hosted,
    uploads,
    inspector,
    onBug: ports.onBug,
    isAwaiting: inPhase("awaiting"),
  });
  return {
    key: config.key.publicKey,
    config,
    descriptor: describe(config, options),
    role: door.role,
    hosted,
    uploads,
    async awaited(pid) {
      const row = await find(pid);
      if (row?.phase !== "awaiting") return null;
      return { pid, fileBytes: row.file_bytes, pieceBytes: row.piece_bytes, root: row.root };
    },
    ...catalogueOf(config, store, hosted),
    async close() {
      await door.settle();
      await hosted.stop();
      await store.close();
    },
  };
}

const POLICIES: Readonly<Record<Looks, string>> = {
  nobody: "The file is what its certificate says and its content is of the stated type; nobody reads the description.",
  program: "A program of this certifier compares the content with its description.",
  person: "A person at this certifier compares the content with its description.",
};

function describe(config: CertifierConfig, options: CertifierOptions): Uint8Array {
  return sign(config.crypto, config.key, certifierDescriptorSchema, {
    certifier: config.key.publicKey,
    box: config.box.publicKey,
    name: options.name,
    policy: options.policy ?? POLICIES[config.looks],
    looks: config.looks,
    sees: "goods-and-key",
    contentLimitBytes: config.contentLimitBytes,
    groups: config.groups,
  });
}

function registrationsIn(store: Store): (pid: Hex) => Promise<RegistrationRow | undefined> {
  return async (pid) => (await store.read([{ table: "registration", id: pid }]))[0]?.row as RegistrationRow | undefined;
}

function catalogueOf(
  config: CertifierConfig,
  store: Store,
  hosted: { now(): Instant },
): Pick<OpenCertifier, "certificates" | "certificate" | "struck"> {
  /** One row takes all of a merchant's certificates off the shelf. */
  async function unstruck<T extends { merchant: string }>(rows: readonly T[]): Promise<readonly T[]> {
    const merchants = [...new Set(rows.map(({ merchant }) => merchant))];
    const found = await store.read(merchants.map((id) => ({ table: "strike", id })));
    const struck = new Set(found.filter(({ row }) => row !== undefined).map(({ id }) => id));
    return rows.filter(({ merchant }) => !struck.has(merchant));
  }
  const pageOf = (table: string, after: Hex | null, limit: number) =>
    store.page({ table, limit, ...(after === null ? {} : { after }) });

  return {
    async certificates(after, limit) {
      const rows = await pageOf("certificate", after, limit);
      const listed = await unstruck(rows.map(({ id, row }) => ({ ...(row as CertificateRow), id })));
      return {
        certificates: listed.map(({ id, ...row }) => [id, row] as const),
        next: rows.length < limit ? null : (rows.at(-1)?.id ?? null),
      };
    },
    async certificate(certHash) {
      const row = (await store.read([{ table: "certificate", id: certHash }]))[0]?.row as CertificateRow | undefined;
      return row === undefined ? null : ((await unstruck([row]))[0] ?? null);
    },
    async struck(after) {
      const rows = await pageOf("strike", after, STRIKES_PAGE + 1);
      return struckPage(
        config,
        rows.map(({ id, row }) => [id, row as StrikeRow] as const),
        after,
        hosted.now(),
      );
    },
  };
}

interface Door {
  readonly config: CertifierConfig;
  readonly hosted: Hosted<CertifierCommand, CertifierOutcome>;
  readonly uploads: CertifierUploads;
  readonly inspector: Inspector;
  readonly onBug: (bug: unknown) => void;
  isAwaiting(pid: Hex): Promise<boolean>;
}

/** The certifier's door, and its bench behind it: what is decided waits for what came of the file, and never the other way. */
function certifierDoor({ config: { crypto, key }, hosted, uploads, inspector, onBug, isAwaiting }: Door) {
  /** Checks under way, by pid: asked twice meanwhile, a file is checked once. */
  const checks = new Map<Hex, Promise<Uint8Array>>();

  async function check(application: Application, path: string): Promise<Uint8Array> {
    const { pid, applicationHash } = application;
    const verdict = await inspector.inspect(application, path);
    if (verdict.kind === "unchecked") return encode(certifierAnswer, { kind: "unchecked", pid });
    const { outcome, answer } = await hosted.submit({ kind: "checked", pid, applicationHash, verdict });
    if (outcome.kind !== "awaiting") await uploads.remove(pid);
    if (outcome.kind !== "pending") await inspector.forget(pid);
    return answer;
  }

  function checkOnce(application: Application, path: string): Promise<Uint8Array> {
    const { pid } = application;
    const known = checks.get(pid);
    if (known !== undefined) return known;
    const begun = check(application, path)
      .catch((error: unknown) => {
        onBug(error); // a full disk, for one: it says nothing about the goods
        return encode(certifierAnswer, { kind: "unchecked", pid });
      })
      .finally(() => checks.delete(pid));
    checks.set(pid, begun);
    return begun;
  }

  async function register(application: Application): Promise<Uint8Array | null> {
    const { pid, certificate } = application;
    const { fileBytes, pieceBytes, root } = certificate;
    await uploads.sweep(isAwaiting);
    const path = await uploads.whole({ pid, fileBytes, pieceBytes, root });
    if (path === null) return null;
    const checking = encode(certifierAnswer, { kind: "checking", pid });
    return atMost(CHECK_WAIT_MS, checkOnce(application, path), checking);
  }

  const strike = (merchant: Hex, evidence: Uint8Array) => hosted.submit({ kind: "strike", merchant, evidence });

  const role: WireRole = {
    name: "certifier",
    tags: [...CERTIFIER_TAGS, ACCUSE_TAG],
    async handle(message) {
      if (tagOf(message) === ACCUSE_TAG) return hearAccusation(crypto, key.publicKey, message, strike);
      const command = admitted(hosted.admit(message));
      const { outcome, answer } = await hosted.submit(command);
      if (command.kind === "review" && outcome.kind !== "not-pending") await inspector.forget(command.pid);
      if (command.kind !== "register" || outcome.kind !== "awaiting") return answer;
      return (await register(command.application)) ?? answer;
    },
  };
  return { role, settle: () => Promise.all(checks.values()) };
}
