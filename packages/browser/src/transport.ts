/**
 * How a wallet in a browser reaches anybody. What a browser cannot do: give an identity connections or a circuit of its own. It
 * alone says which connection carries what, and whoever watches the line, or runs both servers, may tie an account's balance to the
 * purchase that follows. Nothing of the browser itself goes along (fetch-client.ts), but its address does. Where that matters, use
 * a browser that hides addresses, or the command line behind a proxy.
 */
import { Unreachable, type WireClient } from "@counterfoil/host/portable";
import type { Identity, Transport } from "@counterfoil/sdk/portable";
import { type FetchClientOptions, fetchClient } from "./fetch-client.ts";

export interface FetchTransportOptions extends FetchClientOptions {
  /** Told of each posted message when it leaves, and again with its answer. What it throws is its own. */
  readonly onMessage?: (message: CarriedMessage) => void;
  readonly clock?: () => number;
}

export interface CarriedMessage {
  /** The same when it leaves and when it is answered. */
  readonly number: number;
  /** Of the server, without a path of ours. */
  readonly url: string;
  readonly identity: Identity;
  readonly bytes: Uint8Array;
  readonly sentMs: number;
  /** null while it is on its way. */
  readonly end: CarriedEnd | null;
}

export type CarriedEnd =
  | { readonly kind: "answered"; readonly bytes: Uint8Array; readonly atMs: number }
  /** `Refused`, `Unreachable` or `Overloaded`. */
  | { readonly kind: "failed"; readonly failure: Error; readonly atMs: number };

/** As many as on Node, where each may hold sockets; here more would only queue in the browser. */
const CLIENTS = 512;

export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  const { onMessage, clock = Date.now } = options;
  let open = 0;
  let messages = 0;

  /** A watcher's mistake is no reason for a purchase to fail: it is thrown where nobody waits. */
  function tell(message: CarriedMessage): void {
    try {
      onMessage?.(message);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  function watched(client: WireClient, identity: Identity): WireClient["post"] {
    return async (bytes) => {
      messages += 1;
      const message = { number: messages, url: client.baseUrl, identity, bytes, sentMs: clock() };
      tell({ ...message, end: null });
      try {
        const answer = await client.post(bytes);
        tell({ ...message, end: { kind: "answered", bytes: answer, atMs: clock() } });
        return answer;
      } catch (error) {
        tell({ ...message, end: { kind: "failed", failure: error as Error, atMs: clock() } });
        throw error;
      }
    };
  }

  return {
    client(url, identity) {
      if (open >= CLIENTS) throw new Unreachable("TOO_MANY_CLIENTS", false);
      const client = fetchClient(url, options);
      open += 1;
      let isOpen = true;
      return {
        ...client,
        post: watched(client, identity),
        close() {
          if (!isOpen) return;
          isOpen = false;
          open -= 1;
          client.close();
        },
      };
    },
    get open() {
      return open;
    },
  };
}
