/** The keys of operators' pages at the command line: shown, and replaced. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { NO_MONEY_MOVED, Refusal, readOperatorKey, renewOperatorKey } from "@counterfoil/sdk";
import type { Place } from "./place.ts";
import { print } from "./terminal.ts";

interface KnownKey {
  /** `market` for the one of `counterfoil start`, or the role's folder. */
  readonly of: string;
  readonly opens: string;
  readonly key: string;
}

export async function showOperatorKeys(place: Place): Promise<void> {
  const keys = keysIn(place.data);
  if (keys.length === 0) throw noKey(place);
  print(place.json, { status: "done", keys }, [
    ...keys.flatMap(({ key, opens }) => [key, `  opens ${opens}`]),
    "Whoever has a key does there what its operator may. It is wanted by the pages /sell, /bank and /trustees.",
  ]);
}

/** @param of which one, where the folder has several. */
export async function renewOperator(place: Place, { of }: { of?: string }): Promise<void> {
  const keys = keysIn(place.data);
  if (keys.length === 0) throw noKey(place);
  const found = of === undefined ? keys : keys.filter((each) => each.of === of);
  const [known] = found;
  if (known === undefined || found.length > 1) {
    const detail = `This folder has the keys of ${keys.map((each) => each.of).join(", ")}.`;
    throw new Refusal("which-key", detail, NO_MONEY_MOVED, "Say which: counterfoil operator renew --of NAME.");
  }
  const key = renewOperatorKey(folderOf(place.data, known.of));
  print(place.json, { status: "done", of: known.of, key }, [
    key,
    `  opens ${known.opens} from now on, and the key before it opens nothing.`,
  ]);
}

const MARKET = "market";
const ROLES = /^(?:bank|shop|trustee-\d+)$/;

function keysIn(data: string): readonly KnownKey[] {
  if (!existsSync(data)) return [];
  const roles = readdirSync(data).filter((name) => ROLES.test(name));
  return [MARKET, ...roles.sort()].flatMap((of) => {
    const key = readOperatorKey(folderOf(data, of));
    return key === null ? [] : [{ of, opens: opensOf(of), key }];
  });
}

function folderOf(data: string, of: string): string {
  return of === MARKET ? data : join(data, of);
}

function opensOf(of: string): string {
  if (of === MARKET) return "the pages of shop, bank and trustees while counterfoil start runs them";
  const [role, number] = of.split("-");
  return `the pages of the ${role}${number === undefined ? "" : ` ${number}`} while it is served alone`;
}

function noKey(place: Place): Refusal {
  const detail = `There is no operator's key in ${place.data}.`;
  const next = "It is drawn when a market, bank, shop or trustee is first started: counterfoil start. Or pass --data.";
  return new Refusal("no-operator-key", detail, NO_MONEY_MOVED, next);
}
