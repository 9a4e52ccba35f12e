import { TroubleAlert } from "../market/TroubleAlert.tsx";
import { troubleOf } from "../market/trouble.ts";

/** What went wrong with what was asked last; nothing while nothing has. */
export function DoingTrouble({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  const trouble = troubleOf(error);
  return <TroubleAlert trouble={trouble} isOpen={trouble.reason === "unknown"} />;
}
