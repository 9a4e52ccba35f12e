/** Swaps at the command line: two shops, each a process of its own, a certifier and three trustees, over HTTP. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counterfoil } from "./command-line.ts";
import { PROGRAM } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "counterfoil-swap-"));
const children: ChildProcess[] = [];
let market: string;
let shop: string;

beforeAll(async () => {
  market = await serving("b", undefined, "start");
  shop = await serving("a", market, "shop", "serve", "--name", "Ann");
  const added = await run("a", "shop", "add", file("ann.txt", "what Ann has"), ...ANN);
  expect(added.errors).toBe("");
  const bobs = await run("b", "shop", "add", file("bob.txt", "what Bob has"), ...BOB);
  expect(bobs.errors).toBe("");
}, 120_000);

const ANN = ["--title", "Ann's item", "--price", "1", "--certify", "--yes", "--json"];
const BOB = ["--title", "Bob's item", "--price", "1", "--certify", "--yes", "--json"];

afterAll(async () => {
  await Promise.all(
    children.map((child) => {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      return ended;
    }),
  );
  rmSync(folder, { recursive: true, force: true });
});

/** @returns where the server is, which its first line says. */
async function serving(data: string, url: string | undefined, ...words: string[]): Promise<string> {
  const all = [PROGRAM, ...words, "--port", "0", "--json", "--data", join(folder, data)];
  const env = { ...process.env, ...(url === undefined ? {} : { COUNTERFOIL_URL: url }) };
  const child = spawn(process.execPath, all, { env, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return (JSON.parse(line) as { url: string }).url;
  throw new Error("the server said nothing");
}

function run(data: string, ...words: string[]) {
  return counterfoil([...words, "--data", join(folder, data)], { environment: { COUNTERFOIL_URL: market } });
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("swap", () => {
  test("is refused for what the other's owner has not said that it takes", async () => {
    const out = join(folder, "refused.txt");
    const refused = await run("a", "swap", "ann-s-item", "--for", "bob-s-item", "--at", market, "--out", out);
    expect(refused.status).toBe(1);
    expect(refused.errors).toContain("The other shop does not give this for that");
    expect(refused.errors).toContain("No money is involved.");
  }, 60_000);

  test("gives each the other's goods", async () => {
    const said = await run("b", "shop", "swaps", "add", "bob-s-item", "--for", "ann-s-item", "--from", shop);
    expect([said.errors, said.output]).toEqual([
      "",
      '"Bob\'s item" is given, by the running shop and without asking you, for "Ann\'s item".\n',
    ]);
    const out = join(folder, "got.txt");
    const done = await run("a", "swap", "ann-s-item", "--for", "bob-s-item", "--at", market, "--out", out);
    expect([done.errors, done.output]).toEqual([
      "",
      `Swapped: "Bob's item" is in ${out}. The other gave its own. No money is involved.\n`,
    ]);
    expect(readFileSync(out, "utf8")).toBe("what Bob has");
    const places = join(folder, "b", "shop", "swapped-in");
    const [name] = readdirSync(places) as [string];
    expect(readFileSync(join(places, name), "utf8")).toBe("what Ann has");
    const listed = (await run("a", "swap", "list", "--json")).json();
    expect(listed).toMatchObject({ swaps: [{ phase: "had", title: "Bob's item" }] });
    expect((await run("a", "swap", "resume")).output).toBe("Nothing is open.\n");
  }, 120_000);
});

/** A way to the market on which one kind of message is lost, and everything else arrives. */
async function losing(tag: string): Promise<{ readonly url: string; readonly lost: () => number; close(): void }> {
  let lost = 0;
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (body.includes(tag)) {
      lost++;
      request.socket.destroy();
      return;
    }
    const { method = "GET", url = "/", headers } = request;
    const type = headers["content-type"];
    const answer = await fetch(`${market}${url}`, {
      method,
      headers: {
        ...(type === undefined ? {} : { "content-type": type }),
        ...(headers.range ? { range: headers.range } : {}),
      },
      ...(method === "POST" ? { body: new Uint8Array(body) } : {}),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(new Uint8Array(await answer.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, lost: () => lost, close: () => server.close() };
}

describe("swap with a shop that falls silent once it is given to", () => {
  test("is finished by trustees", async () => {
    const way = await losing("swap-give/1");
    const out = join(folder, "by-trustees.txt");
    const done = await run("a", "swap", "ann-s-item", "--for", "bob-s-item", "--at", way.url, "--out", out);
    way.close();
    expect([done.errors, done.output]).toEqual([
      "",
      `Swapped: "Bob's item" is in ${out}. The other fell silent; trustees opened its item. No money is involved.\n`,
    ]);
    expect(way.lost()).toBeGreaterThan(1);
    expect(readFileSync(out, "utf8")).toBe("what Bob has");
  }, 180_000);
});

describe("swap sign", () => {
  test("gives both a proof that both signed, and neither anything for another text", async () => {
    const text = file("contract.txt", "Ann and Bob agree.");
    const out = join(folder, "contract.proof");
    expect((await run("b", "shop", "swaps", "sign", text, "--with", shop)).errors).toBe("");
    const other = await run("a", "swap", "sign", file("other.txt", "Ann owes Bob."), "--with", market, "--out", out);
    expect(other.status).toBe(1);
    const done = await run("a", "swap", "sign", text, "--with", market, "--out", out, "--json");
    expect([done.errors, done.status]).toEqual(["", 0]);
    const places = join(folder, "b", "shop", "swapped-in");
    const theirs = readdirSync(places).find((name) => name.endsWith("-contract")) as string;
    const judged = await Promise.all(
      [out, join(places, theirs)].map((path) => run("a", "verify", path, text, "--json")),
    );
    const [one, two] = judged.map((each) => each.json() as { signatories: { merchant: string }[] });
    expect(one).toMatchObject({ status: "done", kind: "contract", text: true });
    const sorted = (each: typeof one) => each?.signatories.map(({ merchant }) => merchant).sort();
    expect(sorted(two)).toEqual(sorted(one));
    expect(sorted(one)).toHaveLength(2);
    const wrong = await run("a", "verify", out, join(folder, "other.txt"));
    expect([wrong.status, wrong.output]).toEqual([1, expect.stringContaining("NOT the text that they signed")]);
  }, 120_000);
});
