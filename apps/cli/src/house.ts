/**
 * The roles beside the bank and the shop that `counterfoil start` brings up: trustees, a log and its witness, each on a
 * port of its own, and a certifier. All in one process and one folder, so this tries the exchange out and protects nobody from the operator.
 */
import { join } from "node:path";
import type { WireRole } from "@counterfoil/host";
import { standingGroup } from "@counterfoil/protocols/trustees";
import {
  addLog,
  endorse,
  type Market,
  type OpenCertifier,
  openCertifier,
  type Ports,
  readLogs,
} from "@counterfoil/sdk";
import { shownBy } from "./bank.ts";
import { openMarketLog } from "./log.ts";
import type { Place } from "./place.ts";
import { ownFolder, type ServeFlags } from "./running.ts";
import { openMarketTrustees } from "./trustee.ts";

export interface House {
  readonly certifier: OpenCertifier;
  readonly roles: readonly WireRole[];
  /** What the market says of them. */
  readonly market: Required<Pick<Market, "trustees" | "certifier" | "bench" | "logs">>;
  readonly log: { readonly url: string };
  /** In the order in which they were opened. */
  readonly closing: readonly (() => Promise<void> | void)[];
}

/** Opens them, makes their group where there is none yet, and has the bank of this folder endorse group and certifier. */
export async function openHouse(place: Place, flags: ServeFlags, own: Ports): Promise<House> {
  const folder = join(place.data, "certifier");
  const lock = ownFolder(folder, "certifier");
  const trustees = await openMarketTrustees(place, flags, own);
  const standing = standingGroup(own.crypto, trustees.group);
  if (standing === null) throw new Error("the group that was just made stands");
  const { id: group, group: terms } = standing;
  const options = {
    name: "The example certifier",
    groups: [{ group, groupKey: terms.key, sellUntilMs: terms.sellUntilMs }],
    program: null,
    review: false,
  };
  const certifier = await openCertifier(folder, options, own);
  const marketLog = await openMarketLog(place, flags, own);
  const named = { descriptor: marketLog.log.descriptor, url: marketLog.url };
  const bank = join(place.data, "bank");
  endorse(bank, { certifiers: [certifier.key], groups: [group] });
  addLog(bank, named);
  return {
    certifier,
    roles: [certifier.role],
    market: {
      trustees: [{ group: trustees.group, urls: trustees.urls }, ...shownBy(bank)],
      certifier: { url: null, descriptor: certifier.descriptor },
      bench: certifier,
      logs: readLogs(bank),
    },
    log: named,
    closing: [() => lock.release(), ...trustees.closing, () => certifier.close(), ...marketLog.closing],
  };
}
