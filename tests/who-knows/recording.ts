/** What each party gets to see: every exchange as it went over the wire, and every row that was ever on disk. */
import { type Hex, toHex } from "@counterfoil/base";
import { tagOf } from "@counterfoil/crypto";
import { openSqliteReadOnly, Unreachable, type WireClient } from "@counterfoil/host";
import type { Document, Part } from "@counterfoil/lab";
import type { Row, Shapes } from "@counterfoil/protocols";
import { allRows, type Identity, openTransport, type Transport } from "@counterfoil/sdk";

export type Server = "bank" | "shop" | "certifier" | "log" | "witness" | `trustee ${number}`;

/** One request and its answer, as the server and whoever listens see it. */
export interface Exchange {
  readonly by: string;
  readonly to: Server;
  readonly tag: string;
  readonly document: Document;
  /** With TLS a listener sees who is spoken to, when, and how much. */
  readonly envelope: Document;
}

/** What goes wrong on somebody's way out, for whoever tests what is heard. */
export interface Line {
  /** Instead of the identity under which somebody is reached. */
  readonly identity?: (honest: Identity) => Identity;
  /** Messages with these tags never leave. */
  readonly lost?: ReadonlySet<string>;
  /** What else is told to the same server, unasked. */
  readonly more?: (to: Server, message: Uint8Array) => Promise<readonly Uint8Array[]>;
}

export interface Recorder {
  readonly exchanges: readonly Exchange[];
  /** Says who answers at an address, before anybody goes there. */
  meet(url: string, server: Server, key: Hex): void;
  /** Somebody's way out, overheard. Each identity's connections are a channel. */
  transport(by: string, line?: Line): Transport;
  /** What one server says to another, and what it is answered. */
  between(by: string, server: Server, key: Hex, tag: string, parts: readonly Part[]): void;
  /** Keeps what is in a database now, beside all that was there before. */
  look(by: string, path: string, shapes: Shapes): Promise<void>;
  rowsOf(by: string): readonly Document[];
}

interface Address {
  readonly server: Server;
  /** The key that everybody knows it by. */
  readonly key: Hex;
}

export function openRecorder(): Recorder {
  const exchanges: Exchange[] = [];
  const addresses = new Map<string, Address>();
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

  function overheard(client: WireClient, by: string, channel: string, { lost, more }: Line): WireClient {
    const address = addresses.get(client.baseUrl);
    if (address === undefined) throw new Error(`nobody is known at ${client.baseUrl}`);
    async function tell(message: Uint8Array): Promise<Uint8Array> {
      let answer: Uint8Array | null = null;
      try {
        answer = await client.post(message);
        return answer;
      } finally {
        note(by, address as Address, channel, tagOf(message) ?? "?", answer === null ? [message] : [message, answer]);
      }
    }
    return {
      ...client,
      async post(message) {
        if (lost?.has(tagOf(message) ?? "?")) throw new Unreachable("LOST", false);
        for (const each of (await more?.(address.server, message)) ?? []) await tell(each).catch(() => null);
        return tell(message);
      },
      async put(path, body) {
        note(by, address, channel, path, [path, body]);
        await client.put(path, body);
      },
      async getJson(path) {
        const answer = await client.getJson(path);
        note(by, address, channel, path, [path, JSON.stringify(answer)]);
        return answer;
      },
      async download(path, take, options) {
        const chunks: Uint8Array[] = [];
        try {
          await client.download(
            path,
            (chunk) => {
              chunks.push(chunk.slice());
              return take(chunk);
            },
            options,
          );
        } finally {
          note(by, address, channel, path, [path, new Uint8Array(Buffer.concat(chunks))]);
        }
      },
    };
  }

  return {
    exchanges,
    meet(url, server, key) {
      addresses.set(url, { server, key });
    },
    transport(by, line = {}) {
      const inner = openTransport(null);
      return {
        client(url, identity) {
          const shown = line.identity?.(identity) ?? identity;
          return overheard(inner.client(url, shown), by, `${by} ${shown}`, line);
        },
        get open() {
          return inner.open;
        },
      };
    },
    between(by, server, key, tag, parts) {
      note(by, { server, key }, null, tag, parts);
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
