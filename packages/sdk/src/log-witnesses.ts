/**
 * A log's way to its witnesses: C2SP tlog-witness, `POST /add-checkpoint`. Each is asked one thing at a time, and one that is
 * slow or gone holds up nobody but itself.
 */
import { fromUtf8, type Hex, SECOND_MS } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { type PlainClient, plainClient } from "@counterfoil/host";
import {
  addCheckpoint,
  cosignatureOf,
  NOTE_LIMIT_BYTES,
  type NoteKey,
  readNote,
  withSignatures,
} from "@counterfoil/protocols/log";

/** Where a witness of a log answers. */
export interface WitnessAt extends NoteKey {
  readonly url: string;
}

/** A checkpoint that the log alone has signed. */
export interface Proposed {
  readonly note: Uint8Array;
  readonly size: number;
  /** From a tree of this size to the note's. */
  path(from: number): Promise<readonly Uint8Array[]>;
}

export interface Witnesses {
  /**
   * The note with the cosignatures of the first `quorum` witnesses that gave one; null where too few did in their time. What
   * others say later is not in it.
   */
  cosigned(proposed: Proposed): Promise<Uint8Array | null>;
  /** Those that have seen a larger tree than this log has, by name: the log has lost entries, or its key is used elsewhere. */
  readonly ahead: ReadonlySet<string>;
  close(): void;
}

/** A witness waits for its disk; one that takes longer is asked again with the next head. */
const WITNESS_MS = 5 * SECOND_MS;
/** A witness whose size was not known says it, and then is asked once more. */
const TRIES = 2;

export function openWitnesses(crypto: Crypto, quorum: number, list: readonly WitnessAt[]): Witnesses {
  const ahead = new Set<string>();
  const doors = list.map((witness) => doorOf(crypto, witness, ahead));
  return {
    ahead,
    cosigned(proposed) {
      if (quorum === 0) return Promise.resolve(proposed.note);
      return new Promise((resolve) => {
        const lines: string[] = [];
        let left = doors.length;
        for (const door of doors) {
          void door.ask(proposed).then((line) => {
            left -= 1;
            if (line !== null) lines.push(line);
            if (lines.length === quorum) resolve(withSignatures(proposed.note, lines.slice(0, quorum)));
            else if (left === 0) resolve(null);
          });
        }
      });
    },
    close() {
      for (const door of doors) door.client.close();
    },
  };
}

interface Door {
  readonly client: PlainClient;
  /** Its signature line for this note; null where it gives none now. */
  ask(proposed: Proposed): Promise<string | null>;
}

function doorOf(crypto: Crypto, witness: WitnessAt, ahead: Set<string>): Door {
  const client = plainClient(witness.url, { timeoutMs: WITNESS_MS, answerLimitBytes: NOTE_LIMIT_BYTES });
  /** The size of the tree that it cosigned last, as far as this process knows. */
  let seen = 0;
  let asking = false;

  async function said(proposed: Proposed): Promise<string | null> {
    for (let tries = 0; tries < TRIES; tries++) {
      if (seen > proposed.size) {
        ahead.add(witness.name);
        return null;
      }
      ahead.delete(witness.name);
      const request = addCheckpoint(seen, await proposed.path(seen), proposed.note);
      const { status, body } = await client.post("/add-checkpoint", request);
      if (status === 200) {
        seen = proposed.size;
        return lineOf(crypto, witness, proposed.note, body);
      }
      const size = status === 409 ? readSize(body) : null;
      if (size === null || size === seen) return null;
      seen = size;
    }
    return null;
  }

  return {
    client,
    async ask(proposed) {
      if (asking) return null;
      asking = true;
      try {
        return await said(proposed);
      } catch {
        return null; // not reached: the next head asks again
      } finally {
        asking = false;
      }
    },
  };
}

/** The line of this very witness, which holds: what it answers besides is dropped. */
function lineOf(crypto: Crypto, witness: Pick<WitnessAt, "name" | "key">, note: Uint8Array, body: Uint8Array) {
  const text = fromUtf8(body) ?? "";
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const read = readNote(withSignatures(note, [`${line}\n`]));
    if (read !== null && cosignatureOf(crypto, witness, read).kind === "right") return `${line}\n`;
  }
  return null;
}

function readSize(body: Uint8Array): number | null {
  const match = /^(0|[1-9]\d{0,15})\n?$/.exec(fromUtf8(body) ?? "");
  return match === null ? null : Number(match[1]);
}

/** As operators write it: NAME=KEY@URL. */
export function readWitnessAt(text: string): WitnessAt | null {
  const match = /^([^=\s+]+)=([0-9a-f]{64})@(https?:\/\/.+)$/.exec(text);
  if (match === null || !URL.canParse(match[3] as string)) return null;
  const [, name, key, url] = match as unknown as [string, string, Hex, string];
  return { name, key, url: url.replace(/\/+$/, "") };
}
