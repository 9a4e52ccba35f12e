/** Whom a wallet believes about goods, and whom a bank tells its customers to believe. */
import { join } from "node:path";
import { type Endorsed, endorse, makeFolder, readEndorsed, saveEndorsed } from "@counterfoil/sdk";
import { type Place, visitMarket, walletFolder, walletPorts } from "./place.ts";
import { print, WrongUse } from "./terminal.ts";

interface TrustFlags {
  readonly certifier?: string;
  readonly group?: string;
  readonly bank?: boolean;
}

/** The bank's operator: it takes effect when the bank starts again, since the list is in its descriptor. */
export function bankTrust(place: Place, flags: TrustFlags): void {
  const folder = makeFolder(join(place.data, "bank"));
  const named = namedBy(flags);
  const endorsed = named === null ? (readEndorsed(folder) ?? NOBODY) : endorse(folder, named);
  const after = named === null ? [] : ["The bank says so from its next start on."];
  print(place.json, { status: "done", ...endorsed }, [...lines("The bank endorses", endorsed), ...after]);
}

/** The wallet's owner: a list of its own takes the place of the bank's. */
export async function walletTrust(place: Place, flags: TrustFlags): Promise<void> {
  const folder = walletFolder(place);
  const named = namedBy(flags);
  if (flags.bank === true) {
    if (named !== null) throw new WrongUse("--bank takes back a list of one's own: leave out the others.");
    saveEndorsed(folder, null);
  } else if (named !== null) endorse(folder, named);
  const own = readEndorsed(folder);
  if (own !== null) {
    print(place.json, { status: "done", by: "owner", ...own }, lines("You trust", own));
    return;
  }
  const market = await visitMarket(place, await walletPorts(place));
  const { certifiers, groups } = market.bank.terms;
  market.close();
  print(place.json, { status: "done", by: "bank", certifiers, groups }, lines("Your bank endorses", market.bank.terms));
}

const NOBODY: Endorsed = { certifiers: [], groups: [] };

function namedBy({ certifier, group }: TrustFlags): Partial<Endorsed> | null {
  if (certifier === undefined && group === undefined) return null;
  for (const each of [certifier, group]) {
    if (each !== undefined && !/^[0-9a-f]{64}$/.test(each))
      throw new WrongUse(`"${each}" is no key and no group's id.`);
  }
  return {
    ...(certifier === undefined ? {} : { certifiers: [certifier] }),
    ...(group === undefined ? {} : { groups: [group] }),
  };
}

function lines(who: string, { certifiers, groups }: { readonly [N in keyof Endorsed]: readonly string[] }): string[] {
  return [
    `${who} ${certifiers.length} certifiers and ${groups.length} groups of trustees:`,
    ...certifiers.map((key) => `  certifier  ${key}`),
    ...groups.map((id) => `  group      ${id}`),
  ];
}
