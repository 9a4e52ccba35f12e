/** A till as a program runs it: what is sold by the piece, one row a buyer's slice, and its way to the bank. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { encode, type Hex, MINUTE_MS, toHex } from "@counterfoil/base";
import { post, ZERO_HASH } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite, type WireRole } from "@counterfoil/host";
import type { Send } from "@counterfoil/protocols";
import type { ShopConfig } from "@counterfoil/protocols/exchange";
import {
  ANSWER_LIMIT_BYTES,
  type Errand,
  hearTillBank,
  type MeteredRow,
  type Released,
  TILL_TAGS,
  type TillCommand,
  type TillConfig,
  type TillOutcome,
  type TillRequest,
  type TillRow,
  type TillTables,
  till,
  tillAnswer,
  tillRequest,
  tillShapes,
} from "@counterfoil/protocols/tabs";
import { pieceShelf } from "./pieces.ts";
import type { Ports } from "./ports.ts";
import { admitted } from "./role.ts";
import { allRows } from "./rows.ts";
import type { BankDoor } from "./shop.ts";

/** Answers one question for the price of a piece. Asked again for the same price only where a crash came before it was kept. */
export type Answerer = (question: Uint8Array) => Promise<Uint8Array>;

export interface OpenTill {
  readonly config: TillConfig;
  readonly role: WireRole;
  readonly hosted: Hosted<TillCommand, TillOutcome>;
  /** A page of metered items, listed or not, after `after`. */
  page(after: Hex | null, limit: number): Promise<readonly MeteredItem[]>;
  /** From now on, questions about this item are answered so. */
  answerWith(item: Hex, answerer: Answerer): void;
  tills(): Promise<readonly (readonly [Hex, TillRow])[]>;
  close(): Promise<void>;
}

export interface MeteredItem {
  readonly item: Hex;
  readonly row: MeteredRow;
}

/** A bank that is away for ten minutes costs the shop nothing. */
const CLOSE_BEFORE_MS = 10 * MINUTE_MS;

export function tillConfig({ crypto, key, bank, unit }: ShopConfig): TillConfig {
  return { crypto, key, bank, unit, closeBeforeMs: CLOSE_BEFORE_MS };
}

/** Beside an open shop, in the same folder and under the same key; its rows are in a file of their own. */
export async function openTill(folder: string, shop: ShopConfig, bank: BankDoor, ports: Ports): Promise<OpenTill> {
  const config = tillConfig(shop);
  const store = openSqlite(join(folder, "till.db"), tillShapes);
  const shelf = pieceShelf(folder);
  const answerers = new Map<Hex, Answerer>();
  /** Errands that are under way, by slice: who waits for one is told when it is done. */
  const errands = new Map<string, Promise<void>>();
  let closing = false;
  const hosted = await hostAuthority<TillTables, TillCommand, TillOutcome, Errand>(till(config), store, {
    name: "till",
    clock: ports.clock,
    deliver(send) {
      const errand = tellBank(send).finally(() => errands.delete(send.about as string));
      errands.set(send.about as string, errand);
      return errand;
    },
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });

  /** What is lost on the way, the till's row sends again. */
  async function tellBank(send: Send): Promise<void> {
    let answer: Uint8Array;
    try {
      answer = await bank(send.bytes);
    } catch {
      return; // unknown: the row still owes it
    }
    const command = hearTillBank(config, send.about as string, answer);
    if (command !== null && !closing) await hosted.submit(command);
  }

  /** Answers that are being made, by slice and sequence: asked twice meanwhile, one is made once. */
  const making = new Map<string, Promise<Uint8Array>>();

  async function release(released: Released): Promise<Uint8Array> {
    const { slice, sequence, item, request } = released;
    if (request.kind === "pieces") {
      const pieces = await shelf.pieces(item, request.from, request.pieces);
      return encode(tillAnswer, { kind: "pieces", pieces });
    }
    const place = `${slice}/${sequence}`;
    const made = making.get(place) ?? answerTo(released, request.question);
    making.set(place, made);
    try {
      return encode(tillAnswer, { kind: "pieces", pieces: [await made] });
    } finally {
      making.delete(place);
    }
  }

  async function answerTo({ slice, sequence, item }: Released, question: Uint8Array): Promise<Uint8Array> {
    const answerer = answerers.get(item);
    if (answerer === undefined) throw new Error("nobody answers questions about this item");
    const answer = await answerer(question);
    if (answer.length > ANSWER_LIMIT_BYTES) throw new Error("an answer is longer than any may be");
    await hosted.submit({ kind: "answered", slice, sequence, answer });
    return answer;
  }

  const role: WireRole = {
    name: "till",
    tags: TILL_TAGS,
    async handle(message) {
      const command = admitted(hosted.admit(message));
      let { outcome, answer } = await hosted.submit(command);
      if (outcome.kind === "pending") {
        await errands.get(outcome.slice);
        ({ outcome, answer } = await hosted.submit(command));
      }
      return outcome.kind === "released" ? release(outcome) : answer;
    },
  };

  return {
    config,
    role,
    hosted,
    async page(after, limit) {
      const rows = await store.page({ table: "metered", limit, ...(after === null ? {} : { after }) });
      return rows.map(({ id, row }) => ({ item: id, row: row as MeteredRow }));
    },
    answerWith: (item, answerer) => void answerers.set(item, answerer),
    tills: () => allRows<TillRow>(store, "till"),
    async close() {
      closing = true;
      await hosted.stop();
      await shelf.close();
      await store.close();
    },
  };
}

/** The owner's own message to the running till. */
export function tillMessage({ crypto, key }: TillConfig, request: TillRequest, now: number): Uint8Array {
  const session: Hex = toHex(new Uint8Array(randomBytes(32)));
  const envelope = { recipient: key.publicKey, session, previous: ZERO_HASH, notAfterMs: now + MINUTE_MS };
  return post(crypto, key, tillRequest, envelope, request);
}
