/** What rests on time having passed, over a real host that is started again with its clock set back (P§2D "Growth"). */
import type { Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { hostAuthority } from "@counterfoil/host";
import { memoryStore, type Store } from "@counterfoil/protocols";
import { type BankCommand, type BankOutcome, bank } from "@counterfoil/protocols/money";
import { aborting } from "../../packages/protocols/src/money/bank.fixture.ts";
import { type MadeCoin, refreshing, withdrawing } from "../../packages/protocols/src/money/coins.fixture.ts";
import { swap } from "../refusals/scenario.ts";
import type { Forgery } from "./forgery.ts";
import { HOUR_MS, NOW, type World, worldOf } from "./world.ts";

const CLOCK_BACK = swap("group", "steadyClock(options.clock, lease.highWaterMs)", "steadyClock(options.clock, 0)");

export const CLOCK: readonly Forgery[] = [
  {
    name: "an order aborted, the abort forgotten, the clock set back",
    held: "aborted, expired",
    broken: "aborted, paid",
    without: [CLOCK_BACK],
    async attempt(crypto) {
      const { world, process } = served(crypto);
      const { coins } = await withdrawnBy(world, process);
      const sale = world.sale("s", 64n);
      const [aborted] = await process(NOW, [aborting(world.at, sale)]);
      await process(NOW + 25 * HOUR_MS, []);
      const [settled] = await process(NOW, [world.pays(sale, coins)]);
      return `${aborted}, ${settled}`;
    },
  },
  {
    name: "a coin paid with and forgotten, the clock set back",
    held: "paid, expired",
    broken: "paid, paid",
    without: [CLOCK_BACK],
    async attempt(crypto) {
      const { world, process } = served(crypto);
      const { coins } = await withdrawnBy(world, process, ["spare"]);
      const [paid] = await process(NOW, [world.pays(world.sale("s", 64n), coins)]);
      await process(world.key().refreshUntilMs + 25 * HOUR_MS, []);
      const [again] = await process(NOW, [world.pays(world.sale("t", 64n), coins)]);
      return `${paid}, ${again}`;
    },
  },
  {
    name: "a withdrawal forgotten, its copy, the clock set back",
    held: "issued, expired",
    broken: "issued, issued",
    without: [CLOCK_BACK],
    async attempt(crypto) {
      const { world, process } = served(crypto);
      const message = withdrawing(world.at, [world.blank("a")]);
      const [first] = await process(NOW, [message]);
      await process(world.key().refreshUntilMs + 25 * HOUR_MS, []);
      const [again] = await process(NOW, [message]);
      return `${first}, ${again}`;
    },
  },
  {
    name: "a coin refused as over, the clock set back",
    held: "coin-expired, coin-expired",
    broken: "coin-expired, issued",
    without: [CLOCK_BACK],
    async attempt(crypto) {
      const { world, process } = served(crypto);
      const { coins } = await withdrawnBy(world, process);
      const message = refreshing(world.at, coins, [], {
        deposit: { account: world.at.payer.publicKey, amountMinor: 64n },
      });
      const { refreshUntilMs } = world.key();
      const [over] = await process(refreshUntilMs, [message]);
      const [again] = await process(refreshUntilMs - 1, [message]);
      return `${over}, ${again}`;
    },
  },
];

type Process = (now: Instant, messages: readonly Uint8Array[]) => Promise<readonly string[]>;

/** A bank over a store in memory. Each call is a process of its own, whose clock says `now` throughout. */
function served(crypto: Crypto): { world: World; process: Process } {
  const world = worldOf(crypto);
  const store = memoryStore();
  return { world, process: (now, messages) => inOneProcess(world, store, now, messages) };
}

async function inOneProcess(world: World, store: Store, now: Instant, messages: readonly Uint8Array[]) {
  const { config, payer } = world.at;
  const bugs: unknown[] = [];
  const hosted = await hostAuthority<never, BankCommand, BankOutcome>(bank(config) as never, store, {
    name: "bank",
    clock: () => now,
    deliver: () => {},
    onBug: (bug) => bugs.push(bug),
    onFatal: (failure) => bugs.push(failure),
  });
  await hosted.submit({ kind: "grant", account: payer.publicKey, amountMinor: 1_000n, nonce: "5a".repeat(32) });
  const said: string[] = [];
  for (const message of messages) {
    const command = hosted.admit(message);
    if (!command.ok) throw new Error(command.reason);
    const { outcome } = await hosted.submit(command.value);
    said.push(outcome.kind === "refused" ? outcome.reason : outcome.kind);
  }
  while ((await store.due(now, 1)).length > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await hosted.stop();
  if (bugs.length > 0) throw bugs[0];
  return said;
}

async function withdrawnBy(world: World, process: Process, more: readonly string[] = []) {
  const blanks = ["a 0", ...more].map((name) => world.blank(name));
  await process(NOW, [withdrawing(world.at, blanks)]);
  const coins: readonly MadeCoin[] = [world.stolen("a 0")];
  return { coins };
}
