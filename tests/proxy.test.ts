/**
 * A wallet behind a proxy: nobody is reached in another way, whatever goes wrong, and what the account says never shares a
 * connection or a login with what a purchase says. The proxy is a real one and notes everything; the market stands behind a
 * front that sees where connections come from, so that a client which went around would be seen there.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type SocksProxy, tunnelAgent, wireClient } from "@counterfoil/host";
import {
  ACCOUNT,
  type Bought,
  balance,
  buy,
  grant,
  newIdentity,
  newNonce,
  type OpenWallet,
  openTransport,
  openWallet,
  type Visit,
  visit,
  type WalletPorts,
} from "@counterfoil/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { counterfoil, type Ran } from "./command-line.ts";
import { type Front, frontOf, type Passage, type Socks, socksProxy } from "./proxy/socks.ts";
import { FUNDS_MINOR, type Market, openMarket, PRICE_MINOR } from "./refusals/market.ts";

const NAME = "market.test"; // RFC 6761: nobody's resolver knows it

let market: Market;
let front: Front;
let proxy: Socks;
let pass: (said: string) => boolean;

beforeEach(async () => {
  pass = () => true;
  market = await openMarket();
  front = await frontOf(market.visit.url);
  proxy = await socksProxy({ names: { [NAME]: "127.0.0.1" }, pass: (said) => pass(said) });
});

afterEach(async () => {
  await proxy.stop();
  await front.close();
  await market.close();
});

const addressOf = ({ port }: Socks): SocksProxy => ({ host: "127.0.0.1", port, login: null });
const portsThrough = (through: SocksProxy | null): WalletPorts => ({
  ...market.ports,
  transport: openTransport(through),
});
const urlOf = (host: string) => `http://${host}:${front.port}`;

interface Buyer {
  readonly own: WalletPorts;
  readonly market: Visit;
  readonly wallet: OpenWallet;
  balance(): Promise<bigint>;
  buy(pid: string, out: string, patienceMs?: number): Promise<Bought>;
  close(): Promise<void>;
}

/** A wallet with money on its account, all of it through the proxy. */
async function buyerAt(own: WalletPorts, url: string): Promise<Buyer> {
  const seen = await visit(own, url, market.bank.key);
  const wallet = await openWallet(join(market.folder, "proxied"), own);
  const holder = { ...own, key: wallet.account, bank: seen.bank.terms, client: seen.bank.client };
  await grant(holder, FUNDS_MINOR, newNonce());
  return {
    own,
    market: seen,
    wallet,
    balance: async () => (await balance(holder)).balanceMinor,
    async buy(pid, out, patienceMs = 30_000) {
      const outPath = join(market.folder, out);
      const terms = { maxPriceMinor: null, bidMinor: null, credential: null, agree: async () => true };
      return buy(seen, wallet, await seen.item(pid), { outPath, ...terms, patienceMs }, own);
    },
    async close() {
      await wallet.close();
      seen.close();
    },
  };
}

type Kind = "account" | "browsing" | "purchase" | "coins";

/** What was said on a connection, by the tags of its messages and the paths of its requests. */
function kindsOf(passages: readonly Passage[]): Kind[] {
  const kinds = new Set<Kind>();
  for (const { said } of passages) {
    if (/account-request\/1|withdraw-request\/1/.test(said)) kinds.add("account");
    if (/coin-keys-request\/1|refresh-request\/1|reissue-request\/1/.test(said)) kinds.add("coins");
    if (/GET \/v1\//.test(said)) kinds.add("browsing");
    if (/GET \/goods\/|price-request\/1|price\/1|order\/1|payment\/1|query\/1|abort\/1/.test(said))
      kinds.add("purchase");
  }
  return [...kinds];
}

function byLogin(passages: readonly Passage[]): ReadonlyMap<string | null, Passage[]> {
  return Map.groupBy(passages, ({ login }) => login);
}

describe("a whole purchase", () => {
  test("goes through the proxy, its market's name unresolved, and account and purchases share nothing", async () => {
    const [first, second] = [await market.list(), await market.list({ content: "x".repeat(3_000_000) })];
    const buyer = await buyerAt(portsThrough(addressOf(proxy)), urlOf(NAME));
    expect((await buyer.buy(first, "one.txt")).kind).toBe("delivered");
    expect(await buyer.balance()).toBe(FUNDS_MINOR - PRICE_MINOR);
    expect((await buyer.buy(second, "two.txt")).kind).toBe("delivered");
    expect(readFileSync(join(market.folder, "two.txt")).length).toBe(3_000_000);
    await buyer.close();
    expect(buyer.own.transport.open).toBe(0);

    expect(front.strangers(proxy)).toBe(0);
    for (const { destination, named, login } of proxy.passages) {
      expect([destination, named]).toEqual([`${NAME}:${front.port}`, true]);
      expect(login).toMatch(/^[0-9a-f]{32}:[0-9a-f]{32}$/);
    }
    const kinds = [...byLogin(proxy.passages).values()].map(kindsOf);
    expect(kinds.map((each) => each.join()).sort()).toEqual(["account", "browsing", "purchase", "purchase"]);
  });

  test("asks the bank about a purchase as the purchase, not as the account", async () => {
    const pid = await market.list();
    const buyer = await buyerAt(portsThrough(addressOf(proxy)), urlOf(NAME));
    pass = (said) => !said.includes("payment/1"); // the shop never hears of it, so after 2 s the bank is asked
    expect((await buyer.buy(pid, "asked.txt", 3_000)).kind).toBe("unknown");
    await buyer.close();
    const asked = proxy.passages.filter(({ said }) => /query\/1|abort\/1/.test(said));
    const paid = proxy.passages.filter(({ said }) => said.includes("payment/1"));
    expect(asked.length).toBeGreaterThan(0);
    expect(new Set([...asked, ...paid].map(({ login }) => login)).size).toBe(1);
    for (const passages of byLogin(proxy.passages).values()) expect(kindsOf(passages)).toHaveLength(1);
  });

  test("with a proxy that has a login of its own, goes under that, still on connections apart", async () => {
    const strict = await socksProxy({ login: "ada:s3cret:%", names: { [NAME]: "127.0.0.1" } });
    const login = { user: "ada", password: "s3cret:%" };
    const buyer = await buyerAt(portsThrough({ ...addressOf(strict), login }), urlOf(NAME));
    expect((await buyer.buy(await market.list(), "strict.txt")).kind).toBe("delivered");
    await buyer.close();
    expect(front.strangers(strict)).toBe(0);
    for (const passage of strict.passages) expect(kindsOf([passage])).toHaveLength(1);
    const wrong = portsThrough({ ...addressOf(strict), login: { user: "ada", password: "wrong" } });
    await expect(visit(wrong, urlOf(NAME), null)).rejects.toMatchObject({ code: "PROXY", sent: false });
    await strict.stop();
  });
});

describe("a proxy that is down", () => {
  test("stops everything before the payment, and no money has moved", async () => {
    const pid = await market.list();
    const buyer = await buyerAt(portsThrough(addressOf(proxy)), urlOf("127.0.0.1"));
    const item = await buyer.market.item(pid);
    await proxy.stop();
    const terms = { maxPriceMinor: null, bidMinor: null, credential: null, agree: async () => true };
    const buying = buy(
      buyer.market,
      buyer.wallet,
      item,
      { outPath: join(market.folder, "never"), ...terms },
      buyer.own,
    );
    await expect(buying).rejects.toMatchObject({ reason: "proxy-failed", money: "No money has moved." });
    await expect(buyer.balance()).rejects.toMatchObject({ code: "PROXY", sent: false });
    expect(front.strangers(proxy)).toBe(0);
    await buyer.close();
    expect(buyer.own.transport.open).toBe(0);
  });

  test("from the payment on leaves it unknown, and the purchase is finished when it is back", async () => {
    const pid = await market.list();
    const buyer = await buyerAt(portsThrough(addressOf(proxy)), urlOf("127.0.0.1"));
    pass = (said) => {
      if (said.includes("payment/1")) void proxy.stop();
      return !said.includes("payment/1");
    };
    const bought = await buyer.buy(pid, "late.txt", 3_000);
    expect(bought.kind).toBe("unknown");
    expect(front.strangers(proxy)).toBe(0);
    pass = () => true;
    await proxy.start();
    if (bought.kind !== "unknown") throw new Error("known");
    expect((await buyer.wallet.settled(bought.id, 60_000)).phase).toBe("paid");
    expect(front.strangers(proxy)).toBe(0);
    await buyer.close();
  });
});

test("planted fault: a client that is not the transport's is seen at the front", async () => {
  const buyer = await buyerAt(portsThrough(addressOf(proxy)), urlOf("127.0.0.1"));
  expect(front.strangers(proxy)).toBe(0);
  const direct = wireClient(urlOf("127.0.0.1"));
  await direct.getJson("/v1/market");
  direct.close();
  expect(front.strangers(proxy)).toBe(1);
  await buyer.close();
});

test("planted fault: an account under a purchase's identity is seen at the proxy", async () => {
  const own = portsThrough(addressOf(proxy));
  const mixed = {
    ...own,
    transport: { ...own.transport, client: (url: string) => own.transport.client(url, ACCOUNT) },
  };
  const buyer = await buyerAt(mixed, urlOf(NAME));
  await buyer.buy(await market.list(), "mixed.txt");
  await buyer.close();
  expect([...byLogin(proxy.passages).values()].flatMap(kindsOf).sort()).toEqual(["account", "browsing", "purchase"]);
});

test("TLS is with the server, through the proxy, also for a request that waits for its connection", async () => {
  const hellos: Buffer[] = [];
  const server = createServer((socket) => {
    socket
      .on("error", () => {})
      .once("data", (first) => {
        hellos.push(first);
        socket.destroy();
      });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const login = { user: "u", password: "p" };
  const agent = tunnelAgent(addressOf(proxy), login, { secure: true, maxConnections: 1 });
  const client = wireClient(`https://${NAME}:${port}`, { agent });
  const asked = await Promise.allSettled([client.getJson("/secret"), client.getJson("/secret")]);
  for (const each of asked) expect(each).toMatchObject({ status: "rejected", reason: { sent: false } });
  client.close();
  server.close();
  expect(hellos).toHaveLength(2);
  for (const hello of hellos) {
    expect([hello[0], hello.includes(NAME), hello.includes("secret")]).toEqual([0x16, true, false]); // a ClientHello
  }
});

describe("without a proxy", () => {
  test("identities share no connection; whoever asks for the same one does", async () => {
    const { transport } = portsThrough(null);
    const url = urlOf("127.0.0.1");
    const [one, two] = [newIdentity(), newIdentity()];
    const clients = [one, one, two].map((identity) => transport.client(url, identity));
    for (const client of clients) await client.getJson("/v1/market");
    expect([front.strangers(proxy), transport.open]).toEqual([2, 3]);
    clients[0]?.close();
    clients[0]?.close(); // closing twice is closing once
    await clients[1]?.getJson("/v1/market");
    expect(front.strangers(proxy)).toBe(2);
    for (const client of clients) client.close();
    expect(transport.open).toBe(0);
    await transport.client(url, one).getJson("/v1/market");
    expect(front.strangers(proxy), "what was closed is not used again").toBe(3);
  });

  test("no more than 512 clients are open at once", () => {
    const { transport } = portsThrough(null);
    const clients = Array.from({ length: 512 }, () => transport.client(urlOf("127.0.0.1"), newIdentity()));
    expect(() => transport.client(urlOf("127.0.0.1"), ACCOUNT)).toThrow(
      expect.objectContaining({ code: "TOO_MANY_CLIENTS", sent: false }),
    );
    for (const client of clients) client.close();
    transport.client(urlOf("127.0.0.1"), ACCOUNT).close();
    expect(transport.open).toBe(0);
  });
});

describe("at the command line", () => {
  function run(words: readonly string[], environment: NodeJS.ProcessEnv, input?: string): Promise<Ran> {
    const given = { COUNTERFOIL_URL: urlOf(NAME), COUNTERFOIL_DATA: join(market.folder, "cli"), ...environment };
    return counterfoil(words, { environment: given, ...(input === undefined ? {} : { input }) });
  }

  test("every command of a wallet goes through it, by --proxy and by COUNTERFOIL_PROXY", async () => {
    const pid = await market.list();
    const url = `socks5h://127.0.0.1:${proxy.port}`;
    const commands = [
      ["wallet", "create"],
      ["sandbox", "grant", "10"],
      ["wallet", "balance"],
      ["browse"],
      ["buy", pid, "--out", join(market.folder, "cli.txt"), "--yes"],
      ["resume"],
      ["wallet", "history"],
    ];
    for (const [i, words] of commands.entries()) {
      const before = proxy.passages.length;
      const ran =
        i % 2 === 0 ? await run([...words, "--proxy", url], {}) : await run(words, { COUNTERFOIL_PROXY: url });
      expect([ran.status, ran.errors.includes("Money:")], `${words.join(" ")}: ${ran.errors}`).toEqual([0, false]);
      if (words[0] !== "resume") expect(proxy.passages.length, words.join(" ")).toBeGreaterThan(before);
    }
    const phrase = (await run(["wallet", "backup", "--yes", "--json"], {})).json().phrase as string;
    const elsewhere = { COUNTERFOIL_PROXY: url, COUNTERFOIL_DATA: join(market.folder, "cli-again") };
    expect((await run(["wallet", "restore"], elsewhere, phrase)).status).toBe(0);
    expect(front.strangers(proxy)).toBe(0);
    for (const passages of byLogin(proxy.passages).values()) expect(kindsOf(passages)).toHaveLength(1);
    expect(new Set([...byLogin(proxy.passages).values()].flatMap(kindsOf)).size).toBe(4);
  });

  test("a proxy that is down is told, and nothing goes around it", async () => {
    await proxy.stop();
    const environment = { COUNTERFOIL_PROXY: `socks5h://127.0.0.1:${proxy.port}`, COUNTERFOIL_URL: urlOf("127.0.0.1") };
    for (const words of [["browse"], ["wallet", "create"]]) {
      const ran = await run([...words, "--json"], environment);
      expect([ran.status, ran.json()]).toMatchObject([1, { reason: "proxy-failed", money: "No money has moved." }]);
    }
    expect(front.strangers(proxy)).toBe(0);
  });

  test.each([
    ["socks5://ada:s3cret@127.0.0.1:9050", "look up the names"],
    ["http://ada:s3cret@127.0.0.1:8080", "only SOCKS5"],
    ["socks5h://ada:s3cret@127.0.0.1", "no address"],
    ["", "no address"],
  ])("%s is no proxy, and its password is not repeated", async (given, told) => {
    const ran = await run(["browse"], { COUNTERFOIL_PROXY: given, COUNTERFOIL_URL: urlOf("127.0.0.1") });
    expect([ran.status, ran.errors]).toEqual([2, expect.stringContaining(told)]);
    expect(ran.errors).not.toContain("s3cret");
    expect(front.strangers(proxy)).toBe(0);
  });
});
