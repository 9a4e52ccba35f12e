/**
 * A Cashu mint as small as one can be that speaks the published NUTs over HTTP: 01 keys, 02 keysets, 03 swap, 04/23 as far as
 * test money needs it (nobody pays the invoice), 06 info, 07 state check, 09 restore, 10/11/14 spending conditions, 12 DLEQ.
 * What is spent and what is signed is on disk before it is answered. Its clock is the test's.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { conditionFault, type Input, type Output } from "./conditions.ts";
import { blindSign, hashToCurve, isSigned, keysetIdOf, keysFrom, type MintKey, pointOf } from "./curve.ts";

export interface MintOptions {
  /** The file of its books. */
  readonly path: string;
  readonly unit: string;
  readonly feePpk?: number;
  readonly seed?: string;
  readonly clock: () => number;
  readonly port?: number;
  /** Whether a request is lost on its way, before the mint has heard of it. */
  readonly loses?: (path: string, asked: unknown) => boolean;
  /** What a faulty mint, or a faulty way to it, makes of an answer; null cuts the connection, after the mint has done its work. */
  readonly tamper?: (path: string, answer: Answer, asked: unknown) => Answer | null;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface RunningMint {
  readonly url: string;
  readonly keysetId: string;
  /** Σ of what is signed and not spent: what swaps must never change but for fees. */
  outstanding(): bigint;
  close(): Promise<void>;
}

/** An expected no, as NUT-00 has it. */
class MintError extends Error {
  readonly code: number;

  constructor(code: number, detail: string) {
    super(detail);
    this.code = code;
  }
}

const HEIGHT = 24;
const LONGEST_BODY_BYTES = 256 * 1024;

export async function openMint(options: MintOptions): Promise<RunningMint> {
  const books = new Books(options);
  const server = createServer((request, response) => {
    void answerTo(books, options, request, response);
  });
  await new Promise<void>((listening) => server.listen(options.port ?? 0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keysetId: books.keysetId,
    outstanding: () => books.outstanding(),
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      books.close();
    },
  };
}

async function answerTo(books: Books, options: MintOptions, request: IncomingMessage, response: ServerResponse) {
  const path = request.url ?? "/";
  let asked: unknown = null;
  let answer: Answer;
  try {
    asked = request.method === "POST" ? await bodyOf(request) : null;
    if (options.loses?.(path, asked)) {
      request.socket.destroy();
      return;
    }
    answer = { status: 200, body: books.answer(path, asked) };
  } catch (error) {
    if (!(error instanceof MintError)) throw error;
    answer = { status: 400, body: { detail: error.message, code: error.code } };
  }
  const said = options.tamper === undefined ? answer : options.tamper(path, answer, asked);
  if (said === null) {
    request.socket.destroy();
    return;
  }
  response.writeHead(said.status, { "content-type": "application/json" });
  response.end(JSON.stringify(said.body, (_key, each) => (typeof each === "bigint" ? Number(each) : each)));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += (part as Buffer).length;
    if (length > LONGEST_BODY_BYTES) throw new MintError(10000, "too long");
    parts.push(part as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    throw new MintError(10000, "not JSON");
  }
}

class Books {
  readonly keysetId: string;
  readonly #keys: readonly MintKey[];
  readonly #options: MintOptions;
  readonly #file: DatabaseSync;

  constructor(options: MintOptions) {
    this.#options = options;
    this.#keys = keysFrom(options.seed ?? "a mint of tests", HEIGHT);
    this.keysetId = keysetIdOf(this.#keys, options.unit, options.feePpk ?? 0);
    this.#file = new DatabaseSync(options.path);
    this.#file.exec(`pragma journal_mode = wal; pragma synchronous = full;
      create table if not exists spent (y text primary key, amount integer not null, witness text);
      create table if not exists signed (b text primary key, answer text not null, amount integer not null);
      create table if not exists quote (id text primary key, amount integer not null, issued integer not null);`);
  }

  answer(path: string, asked: unknown): unknown {
    const quoted = /^\/v1\/mint\/quote\/bolt11\/([0-9a-f-]+)$/.exec(path);
    if (quoted !== null) return this.#quote(quoted[1] as string);
    switch (path) {
      case "/v1/info":
        return this.#info();
      case "/v1/keys":
      case `/v1/keys/${this.keysetId}`:
        return { keysets: [{ ...this.#keyset(), keys: this.#published() }] };
      case "/v1/keysets":
        return { keysets: [this.#keyset()] };
      case "/v1/mint/quote/bolt11":
        return this.#newQuote(asked as { amount: number });
      case "/v1/mint/bolt11":
        return this.#mint(asked as { quote: string; outputs: unknown });
      case "/v1/swap":
        return this.#swap(asked as { inputs: unknown; outputs: unknown });
      case "/v1/checkstate":
        return this.#states(asked as { Ys: unknown });
      case "/v1/restore":
        return this.#restore(asked as { outputs: unknown });
      default:
        throw new MintError(10000, "no such address");
    }
  }

  outstanding(): bigint {
    const sum = (table: string) => this.#file.prepare(`select coalesce(sum(amount), 0) as sum from ${table}`).get();
    return BigInt(sum("signed")?.sum as number) - BigInt(sum("spent")?.sum as number);
  }

  close(): void {
    this.#file.close();
  }

  #info() {
    const method = [{ method: "bolt11", unit: this.#options.unit, options: { description: false } }];
    const supported = [7, 9, 10, 11, 12, 14].map((nut) => [String(nut), { supported: true }]);
    return {
      name: "a mint of tests",
      pubkey: this.#keys[0]?.point.toHex(),
      version: "tests/1",
      contact: [],
      nuts: {
        4: { methods: method, disabled: false },
        5: { methods: [], disabled: true },
        ...Object.fromEntries(supported),
      },
    };
  }

  #keyset() {
    return { id: this.keysetId, unit: this.#options.unit, active: true, input_fee_ppk: this.#options.feePpk ?? 0 };
  }

  #published() {
    return Object.fromEntries(this.#keys.map(({ amount, point }) => [String(amount), point.toHex()]));
  }

  #newQuote({ amount }: { amount: number }) {
    if (!Number.isSafeInteger(amount) || amount < 1) throw new MintError(11006, "an amount outside of the limits");
    const id = crypto.randomUUID();
    this.#file.prepare("insert into quote values (?, ?, 0)").run(id, amount);
    return this.#quote(id);
  }

  /** Nobody pays: this is play money, and every quote is paid as it is asked for. */
  #quote(id: string) {
    const row = this.#file.prepare("select amount, issued from quote where id = ?").get(id);
    if (row === undefined) throw new MintError(20001, "no such quote");
    const state = row.issued === 1 ? "ISSUED" : "PAID";
    return { quote: id, request: "play", amount: row.amount, unit: this.#options.unit, state, expiry: null };
  }

  #mint({ quote, outputs }: { quote: string; outputs: unknown }) {
    const { state, amount } = this.#quote(String(quote));
    if (state !== "PAID") throw new MintError(20002, "issued already");
    const wanted = this.#outputsOf(outputs);
    if (sumOf(wanted) !== BigInt(amount as number)) throw new MintError(11005, "not balanced");
    return this.#together(() => {
      this.#file.prepare("update quote set issued = 1 where id = ?").run(quote);
      return { signatures: wanted.map((output) => this.#sign(output)) };
    });
  }

  #swap(asked: { inputs: unknown; outputs: unknown }) {
    const inputs = inputsOf(asked.inputs);
    const outputs = this.#outputsOf(asked.outputs);
    const places = inputs.map(({ secret }) => hashToCurve(Buffer.from(secret)).toHex());
    if (new Set(places).size < places.length) throw new MintError(11007, "duplicate inputs");
    for (const input of inputs) this.#verify(input);
    const fee = BigInt(Math.ceil((inputs.length * (this.#options.feePpk ?? 0)) / 1000));
    if (sumOf(inputs) - fee !== sumOf(outputs)) throw new MintError(11005, "not balanced");
    const fault = conditionFault(inputs, outputs, Math.floor(this.#options.clock() / 1000));
    if (fault !== null) throw new MintError(10001, fault);
    return this.#together(() => {
      for (const [i, { amount, witness }] of inputs.entries()) {
        if (this.#isSpent(places[i] as string)) throw new MintError(11001, "spent already");
        const spend = this.#file.prepare("insert into spent values (?, ?, ?)");
        spend.run(places[i] as string, Number(amount), witness);
      }
      return { signatures: outputs.map((output) => this.#sign(output)) };
    });
  }

  #states({ Ys }: { Ys: unknown }) {
    const states = arrayOf(Ys).map((y) => {
      const row = this.#file.prepare("select witness from spent where y = ?").get(String(y));
      return { Y: y, state: row === undefined ? "UNSPENT" : "SPENT", witness: row?.witness ?? null };
    });
    return { states };
  }

  #restore(asked: { outputs: unknown }) {
    const found = this.#outputsOf(asked.outputs, true).flatMap((output) => {
      const row = this.#file.prepare("select answer from signed where b = ?").get(output.B_);
      return row === undefined ? [] : [{ output, signature: JSON.parse(row.answer as string) }];
    });
    return { outputs: found.map(({ output }) => output), signatures: found.map(({ signature }) => signature) };
  }

  #verify({ id, amount, secret, C }: Input): void {
    if (id !== this.keysetId) throw new MintError(12001, "unknown keyset");
    const key = this.#keys.find((each) => each.amount === amount);
    if (key === undefined || !isSigned(key, secret, C)) throw new MintError(10001, "not a signature of this mint");
  }

  #sign(output: Output) {
    const key = this.#keys.find((each) => each.amount === output.amount) as MintKey;
    const { signed, e, s } = blindSign(key, pointOf(output.B_));
    const answer = { id: output.id, amount: Number(output.amount), C_: signed, dleq: { e, s } };
    this.#file.prepare("insert into signed values (?, ?, ?)").run(output.B_, JSON.stringify(answer), answer.amount);
    return answer;
  }

  #outputsOf(asked: unknown, again = false): readonly Output[] {
    const outputs = arrayOf(asked).map((each) => {
      const { amount, id, B_ } = each as { amount: number; id: string; B_: string };
      if (id !== this.keysetId) throw new MintError(12001, "unknown keyset");
      if (!this.#keys.some((key) => key.amount === BigInt(amount))) throw new MintError(11006, "no such amount");
      try {
        pointOf(B_);
      } catch {
        throw new MintError(10001, "not a point");
      }
      return { amount: BigInt(amount), id, B_ };
    });
    if (new Set(outputs.map(({ B_ }) => B_)).size < outputs.length) throw new MintError(11008, "duplicate outputs");
    const known = this.#file.prepare("select 1 from signed where b = ?");
    if (!again && outputs.some(({ B_ }) => known.get(B_) !== undefined)) throw new MintError(11003, "signed already");
    return outputs;
  }

  #isSpent(place: string): boolean {
    return this.#file.prepare("select 1 from spent where y = ?").get(place) !== undefined;
  }

  #together<T>(work: () => T): T {
    this.#file.exec("begin immediate");
    try {
      const made = work();
      this.#file.exec("commit");
      return made;
    } catch (error) {
      this.#file.exec("rollback");
      throw error;
    }
  }
}

function inputsOf(asked: unknown): readonly Input[] {
  return arrayOf(asked).map((each) => {
    const { amount, id, secret, C, witness } = each as Record<string, unknown>;
    if (typeof secret !== "string" || secret.length > 1024) throw new MintError(10001, "not a secret");
    const said = witness === undefined || witness === null ? null : witness;
    const text = said === null || typeof said === "string" ? said : JSON.stringify(said);
    return { amount: BigInt(amount as number), id: String(id), secret, C: String(C), witness: text };
  });
}

function arrayOf(asked: unknown): readonly unknown[] {
  if (!Array.isArray(asked) || asked.length < 1 || asked.length > 100) throw new MintError(10000, "1 to 100 of them");
  return asked;
}

function sumOf(parts: readonly { readonly amount: bigint }[]): bigint {
  return parts.reduce((sum, { amount }) => sum + amount, 0n);
}
