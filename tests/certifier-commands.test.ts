/** A shop that has its goods certified, at the command line: a bank, a certifier and a shop, each a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counterfoil } from "./command-line.ts";
import { PROGRAM } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "counterfoil-certifier-commands-"));
const children: ChildProcess[] = [];
let bank: string;
let certifier: string;

beforeAll(async () => {
  bank = (await serving("bank", "bank", "serve")).url;
  certifier = (await serving("certifier", "certifier", "serve", "--name", "Ann", "--review")).url;
});
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

/** @returns the first line of a server, which says where it is. */
async function serving(data: string, ...words: string[]): Promise<{ url: string }> {
  const all = [PROGRAM, ...words, "--port", "0", "--json", "--data", join(folder, data)];
  const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as { url: string };
  throw new Error("the server said nothing");
}

async function run(data: string, ...words: string[]) {
  return counterfoil([...words, "--data", join(folder, data)], { environment: { COUNTERFOIL_URL: bank } });
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const add = (path: string, title: string, ...more: string[]) =>
  run("shop", "shop", "add", path, "--title", title, "--price", "2.50", "--json", ...more);

describe("shop add --certify", () => {
  const goods = file("goods.txt", "what is sold");

  test("says who will see the goods, and sends nothing unless somebody agrees", async () => {
    const refused = await run("shop", "shop", "add", goods, "--title", "T", "--price", "1", "--certify", certifier);
    expect(refused.status).toBe(1);
    expect(refused.errors).toContain(`The certifier "Ann" at ${certifier}`);
    expect(refused.errors).toContain("will see the goods and the key that opens them");
    expect(refused.errors).toContain("A person at this certifier compares the content with its description.");
    expect(refused.errors).toContain("No money has moved.");
    expect((await run("certifier", "certifier", "list", "--json")).json()).toMatchObject({ registrations: [] });
  });

  test("waits for a person, and lists what was approved", async () => {
    const waiting = (await add(goods, "Good goods", "--certify", certifier, "--yes")).json();
    expect(waiting).toMatchObject({ status: "pending", reason: "pending" });
    expect((await run("shop", "shop", "list", "--json")).json()).toMatchObject({ items: [] });
    const { pending } = (await run("certifier", "certifier", "pending", "--json")).json() as {
      pending: { pid: string; content: string; title: string }[];
    };
    expect(pending).toMatchObject([{ pid: waiting.pid, title: "Good goods" }]);
    expect(readFileSync(pending[0]?.content as string, "utf8")).toBe("what is sold");
    expect((await run("shop", "shop", "certify", "--json")).json()).toMatchObject({ status: "pending" });
    const approved = await run("certifier", "certifier", "approve", String(waiting.pid).slice(0, 8));
    expect([approved.status, approved.output]).toEqual([
      0,
      '"Good goods" is certified and in the catalogue. Its opened content is deleted here.\n',
    ]);
    const listed = (await run("shop", "shop", "certify", "--json")).json();
    expect(listed).toMatchObject({ status: "done", slug: "good-goods", pid: waiting.pid });
    expect((await run("shop", "shop", "list", "--json")).json()).toMatchObject({ items: [{ slug: "good-goods" }] });
    expect((await run("shop", "shop", "certify", "--json")).json()).toEqual({ status: "done", drafts: 0 });
  });

  test("takes back what was refused, and says why", async () => {
    const before = readdirSync(join(folder, "shop", "shop", "goods"));
    const { pid } = (await add(goods, "Bad goods", "--certify", certifier, "--yes")).json();
    const no = await run("certifier", "certifier", "refuse", String(pid).slice(0, 8), "--reason", "Nothing is in it.");
    expect(no.status).toBe(0);
    const refused = await run("shop", "shop", "certify", "--json");
    expect(refused.status).toBe(1);
    expect(refused.json()).toMatchObject({ status: "refused", reason: "wrong-description" });
    expect(refused.json().detail).toContain("It says: Nothing is in it.");
    expect(readdirSync(join(folder, "shop", "shop", "goods"))).toEqual(before);
    const again = await run("certifier", "certifier", "approve", String(pid).slice(0, 8), "--json");
    expect(again.json()).toMatchObject({ status: "refused", reason: "not-pending" });
  });

  test("finds out before anything is sent that the name is taken, or that nobody certifies there", async () => {
    expect((await add(goods, "Good goods", "--certify", certifier, "--yes")).json().reason).toBe("already-listed");
    expect((await add(goods, "More", "--certify", "--yes")).json()).toMatchObject({ status: "refused" });
    expect((await add(goods, "More", "--certify", "nowhere", "--yes")).status).toBe(2);
    const group = await add(goods, "More", "--certify", certifier, "--group", "ffff", "--yes");
    expect(group.json()).toMatchObject({ status: "refused", reason: "no-group" });
  });
});

test("a file of trustees that they have not all signed is none", async () => {
  const path = file("group.json", JSON.stringify({ group: "00" }));
  const refused = await run("other", "certifier", "serve", "--group", path, "--port", "0");
  expect([refused.status, refused.errors]).toMatchObject([2, expect.stringContaining("all its members have signed")]);
});

test("mirrors are told of, and the goods are written as they want them", async () => {
  await add(file("plain.txt", "plain"), "Plain", "--mirror", "https://a.example/goods/");
  const two = (await run("shop", "shop", "mirror", "add", "https://b.example", "--json")).json();
  expect(two).toEqual({ status: "done", mirrors: ["https://a.example/goods", "https://b.example"] });
  const one = (await run("shop", "shop", "mirror", "remove", "https://a.example/goods", "--json")).json();
  expect(one.mirrors).toEqual(["https://b.example"]);
  expect((await run("shop", "shop", "mirror", "add", "ftp://c.example")).status).toBe(2);
  const to = join(folder, "static");
  const { items } = (await run("shop", "shop", "export-goods", to, "--json")).json();
  const names = readdirSync(to);
  expect(names).toHaveLength(2 * Number(items));
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{64}\.(age|pieces)$/);
});
