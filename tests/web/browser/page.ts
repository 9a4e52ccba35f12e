/** The page in which packages/browser is tested: it does what the test on Node asks, by way of `bench`. */
import * as goods from "./goods.ts";
import * as kill from "./kill.ts";
import * as stores from "./stores.ts";
import * as vaults from "./vaults.ts";

const bench = { goods, kill, stores, vaults };
export type Bench = typeof bench;
Object.assign(globalThis, { bench });
