/** Whom a wallet believes about goods, and whom a bank tells its customers to believe. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex, type Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { wireClient } from "@counterfoil/host";
import { logIdOf } from "@counterfoil/protocols/log";
import { standingGroup } from "@counterfoil/protocols/trustees";
import {
  addLog,
  addShown,
  type Endorsed,
  endorse,
  lookAtLog,
  makeFolder,
  NOBODY,
  readEndorsed,
  readLogs,
  type Shown,
  saveEndorsed,
} from "@counterfoil/sdk";
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
  /** A wallet's: the id of a log. A bank's: where the log answers. */
  readonly log?: string;
  readonly bank?: boolean;
}

/** The bank's operator: it takes effect when the bank starts again, since the list is in its descriptor. */
export async function bankTrust(place: Place, flags: TrustFlags): Promise<void> {
  const folder = makeFolder(join(place.data, "bank"));
  const convened = flags.trustees === undefined ? null : groupFile((await ports()).crypto, flags.trustees);
  if (convened !== null) addShown(folder, convened.shown);
  if (flags.log !== undefined) await nameLog(folder, flags.log);
  const { log: _, ...others } = flags;
  const named = namedBy(convened === null ? others : { ...others, group: convened.id });
  const said = named === null ? (readEndorsed(folder) ?? NOBODY) : endorse(folder, named);
  const { crypto } = await ports();
  const endorsed = { ...said, logs: readLogs(folder).map(({ descriptor }) => logIdOf(crypto, descriptor)) };
  const isNew = named !== null || flags.log !== undefined;
  const after = isNew ? ["The bank says so from its next start on."] : [];
  print(place.json, { status: "done", ...endorsed }, [...lines("The bank endorses", endorsed), ...after]);
}

/** What a log is, it says itself; that it is the one meant, the operator compares with what the log's operator says. */
export async function nameLog(folder: string, url: string): Promise<void> {
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) throw new WrongUse(`"${url}" is no address of a log.`);
  const { crypto } = await ports();
  const client = wireClient(url.replace(/\/+$/, ""));
  const { descriptor } = await lookAtLog(crypto, client).finally(() => client.close());
  addLog(folder, { descriptor, url: client.baseUrl });
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
  const { certifiers, groups, logs } = market.bank.terms;
  market.close();
  print(
    place.json,
    { status: "done", by: "bank", certifiers, groups, logs },
    lines("Your bank endorses", market.bank.terms),
  );
}

function namedBy({ certifier, group, log }: TrustFlags): Partial<Endorsed> | null {
  if (certifier === undefined && group === undefined && log === undefined) return null;
  for (const each of [certifier, group, log]) {
    if (each !== undefined && !/^[0-9a-f]{64}$/.test(each))
      throw new WrongUse(`"${each}" is no key, and no id of a group or a log.`);
  }
  return {
    ...(certifier === undefined ? {} : { certifiers: [certifier] }),
    ...(group === undefined ? {} : { groups: [group] }),
    ...(log === undefined ? {} : { logs: [log] }),
  };
}

type Named = { readonly [N in keyof Endorsed]: readonly string[] };

function lines(who: string, { certifiers, groups, logs }: Named): string[] {
  return [
    `${who} ${counted(certifiers.length, "certifier", "certifiers")}, ${counted(groups.length, "group", "groups")} of trustees and ${counted(logs.length, "log", "logs")}:`,
    ...certifiers.map((key) => `  certifier  ${key}`),
    ...groups.map((id) => `  group      ${id}`),
    ...logs.map((id) => `  log        ${id}`),
  ];
}
