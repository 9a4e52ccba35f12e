/** Whether the browser has agreed to keep the wallet when the disk is full. Only a page can ask, never its worker. */
import { askToKeep as ask } from "@counterfoil/browser/keeping";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";

/** Called where somebody has just said that this browser is to have a wallet. A browser that cannot be asked has not agreed. */
export async function askToKeep(): Promise<boolean> {
  return ask().catch(() => false);
}

export function useKept(): UseQueryResult<boolean> {
  return useQuery({ queryKey: ["wallet", "kept"], queryFn: () => navigator.storage.persisted(), retry: false });
}
