/** What the wallet may spend, at the command line: it shows and sets; the wallet's own commit enforces. */
import { showMoney } from "@counterfoil/base";
import { NO_CAPS } from "@counterfoil/protocols/exchange";
import { type Place, unitOf, walletPorts, withWallet } from "./place.ts";
import { print, WrongUse } from "./terminal.ts";

interface CapFlags {
  readonly purchase?: bigint;
  readonly day?: bigint;
  readonly shop?: bigint;
  readonly none?: boolean;
}

export async function walletCaps(place: Place, flags: CapFlags): Promise<void> {
  const { none, purchase, day, shop } = flags;
  const sets = purchase !== undefined || day !== undefined || shop !== undefined;
  if (none === true && sets) throw new WrongUse("--none takes all caps away and goes with no other.");
  const unit = unitOf(place);
  await withWallet(place, await walletPorts(place), async (wallet) => {
    const { caps: old } = await wallet.spending();
    if (none === true) await wallet.setCaps(NO_CAPS);
    else if (sets) {
      await wallet.setCaps({ purchase: purchase ?? old.purchase, day: day ?? old.day, shop: shop ?? old.shop });
    }
    const { caps, todayMinor, shops, day: today } = await wallet.spending();
    const shown = (capMinor: bigint | null) => (capMinor === null ? "no cap" : `at most ${showMoney(capMinor, unit)}`);
    const lines = [
      `A purchase:       ${shown(caps.purchase)}`,
      `A day:            ${shown(caps.day)}; ${showMoney(todayMinor, unit)} so far on ${today} (UTC)`,
      `A day at a shop:  ${shown(caps.shop)}`,
      ...shops.map((each) => `  ${each.merchant.slice(0, 16)}…  ${showMoney(each.todayMinor, unit)} so far`),
    ];
    const capped = { purchaseMinor: caps.purchase, dayMinor: caps.day, shopMinor: caps.shop };
    print(place.json, { status: "done", unit, caps: capped, today, todayMinor, shops }, lines);
  });
}
