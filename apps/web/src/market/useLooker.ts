/** What the worker has verified of this market, asked for once and kept. */
import { useQuery } from "@tanstack/react-query";
import { answerOf, desk } from "../wallet/client.ts";
import { SEALS_LIMIT, type Seal, type Traders } from "./seals.ts";
import type { ShelfItem } from "./shelf.ts";

export function useTraders() {
  return useQuery<Traders>({ queryKey: ["traders"], queryFn: () => answerOf(desk().traders()) });
}

/** By pid; what is not in it is being verified, or beyond what is verified at a time and is verified on its own page. */
export function useSeals(items: readonly ShelfItem[]): ReadonlyMap<string, Seal> {
  const asked = items.slice(0, SEALS_LIMIT);
  const { data } = useQuery({
    queryKey: ["seals", asked.map(({ pid, fileHash, title }) => `${pid} ${fileHash} ${title}`)],
    queryFn: () => answerOf(desk().seals(asked)),
    enabled: asked.length > 0,
  });
  return new Map(data?.map((seal, at) => [asked[at]?.pid as string, seal]));
}
