/**
 * A bank, a shop, a log, trustees and a buyer in memory, with keys that everybody can make again: what the tests of this
 * package play with, shown to the lab, which explores the same parties. Nobody keeps money with these.
 */
export * from "./desk.fixture.ts";
export {
  headOf as publishedHead,
  INSTANTS,
  type LoggedMarket,
  type LoggedSale,
  loggedMarket,
  loggedSale,
  loggedSaleIn,
  type Pays,
  sizeOf as logSize,
  type Terms,
} from "./exchange/logged-sale.fixture.ts";
export * from "./exchange/parties.fixture.ts";
export * from "./exchange/trustees.fixture.ts";
export * from "./log/log.fixture.ts";
export * from "./log/small-log.fixture.ts";
export * from "./money/coins.fixture.ts";
export * from "./money/mint.fixture.ts";
export * from "./purse/market.fixture.ts";
export * as tellers from "./teller/teller.fixture.ts";
