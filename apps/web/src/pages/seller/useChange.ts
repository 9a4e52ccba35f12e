/** One change of one item: sent under a name of its own, so that it counts once. */
import type { ItemChangeJson } from "@counterfoil/sdk/portable";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { askJson, newName } from "../../operator/asking.ts";
import { shelfKey } from "./shelf.ts";

export function useChange(origin: string, pid: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: ItemChangeJson) =>
      askJson(origin, `/v1/operator/shop/items/${pid}/changes`, { method: "POST", body: change, once: newName() }),
    onSettled: () => queries.invalidateQueries({ queryKey: shelfKey(origin) }),
  });
}

export type Changing = ReturnType<typeof useChange>;
