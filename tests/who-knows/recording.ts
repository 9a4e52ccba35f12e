/** What each party gets to see: every exchange as it went over the wire, and every row that was ever on disk. */
import { type Hex, toHex } from "@counterfoil/base";
import { tagOf } from "@counterfoil/crypto";

import { openSqliteReadOnly, type WireClient } from "@counterfoil/host";
import type { Row, Shapes } from "@counterfoil/protocols";
import { allRows, type Identity, openTransport, type Transport } from "@counterfoil/sdk";
import type { Document } from "./closure.ts";
import type { Part } from "./contents.ts";

export type Server = "bank" | "shop";

/** One request and its answer, as the server and whoever listens see it. */
export interface Exchange {
  readonly by: string;
  readonly to: Server;
  readonly tag: string;
  readonly document: Document;
  /** With TLS a listener sees who is spoken to, when, and how much. */
  readonly envelope: Document;
}

export interface Recorder {
  readonly exchanges: readonly Exchange[];
  /** A customer's way out, overheard. Each identity's connections are a channel. */
  transport(by: string, identityOf?: (identity: Identity) => Identity): Transport;
  /** A message of the shop's to the bank. */
  between(bank: Hex, message: Uint8Array, answer: Uint8Array): void;
  /** Keeps what is in a database now, beside all that was there before. */
  look(by: string, path: string, shapes: Shapes): Promise<void>;
  rowsOf(by: string): readonly Document[];
}

interface Address {
  readonly server: Server;
  /** The key that everybody knows it by. */
  readonly key: Hex;
}

/** @param addressOf who answers at an address. */
export function openRecorder(addressOf: (url: string) => Address): Recorder {
  const exchanges: Exchange[] = [];
  const rows = new Map<string, Document>();

  function note(
    by: string,
    { server, key }: Address,
    channel: string | null,
    tag: string,
    parts: readonly Part[],
  ): void {
    const name = `${by} → ${server}: ${tag}`;
    const document = { name, parts, channel };
    const envelope = { name: `${name} (sealed by TLS)`, parts: [key], channel };
    exchanges.push({ by, to: server, tag, document, envelope });
  }

  function overheard(client: WireClient, by: string, channel: string): WireClient {
    const address = addressOf(client.baseUrl);
    return {
      ...client,
      async post(message) {
        let answer: Uint8Array | null = null;
        try {
          answer = await client.post(message);
          return answer;
        } finally {
          note(by, address, channel, tagOf(message) ?? "?", answer === null ? [message] : [message, answer]);
        }
      },
      async getJson(path) {
        const answer = await client.getJson(path);
        note(by, address, channel, path, [path, JSON.stringify(answer)]);
        return answer;
      },
      async download(path, take, options) {
        note(by, address, channel, path, [path]);
        return client.download(path, take, options);
      },
    };
  }

  return {
    exchanges,
    transport(by, identityOf = (identity) => identity) {
      const inner = openTransport(null);
      return {
        client(url, identity) {
          const shown = identityOf(identity);
          return overheard(inner.client(url, shown), by, `${by} ${shown}`);
        },
        get open() {
          return inner.open;
        },
      };
    },
    between(bank, message, answer) {
      note("shop", { server: "bank", key: bank }, null, tagOf(message) ?? "?", [message, answer]);
    },
    async look(by, path, shapes) {
      const store = openSqliteReadOnly(path, shapes);
      try {
        for (const table of Object.keys(shapes)) {
          for (const [id, row] of await allRows<Row>(store, table)) {
            const name = `${by}'s row of ${table}`;
            const parts = [id, ...Object.values(row).flatMap(partOf)];
            rows.set(`${by} ${table} ${parts.map(shown).join(" ")}`, { name, parts, channel: null });
          }
        }
      } finally {
        await store.close();
      }
    },
    rowsOf: (by) => [...rows.entries()].filter(([key]) => key.startsWith(`${by} `)).map(([, document]) => document),
  };
}

function partOf(cell: Row[string]): readonly Part[] {
  if (cell === null || typeof cell === "boolean") return [];
  return [typeof cell === "number" ? BigInt(Math.trunc(cell)) : cell];
}

function shown(part: Part): string {
  return part instanceof Uint8Array ? toHex(part) : String(part);
}
