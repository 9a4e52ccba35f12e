/** What a bank's operator asks of the running bank, signed with the bank's own key, and reads from its file. */
import { join } from "node:path";
import { decode } from "@counterfoil/base";
import { type Crypto, open, post, type SigningKey, ZERO_HASH } from "@counterfoil/crypto";
import { openSqliteReadOnly } from "@counterfoil/host";
import {
  type BankAnswer,
  type BankTables,
  bankAnswer,
  bankShapes,
  type CoinKeys,
  coinKeysSchema,
  type Movement,
  type OperatorRequest,
  operatorRequest,
  type Standing,
  standingIn,
  THRESHOLDS_KEY,
  type Thresholds,
} from "@counterfoil/protocols/money";
import { OPERATOR_MS } from "./bank.ts";
import { newNonce } from "./nonce.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { allRows } from "./rows.ts";

/** Carries one message to the bank. */
export type OperatorDoor = (message: Uint8Array) => Promise<Uint8Array>;

/** Opens a new epoch of coin keys. @param after the newest epoch known, or null: a repeat opens no second one. */
export async function rotateMint(
  crypto: Crypto,
  key: SigningKey,
  door: OperatorDoor,
  after: number | null,
  now: number,
): Promise<CoinKeys> {
  const heard = await ask(crypto, key, door, { kind: "rotate", after }, now);
  const list = heard?.kind === "coin-keys" ? open(crypto, coinKeysSchema, heard.list, () => key.publicKey) : null;
  if (list?.ok) return list.value.value;
  throw notAnswered("with its keys", "bank keys list shows them.");
}

/** For movements from now on; null for none. @param after the `sequence` of the thresholds that these replace. */
export async function setThresholds(
  crypto: Crypto,
  key: SigningKey,
  door: OperatorDoor,
  thresholds: Thresholds | null,
  after: number,
  now: number,
): Promise<Standing> {
  const heard = await ask(crypto, key, door, { kind: "thresholds", thresholds, after }, now);
  if (heard?.kind === "thresholds") return heard;
  if (heard?.kind !== "refused") throw notAnswered("with its thresholds", "bank thresholds shows what stands.");
  const detail = "Others were set meanwhile, and they stand.";
  throw new Refusal("already-decided", detail, NO_MONEY_MOVED, "bank thresholds shows them; set yours again.");
}

async function ask(
  crypto: Crypto,
  key: SigningKey,
  door: OperatorDoor,
  request: OperatorRequest,
  now: number,
): Promise<BankAnswer | null> {
  const envelope = {
    recipient: key.publicKey,
    session: newNonce(),
    previous: ZERO_HASH,
    notAfterMs: now + OPERATOR_MS,
  };
  const heard = decode(bankAnswer, await door(post(crypto, key, operatorRequest, envelope, request)));
  return heard.ok ? heard.value : null;
}

function notAnswered(what: string, next: string): Refusal {
  return new Refusal("not-an-answer", `The bank did not answer ${what}.`, NO_MONEY_MOVED, next);
}

/** What a bank is to record and report, also while it runs. */
export async function readThresholds(folder: string): Promise<Standing> {
  return reading(folder, async (store) => {
    const [found] = await store.read([THRESHOLDS_KEY]);
    return standingIn(found?.row as BankTables["thresholds"] | undefined);
  });
}

/** Every movement that was recorded or reported, oldest first. */
export async function readMovements(folder: string): Promise<readonly Movement[]> {
  const rows = await reading(folder, (store) => allRows<Movement>(store, "movement"));
  return rows.map(([, row]) => row).sort((a, b) => a.time_ms - b.time_ms);
}

async function reading<T>(
  folder: string,
  use: (store: ReturnType<typeof openSqliteReadOnly>) => Promise<T>,
): Promise<T> {
  const store = openSqliteReadOnly(join(folder, "bank.db"), bankShapes);
  return use(store).finally(() => store.close());
}
