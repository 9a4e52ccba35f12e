/**
 * The roles beside the bank and the shop that `counterfoil start` brings up: trustees, each on a port of its own, and a
 * certifier. All in one process and one folder, so this tries the exchange out and protects nobody from the operator.
 */
import { join } from "node:path";
import type { Served, WireRole } from "@counterfoil/host";
import { standingGroup } from "@counterfoil/protocols/trustees";
import {
  endorse,
  type Market,
  type OpenCertifier,
  openCertifier,
  type Ports,
  startTrustees,
  trusteeFolder,
} from "@counterfoil/sdk";
import type { Place } from "./place.ts";
import { ownFolder, type ServeFlags } from "./running.ts";
import { listenTrustee } from "./trustee.ts";

/** S1 §7.1 asks for several; two of three answer where one is away or lies. */
const TRUSTEES = 3;
const THRESHOLD = 2;
/** Trustee n listens so far above the market's own port. */
const PORTS_ABOVE = 10;

export interface House {
  readonly certifier: OpenCertifier;
  readonly roles: readonly WireRole[];
  /** What the market says of them. */
  readonly market: Required<Pick<Market, "trustees" | "certifier" | "bench">>;
  /** In the order in which they were opened. */
  readonly closing: readonly (() => Promise<void> | void)[];
}

/** Opens them, makes their group where there is none yet, and has the bank of this folder endorse group and certifier. */
export async function openHouse(place: Place, flags: ServeFlags, own: Ports): Promise<House> {
  const numbers = Array.from({ length: TRUSTEES }, (_, at) => at + 1);
  const locks = [
    ...numbers.map((number) => ownFolder(trusteeFolder(place.data, number), "trustee")),
    ownFolder(join(place.data, "certifier"), "certifier"),
  ];
  const started = await startTrustees(place.data, TRUSTEES, THRESHOLD, own);
  const served: Served[] = [];
  for (const [at, trustee] of started.trustees.entries()) {
    const port = flags.port === 0 ? 0 : flags.port + PORTS_ABOVE + at;
    served.push(await listenTrustee({ ...flags, port }, trustee));
  }
  const standing = standingGroup(own.crypto, started.group);
  if (standing === null) throw new Error("the group that was just made stands");
  const { id: group, group: terms } = standing;
  const certifier = await openCertifier(
    join(place.data, "certifier"),
    {
      name: "The example certifier",
      groups: [{ group, groupKey: terms.key, sellUntilMs: terms.sellUntilMs }],
      program: null,
      review: false,
    },
    own,
  );
  endorse(join(place.data, "bank"), { certifiers: [certifier.key], groups: [group] });
  return {
    certifier,
    roles: [certifier.role],
    market: {
      trustees: [{ group: started.group, urls: served.map(({ url }) => url) }],
      certifier: { url: null, descriptor: certifier.descriptor },
      bench: certifier,
    },
    closing: [
      ...locks.map((lock) => () => lock.release()),
      () => started.close(),
      () => certifier.close(),
      ...served.map((each) => () => each.close()),
    ],
  };
}
