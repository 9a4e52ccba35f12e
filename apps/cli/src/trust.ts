/** Whom a wallet believes about goods, and whom a bank tells its customers to believe. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex, type Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { standingGroup } from "@counterfoil/protocols/trustees";
import { addShown, type Endorsed, endorse, makeFolder, readEndorsed, type Shown, saveEndorsed } from "@counterfoil/sdk";
import { type Place, ports, visitMarket, walletFolder, walletPorts } from "./place.ts";
import { counted, print, WrongUse } from "./terminal.ts";

/** What `trustee convene` wrote: who they are, and where. */
function groupFile(crypto: Crypto, path: string): { readonly id: Hex; readonly shown: Shown[number] } {
  const file = JSON.parse(readFileSync(path, "utf8")) as { group?: unknown; trustees?: readonly { url?: unknown }[] };
  const bytes = typeof file.group === "string" ? fromHex(file.group) : null;
  const standing = bytes && standingGroup(crypto, bytes);
  if (standing === null) throw new WrongUse(`${path} is no group of trustees that all its members have signed.`);
  const urls = (file.trustees ?? []).map(({ url }) => String(url ?? ""));
  return { id: standing.id, shown: { group: file.group as Hex, urls } };
}

interface TrustFlags {
  /** A group's file, as its convener wrote it. */
  readonly trustees?: string;
  readonly certifier?: string;
  readonly group?: string;
  readonly bank?: boolean;
}

/** The bank's operator: it takes effect when the bank starts again, since the list is in its descriptor. */
export async function bankTrust(place: Place, flags: TrustFlags): Promise<void> {
  const folder = makeFolder(join(place.data, "bank"));
  const convened = flags.trustees === undefined ? null : groupFile((await ports()).crypto, flags.trustees);
  if (convened !== null) addShown(folder, convened.shown);
  const named = namedBy(convened === null ? flags : { ...flags, group: convened.id });
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

const NOBODY: Endorsed = { certifiers: [], groups: [], logs: [] };

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
    `${who} ${counted(certifiers.length, "certifier", "certifiers")} and ${counted(groups.length, "group", "groups")} of trustees:`,
    ...certifiers.map((key) => `  certifier  ${key}`),
    ...groups.map((id) => `  group      ${id}`),
  ];
}
