/** A shop that answers swaps by itself: its rows, and its ways to the trustees and to the one address its owner named. */
import { join } from "node:path";
import { decode, type Hex, MINUTE_MS, SECOND_MS } from "@counterfoil/base";
import { post, ZERO_HASH } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite, type WireRole } from "@counterfoil/host";
import type { Send } from "@counterfoil/protocols";
import {
  type ShopConfig,
  SWAP_DESK_TAGS,
  type SwapDeskCommand,
  type SwapDeskOutcome,
  type SwapDeskTables,
  type SwapRow,
  type SwapRule,
  type SwapRuleRow,
  swapDesk,
  swapDeskShapes,
  swapRuleMessage,
  type TakingState,
  takingStateSchema,
} from "@counterfoil/protocols/exchange";
import { openTransport } from "./connections.ts";
import { makeFolder } from "./folder.ts";
import { newNonce } from "./nonce.ts";
import type { Ports } from "./ports.ts";
import { admitted } from "./role.ts";
import { allRows } from "./rows.ts";
import { carrySwap, fetchTheirs, putInPlace, swapConfig } from "./swap-carrying.ts";

export interface OpenSwapDesk {
  readonly role: WireRole;
  readonly hosted: Hosted<SwapDeskCommand, SwapDeskOutcome>;
  close(): Promise<void>;
}

/** Whoever asks waits so long for a download, and then asks again. */
const FETCH_WAIT_MS = 8 * SECOND_MS;

/** Beside an open shop, in the same folder and under the same key; its rows are in a file of their own. */
export async function openSwapDesk(folder: string, shop: ShopConfig, ports: Ports): Promise<OpenSwapDesk> {
  const config = swapConfig(shop);
  const transport = openTransport(null);
  const store = openSqlite(join(folder, "swaps.db"), swapDeskShapes);
  const places = makeFolder(join(folder, "swapped-in"));
  /** Downloads under way or done, by file; only a memory of files. */
  const fetches = new Map<Hex, Promise<boolean>>();
  let closing = false;
  const hosted: Hosted<SwapDeskCommand, SwapDeskOutcome> = await hostAuthority<
    SwapDeskTables,
    SwapDeskCommand,
    SwapDeskOutcome,
    Send
  >(swapDesk(config), store, {
    name: "swaps",
    clock: ports.clock,
    deliver: (send) => carry(send),
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });

  async function carry(send: Send): Promise<void> {
    const id = send.about as Hex;
    const row = await rowOf(id);
    if (row === null || closing) return;
    let answer: Uint8Array;
    try {
      answer = await carrySwap(transport, send, row);
    } catch {
      return; // unknown: the row asks again
    }
    if (closing) return;
    const { outcome } = await hosted.submit({ kind: "step", id, input: { kind: "trustee", answer } });
    if (outcome.kind === "session" && outcome.state?.phase === "had") await put(id, outcome.state);
  }

  /** The goods are here and checked since before the offer, so nothing of this waits for anybody. */
  async function put(id: Hex, state: Extract<TakingState, { phase: "had" }>): Promise<void> {
    const row = await rowOf(id);
    if (row === null || row.delivered) return;
    const outPath = join(places, `${id.slice(0, 12)}-${row.out_path}`);
    try {
      const fault = await putInPlace(config, folder, { ...row, out_path: outPath }, state);
      await hosted.submit(fault === null ? { kind: "delivered", id, outPath } : { kind: "faulty", id, fault });
    } catch (error) {
      ports.onBug(error); // a full disk: the row holds all, and the next start puts it
    }
  }

  /** What a crash or a full disk kept from its place. */
  async function putWhatIsDue(): Promise<void> {
    for (const [id, row] of await allRows<SwapRow>(store, "swap")) {
      const state = row.delivered || row.fault !== null ? null : await stateOf(id);
      if (state?.phase === "had") await put(id, state);
    }
  }

  async function stateOf(id: Hex): Promise<TakingState | null> {
    const [found] = await store.read([{ table: "session", id }]);
    if (found?.row === undefined) return null;
    const state = decode(takingStateSchema, (found.row as SwapDeskTables["session"]).state);
    if (!state.ok) throw new Error("a swap's row does not decode");
    return state.value;
  }

  async function rowOf(id: Hex): Promise<SwapRow | null> {
    const [found] = await store.read([{ table: "swap", id }]);
    return (found?.row as SwapRow | undefined) ?? null;
  }

  /** Fetched once, whoever asks how often; a failed download is begun anew by the next who asks. */
  async function fetched(rule: SwapRuleRow): Promise<"yes" | "failed" | "no"> {
    const { goods_url: url, file_hash: fileHash, wanted_certificate: certificate } = rule;
    if (url === null || fileHash === null || certificate === null) return "yes";
    const under =
      fetches.get(fileHash) ??
      fetchTheirs(transport, folder, { url, fileHash, certificate }).then(
        () => true,
        () => false,
      );
    fetches.set(fileHash, under);
    const { promise: over, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(() => resolve(null), FETCH_WAIT_MS);
    const done = await Promise.race([under, over]);
    clearTimeout(timer);
    if (done === false) fetches.delete(fileHash);
    return done === null ? "no" : done ? "yes" : "failed";
  }

  await putWhatIsDue();
  const role: WireRole = {
    name: "swaps",
    tags: SWAP_DESK_TAGS,
    async handle(message) {
      const command = admitted(hosted.admit(message));
      let { outcome, answer } = await hosted.submit(command);
      if (outcome.kind === "fetch" && command.kind === "offer") {
        ({ outcome, answer } = await hosted.submit({ ...command, fetched: await fetched(outcome.rule) }));
      }
      if (outcome.kind === "given") {
        const state = await stateOf(outcome.swap.tid);
        if (state?.phase === "had") await put(outcome.swap.tid, state);
      }
      return answer;
    },
  };

  return {
    role,
    hosted,
    async close() {
      closing = true;
      await hosted.stop();
      await store.close();
    },
  };
}

/** The owner's own message to the running shop. */
export function swapRuleFor({ crypto, key }: ShopConfig, rule: SwapRule, now: number): Uint8Array {
  const envelope = { recipient: key.publicKey, session: newNonce(), previous: ZERO_HASH, notAfterMs: now + MINUTE_MS };
  return post(crypto, key, swapRuleMessage, envelope, rule);
}
