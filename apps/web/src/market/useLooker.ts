/** What the worker has verified of this market, asked for once and kept. */
import { toHex } from "@counterfoil/base";
import { useQuery } from "@tanstack/react-query";
import { answerOf, desk, useStanding } from "../wallet/client.ts";
import { SEALS_LIMIT, type Seal, type Traders } from "./seals.ts";
import type { ShelfItem } from "./shelf.ts";

export function useTraders() {
  return useQuery<Traders>({ queryKey: ["traders", useIsOpen()], queryFn: () => answerOf(desk().traders()) });
}

/** By pid; what is not in it is being verified, or beyond what is verified at a time and is verified on its own page. */
export function useSeals(items: readonly ShelfItem[]): ReadonlyMap<string, Seal> {
  const asked = items.slice(0, SEALS_LIMIT);
  const { data } = useQuery({
    queryKey: ["seals", useIsOpen(), asked.map(sealedKey)],
    queryFn: () => answerOf(desk().seals(asked)),
    enabled: asked.length > 0,
  });
  return new Map(data?.map((seal, at) => [asked[at]?.pid as string, seal]));
}

/** An open wallet looks with its own bank and its own trust. */
function useIsOpen(): boolean {
  return useStanding().data === "open";
}

/** All that the seal is of: whatever the market changes of it is verified anew. */
function sealedKey({ pid, title, description, mediaType, fileHash, certificate }: ShelfItem): readonly string[] {
  return [pid, title, description, mediaType, fileHash, toHex(certificate)];
}
