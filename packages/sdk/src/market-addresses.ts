/** Whom a market names: every address that a buyer of it may have to ask besides the market's own. */

interface Naming {
  readonly bank: { readonly url: string | null } | null;
  readonly trustees?: readonly { readonly urls: readonly string[] }[];
  readonly certifier?: { readonly url: string | null } | null;
  readonly logs?: readonly { readonly url: string }[];
}

/** @param market the market, or what it says of itself at /v1/market. @param mirrors other hosts of its shop's goods. */
export function namedAddresses(market: Naming, mirrors: readonly string[]): string[] {
  const { bank, trustees = [], certifier, logs = [] } = market;
  return [
    ...[bank?.url, certifier?.url].filter((url) => typeof url === "string"),
    ...trustees.flatMap(({ urls }) => urls),
    ...logs.map(({ url }) => url),
    ...mirrors,
  ];
}
