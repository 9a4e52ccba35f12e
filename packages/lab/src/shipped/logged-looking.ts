/** What the worlds of logged sales come to, besides whether anything is wrong with one of them. */
import { type Explored, explore, type World } from "../explore/index.ts";
import { marksIn, OPENING } from "./logged-facts.ts";
import type { LoggedPlay } from "./logged-play.ts";

export interface Looked extends Explored {
  /** Where it is over for a customer: its phase, the bank's row, the log's outcome, whether v is out, and by what it opened. */
  readonly outcomes: readonly string[];
  /** The bank's rows, wherever the customers are. */
  readonly rows: readonly string[];
  /** What has become of the coins. */
  readonly coins: readonly string[];
  /** By what customers had their goods. */
  readonly releases: readonly string[];
}

export interface Looking {
  /** At each world, besides. @returns a fault of its own, or null. */
  readonly look?: (world: World) => string | null;
  readonly limit?: number;
}

export function lookAt(play: LoggedPlay, { look = () => null, limit }: Looking = {}): Looked {
  const [outcomes, rows, coins, releases] = [set(), set(), set(), set()];
  const { words, buyers, bank } = play.parties;
  const bankAt = words.who.indexOf("the bank");
  const note = (world: World): void => {
    const state = world.state(bankAt);
    words.sales.forEach((sale, at) => {
      const { phase, cause } = play.facts.bank(state).rows[at] as { phase: string; cause: string | null };
      const is = `${phase}${cause === null ? "" : ` by ${cause}`}`;
      rows.add(is);
      for (const { coinId } of sale.coins) coins.add(`${bank.rowsOf(state).get(`coin/${coinId}`)?.state ?? "free"}`);
      const buyer = buyers[at]?.stateOf(world.state(at));
      if (buyer?.phase !== "paid" && buyer?.phase !== "ended") return;
      if (buyer.phase === "paid") releases.add(buyer.release.kind);
      const isOut = (marksIn(world, at) & OPENING) > 0;
      outcomes.add(`${buyer.phase}, ${is}, ${play.facts.decided(world, at) ?? "open"}${isOut ? ", v" : ""}`);
    });
  };
  const fault = (world: World): string | null => {
    note(world);
    return look(world) ?? play.fault(world);
  };
  const explored = explore({ ...play, fault }, limit === undefined ? {} : { limit });
  return {
    ...explored,
    ...{ outcomes: sorted(outcomes), rows: sorted(rows) },
    coins: sorted(coins),
    releases: sorted(releases),
  };
}

const set = () => new Set<string>();
const sorted = (all: ReadonlySet<string>) => [...all].sort();
