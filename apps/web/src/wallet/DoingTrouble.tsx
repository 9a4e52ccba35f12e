import { TroubleAlert } from "../market/TroubleAlert.tsx";
import { MONEY_KNOWN_BY_WALLET, troubleOf } from "../market/trouble.ts";

/** What went wrong with what was asked last; nothing while nothing has. */
export function DoingTrouble({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  return <TroubleAlert trouble={troubleOf(error, MONEY_KNOWN_BY_WALLET)} />;
}
