/**
 * A shop and the logs that it sells by: it follows each entry by entry, since v may leave only for the first outcome that there
 * is (P§3C), carries there what it owes them, and keeps their time in what it promises to buyers.
 */
import type { Hex } from "@counterfoil/base";
import { type Hosted, wireClient } from "@counterfoil/host";
import type { Send, Store } from "@counterfoil/protocols";
import { hearLog, type ShopCommand, type ShopConfig, type ShopOutcome } from "@counterfoil/protocols/exchange";
import { logIdOf } from "@counterfoil/protocols/log";
import { type NamedLog, positionIn } from "./bank-logs.ts";
import { type Following, followLog } from "./log-follow.ts";

export interface ShopLogs {
  /** Carries what is owed; what gets lost its row sends again. */
  deliver(send: Send): void;
  close(): Promise<void>;
}

export interface ShopLogsPorts {
  readonly config: ShopConfig;
  readonly store: Pick<Store, "read">;
  readonly hosted: Hosted<ShopCommand, ShopOutcome>;
  readonly onBug: (bug: unknown) => void;
}

export function openShopLogs(ports: ShopLogsPorts, named: readonly NamedLog[]): ShopLogs {
  const lines = new Map(named.map((each) => [logIdOf(ports.config.crypto, each.descriptor), lineTo(ports, each)]));
  return {
    deliver: (send) => lines.get(send.to.slice(LOG_PREFIX.length))?.carry(send.bytes),
    async close() {
      await Promise.all([...lines.values()].map((line) => line.close()));
    },
  };
}

/** Of what is sent to a log. */
export const LOG_PREFIX = "log/";

function lineTo({ config, store, hosted, onBug }: ShopLogsPorts, { descriptor, url }: NamedLog) {
  const { crypto } = config;
  const id: Hex = logIdOf(crypto, descriptor);
  const client = wireClient(url);

  async function post(message: Uint8Array): Promise<void> {
    const command = hearLog(config, message, await client.post(message));
    if (command !== null) await hosted.submit(command);
  }

  const following: Following = followLog({
    crypto,
    descriptor,
    url,
    position: () => positionIn(store, id),
    onBatch: (batch) => hosted.submit({ kind: "followed", batch }),
    onMisbehaved(reason) {
      onBug(
        new Error(`the log ${id} has forked (${reason}): the shop follows it no more and commits to nothing in it`),
      );
    },
  });

  return {
    carry(bytes: Uint8Array): void {
      post(bytes).catch(() => {}); // its row sends it again
    },
    async close() {
      await following.stop();
      client.close();
    },
  };
}
