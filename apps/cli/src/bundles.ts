/** Bundles at the command line: what a shop sells with what, and how a running wallet comes to the parts. */
import type { Hex } from "@counterfoil/base";
import { PARTS_LIMIT, partReleaseMs } from "@counterfoil/protocols/exchange";
import { finish, type OpenWallet, type WalletPorts } from "@counterfoil/sdk";
import { tellBought } from "./bought.ts";
import type { Place } from "./place.ts";
import { findItem, withCounter } from "./seller.ts";
import { day, print, WrongUse } from "./terminal.ts";

/** Parts that are due already are handed over with the rest. */
export async function bundleItem(place: Place, name: string, flags: { part?: readonly string[] }): Promise<void> {
  const given = flags.part ?? [];
  if (given.length > PARTS_LIMIT) throw new WrongUse(`A bundle has at most ${PARTS_LIMIT} parts.`);
  const [pid, row] = await findItem(place, name);
  const parts: { pid: Hex; title: string; releaseMs: number }[] = [];
  for (const each of given) {
    const { item, releaseMs } = partOf(each);
    const [partPid, part] = await findItem(place, item);
    parts.push({ pid: partPid, title: part.title, releaseMs });
  }
  const request = { kind: "bundle", pid, parts: parts.map((part) => ({ pid: part.pid, releaseMs: part.releaseMs })) };
  await withCounter(place, ({ tell }) => tell(request as Extract<Parameters<typeof tell>[0], { kind: "bundle" }>));
  const said =
    parts.length === 0
      ? [`"${row.title}" has no parts any more. Who has bought it gets them all the same.`]
      : [
          `Whoever buys "${row.title}" from now on has paid for:`,
          ...parts.map(({ title, releaseMs }) => `  ${day(releaseMs)} UTC  ${title}`),
        ];
  print(place.json, { status: "done", pid, parts }, said);
}

/** An instant means the same everywhere only with its zone. */
const ZONED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

function partOf(text: string): { readonly item: string; readonly releaseMs: number } {
  const at = text.lastIndexOf("@");
  const time = text.slice(at + 1);
  const releaseMs = ZONED.test(time) ? Date.parse(time) : Number.NaN;
  if (at < 1 || !(releaseMs >= 0)) {
    throw new WrongUse(`"${text}" names no part and time: write issue-1@2027-01-31T08:00Z, with its time zone.`);
  }
  return { item: text.slice(0, at), releaseMs };
}

/** While the wallet runs: each part is opened when its key is here, those that came before it did among them. */
export async function carryParts(place: Place, wallet: OpenWallet, own: WalletPorts): Promise<void> {
  const putting = new Set<Hex>();
  const put = async (tid: Hex): Promise<void> => {
    const known = (await wallet.purchases()).find((each) => each.tid === tid);
    const state = known?.state;
    if (known === undefined || state?.phase !== "paid" || known.row.delivered || putting.has(tid)) return;
    if (partReleaseMs(state.purchase) === null) return;
    putting.add(tid);
    const bought = await finish(known, wallet, own, {});
    if (!place.json) tellBought(place, known.row.title, known.row.out_path, bought);
  };
  const later = (tid: Hex) => void put(tid).catch(own.onBug);
  wallet.onOver(later);
  for (const { tid } of await wallet.purchases()) await put(tid);
}
