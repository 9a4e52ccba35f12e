/** What a scenario is: a market made ready, one thing that must be refused, and the check that refuses it. */
import type { Market } from "./market.ts";

/** One piece of source, found exactly once, and what stands there when the check is gone. */
export interface Edit {
  /** From the workspace's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Scenario {
  readonly name: string;
  /** The reason that must be given. */
  readonly reason: string;
  /** The one check. A second edit takes away the assertion behind it, which would turn an acceptance into a failure. */
  readonly without: readonly Edit[];
  /** Everything that is lawful, up to the attack; balances are compared from there. */
  prepare(market: Market): Promise<() => Promise<string>>;
}

const PACKAGES = {
  cbor: "packages/base/src/cbor.ts",
  schema: "packages/base/src/schema.ts",
  cose: "packages/crypto/src/cose.ts",
  envelope: "packages/crypto/src/envelope.ts",
  bankAdmit: "packages/protocols/src/money/admit.ts",
  settle: "packages/protocols/src/money/settle.ts",
  holdMoney: "packages/protocols/src/money/hold-money.ts",
  logged: "packages/protocols/src/money/logged.ts",
  logStanding: "packages/protocols/src/money/log-standing.ts",
  bankAuthority: "packages/protocols/src/money/bank.ts",
  tabs: "packages/protocols/src/money/tabs.ts",
  tabAdmit: "packages/protocols/src/money/tab-admit.ts",
  taking: "packages/protocols/src/tabs/taking.ts",
  till: "packages/protocols/src/tabs/till.ts",
  tillAdmit: "packages/protocols/src/tabs/till-admit.ts",
  hearing: "packages/protocols/src/tabs/hearing.ts",
  tabWallet: "packages/protocols/src/tabs/wallet.ts",
  accounts: "packages/protocols/src/money/accounts.ts",
  holders: "packages/protocols/src/money/holders.ts",
  coin: "packages/protocols/src/money/coin.ts",
  mintAdmit: "packages/protocols/src/money/mint-admit.ts",
  mint: "packages/protocols/src/money/mint.ts",
  blind: "packages/crypto/src/blind.ts",
  purse: "packages/protocols/src/purse/purse.ts",
  purseKeys: "packages/protocols/src/purse/keys.ts",
  purseSecrets: "packages/protocols/src/purse/secrets.ts",
  purseHearing: "packages/protocols/src/purse/hearing.ts",
  group: "packages/host/src/group.ts",
  pseudonyms: "packages/protocols/src/money/pseudonyms.ts",
  shopAdmit: "packages/protocols/src/exchange/merchant-admit.ts",
  selling: "packages/protocols/src/exchange/selling.ts",
  buying: "packages/protocols/src/exchange/buying.ts",
  evidence: "packages/protocols/src/exchange/evidence.ts",
  customer: "packages/protocols/src/exchange/customer.ts",
  contract: "packages/protocols/src/contract/contract.ts",
  offer: "packages/protocols/src/contract/offer.ts",
  wire: "packages/host/src/http/wire.ts",
  client: "packages/host/src/http/client.ts",
  pieces: "packages/host/src/piece-verifier.ts",
  goods: "packages/host/src/goods.ts",
  purchase: "packages/sdk/src/purchase.ts",
  token: "packages/protocols/src/purse/token.ts",
  cash: "packages/sdk/src/cash.ts",
  bank: "packages/sdk/src/bank.ts",
} as const;

/** The condition of a check, replaced by one that never holds. */
export function never(file: keyof typeof PACKAGES, line: string, condition: string): Edit {
  return swap(file, line, line.replace(condition, "false"));
}

export function swap(file: keyof typeof PACKAGES, find: string, replace: string): Edit {
  if (find === replace) throw new Error(`nothing is changed in ${find}`);
  return { file: PACKAGES[file], find, replace };
}
