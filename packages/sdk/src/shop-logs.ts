/**
 * A shop and the logs that it sells by: it follows each entry by entry, since v may leave only for the first outcome that there
 * is (P§3C), carries there what it owes them, and keeps their time in what it promises to buyers.
 */
import type { Hosted } from "@counterfoil/host";
import type { Send, Store } from "@counterfoil/protocols";
import { hearLog, type ShopCommand, type ShopConfig, type ShopOutcome } from "@counterfoil/protocols/exchange";
import { closeLines, lineOf, linesTo, lineTo, type NamedLog } from "./log-lines.ts";

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
  const lines = linesTo(ports.config.crypto, named, (each) => shopLine(ports, each));
  return {
    deliver: (send) => lineOf(lines, send)?.carry(send.bytes),
    close: () => closeLines(lines),
  };
}

function shopLine({ config, store, hosted, onBug }: ShopLogsPorts, named: NamedLog) {
  const onForked = (what: string) =>
    onBug(new Error(`${what}: the shop follows it no more and commits to nothing in it`));
  const { client, close } = lineTo({ crypto: config.crypto, store, hosted, onForked }, named);

  async function post(message: Uint8Array): Promise<void> {
    const command = hearLog(config, message, await client.post(message));
    if (command !== null) await hosted.submit(command);
  }

  return {
    carry(bytes: Uint8Array): void {
      post(bytes).catch(() => {}); // its row sends it again
    },
    close,
  };
}
