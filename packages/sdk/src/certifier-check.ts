/**
 * A certifier looks at goods: opens the file with P, makes it again byte for byte, and checks the content against its
 * description. The shop's file is never taken at its word, and the opened content is gone when the check is over, but for
 * what a person has still to look at.
 */
import { spawn } from "node:child_process";
import { chmod, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Hex, SECOND_MS } from "@counterfoil/base";
import { raw } from "@counterfoil/crypto";
import { encryptFile, openFile } from "@counterfoil/host";
import {
  type Application,
  type CertifierConfig,
  type CertifierReason,
  certificateOf,
  type Verdict,
  WORDS_LENGTH,
} from "@counterfoil/protocols/certifying";
import { makeFolder } from "./folder.ts";
import { looksLike, MEDIA_HEAD_BYTES } from "./media.ts";

/** `unchecked`: nobody could look, which says nothing about the goods. */
export type Inspected = Verdict | { readonly kind: "unchecked" };

export interface Inspector {
  inspect(application: Application, encryptedPath: string): Promise<Inspected>;
  forget(pid: Hex): Promise<void>;
  /** Removes what a crash has left, and all content that waits for nobody. */
  sweep(isPending: (pid: Hex) => Promise<boolean>): Promise<void>;
}

/** Checks at a time: each keeps a core busy, and the registrations themselves want one. */
const LANES = 2;
/** A program that looks longer than this is stuck, or should ask a person. */
const PROGRAM_MS = 60 * SECOND_MS;

export function openInspector(folder: string, config: CertifierConfig, program: string | null): Inspector {
  const work = makeFolder(join(folder, "work"));
  const review = makeFolder(join(folder, "review"));
  const contentPath = (pid: Hex) => pendingContentPath(folder, pid);
  const lane = lanes(LANES);

  async function look(application: Application, encryptedPath: string): Promise<Inspected> {
    const opened = join(work, `${application.pid}.opened`);
    const rebuilt = join(work, `${application.pid}.rebuilt`);
    try {
      const verdict = await verdictOn(config, application, { encryptedPath, opened, rebuilt }, program);
      if (verdict.kind === "good" && config.looks === "person") await rename(opened, contentPath(application.pid));
      return verdict;
    } finally {
      await Promise.all([opened, rebuilt].map((path) => rm(path, { force: true })));
    }
  }

  return {
    inspect: (application, encryptedPath) => lane(() => look(application, encryptedPath)),
    forget: (pid) => rm(contentPath(pid), { force: true }),
    async sweep(isPending) {
      for (const name of await readdir(work)) await rm(join(work, name), { force: true });
      for (const name of await readdir(review)) {
        if (!(await isPending(name.slice(0, 64)))) await rm(join(review, name), { force: true });
      }
    },
  };
}

/** Of a certifier's folder. */
export function pendingContentPath(folder: string, pid: Hex): string {
  return join(folder, "review", `${pid}.content`);
}

interface Paths {
  readonly encryptedPath: string;
  readonly opened: string;
  readonly rebuilt: string;
}

async function verdictOn(
  config: CertifierConfig,
  application: Application,
  { encryptedPath, opened, rebuilt }: Paths,
  program: string | null,
): Promise<Inspected> {
  const { crypto } = config;
  const { pid, mediaType, certificate } = application;
  const secret = { secret: raw(application.point), pid };
  const { contentHash, contentBytes, keyCommitment: kc } = certificate;
  const content = await openFile(crypto, encryptedPath, opened, { ...secret, contentHash, contentBytes, kc });
  if (!content.ok) return bad("wrong-file", `The file does not open: ${content.reason.replaceAll("-", " ")}.`);
  await chmod(opened, 0o600);
  const made = certificateOf(config, application, await encryptFile(crypto, opened, rebuilt, secret));
  if (!made.ok) return bad(made.reason, "The file is not the one that these goods make.");
  if (!looksLike(mediaType, await headOf(opened))) return bad("wrong-media-type", `The content is not ${mediaType}.`);
  const asked = program === null ? null : await ask(program, opened, application);
  if (asked === "unchecked") return { kind: "unchecked" };
  return asked === null ? { kind: "good", certificate: made.value } : bad("wrong-description", asked);
}

function bad(reason: CertifierReason, words: string): Verdict {
  return { kind: "bad", reason, words: words.slice(0, WORDS_LENGTH) };
}

async function headOf(path: string): Promise<Uint8Array> {
  await using file = await open(path, "r");
  const { bytesRead, buffer } = await file.read(new Uint8Array(MEDIA_HEAD_BYTES), 0, MEDIA_HEAD_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

/**
 * Runs the operator's program with the content's path; the description is on its standard input. It gets no other argument
 * and no environment but the path to programs, so that nothing of a shop's making is ever a command.
 * @returns null where it approves (exit status 0), its words where it does not, `unchecked` where it could not say.
 */
function ask(program: string, path: string, application: Application): Promise<string | null | "unchecked"> {
  const { pid, merchant, title, description, mediaType, certificate } = application;
  const told = { pid, merchant, title, description, mediaType, contentBytes: certificate.contentBytes };
  return new Promise((resolve) => {
    // A group of its own, so that what it has started ends with it.
    const child = spawn(program, [path], {
      detached: true,
      env: { PATH: process.env.PATH },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const timer = setTimeout(() => child.pid !== undefined && killGroup(child.pid), PROGRAM_MS);
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (said.length < WORDS_LENGTH) said += text;
    });
    child.stdin.on("error", () => {}); // a program may read nothing
    child.stdin.end(JSON.stringify(told));
    child.once("error", () => finish("unchecked"));
    child.once("close", (status) => finish(outcomeOf(status, said)));
    const finish = (outcome: string | null) => {
      clearTimeout(timer);
      resolve(outcome);
    };
  });
}

/** 126 and 127 are how a shell says that there was nothing to run; null is a signal. */
function outcomeOf(status: number | null, said: string): string | null {
  if (status === 0) return null;
  if (status === null || status >= 126) return "unchecked";
  return wordsOf(said) || "The certifier's program refused the goods.";
}

function wordsOf(said: string): string {
  return said
    .replace(/\p{C}+/gu, " ")
    .trim()
    .slice(0, WORDS_LENGTH);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** So many at a time, in the order in which they came; as many may wait as registrations are open. */
function lanes(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
