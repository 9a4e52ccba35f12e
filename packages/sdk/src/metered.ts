/** What a market sells by the piece, as JSON beside its items. */
import type { Hex } from "@counterfoil/base";
import type { WireClient } from "@counterfoil/host";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { hex32 } from "./market-json.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { jsonAnswer } from "./route-answers.ts";
import type { MeteredItem, OpenTill } from "./till.ts";

export const meteredJson = z
  .object({
    item: hex32.describe("The item's name for machines"),
    slug: z.string().describe("Its name for people"),
    title: z.string(),
    mediaType: z.string(),
    priceMilli: z.string().regex(/^\d+$/).describe("Of one piece, in thousandths of a minor unit"),
    unit: z.string(),
    pieces: z.number().int().nullable().describe("null where each piece is the answer to a question"),
    longestBytes: z.number().int().describe("Of the longest piece"),
  })
  .meta({ id: "Metered" });
export type MeteredJson = z.infer<typeof meteredJson>;

export const meteredPageJson = z
  .object({ items: z.array(meteredJson), next: hex32.nullable() })
  .meta({ id: "MeteredPage" });

/** Items a page: a page of the longest titles is a tenth of what a client takes as one answer. */
const PAGE = 100;
/** Pages read of one till. */
const PAGES = 100;

const meteredRoute = createRoute({
  method: "get",
  path: "/v1/metered",
  summary: "What is sold by the piece, a page at a time",
  request: { query: z.object({ after: hex32.optional() }) },
  responses: { 200: jsonAnswer("A page", meteredPageJson) },
});

export function addMetered(app: OpenAPIHono, till: OpenTill | null): void {
  app.openapi(meteredRoute, async (c) => {
    const rows = (await till?.page(c.req.valid("query").after ?? null, PAGE)) ?? [];
    const items = rows.filter(({ row }) => row.listed).map(jsonOfMetered);
    return c.json({ items, next: rows.length < PAGE ? null : (rows.at(-1)?.item ?? null) });
  });
}

export function jsonOfMetered({ item, row }: MeteredItem): MeteredJson {
  return {
    item,
    slug: row.slug,
    title: row.title,
    mediaType: row.media_type,
    priceMilli: row.price_milli.toString(),
    unit: row.unit,
    pieces: row.pieces,
    longestBytes: row.longest_bytes,
  };
}

type Place = { readonly client: WireClient; readonly url: string };

export async function meteredAt(market: Place): Promise<readonly MeteredJson[]> {
  const all: MeteredJson[] = [];
  let after: Hex | null = null;
  for (let page = 0; page < PAGES; page++) {
    const path: string = after === null ? "/v1/metered" : `/v1/metered?after=${after}`;
    const parsed = meteredPageJson.safeParse(await market.client.getJson(path));
    if (!parsed.success) {
      const detail = `${market.url} does not answer like a market that sells by the piece.`;
      throw new Refusal("not-a-market", detail, NO_MONEY_MOVED, "Check COUNTERFOIL_URL.");
    }
    all.push(...parsed.data.items);
    after = parsed.data.next;
    if (after === null) break;
  }
  return all;
}

/** By slug, id, or the beginning of an id. */
export async function findMetered(market: Place, name: string): Promise<MeteredJson> {
  const all = await meteredAt(market);
  const named = all.filter(({ slug, item }) => slug === name || item === name);
  const found = named.length > 0 ? named : all.filter(({ item }) => name.length >= 6 && item.startsWith(name));
  if (found.length === 1) return found[0] as MeteredJson;
  throw new Refusal(
    found.length === 0 ? "no-such-item" : "ambiguous-item",
    found.length === 0 ? `Nothing here is sold by the piece as "${name}".` : `"${name}" means ${found.length} items.`,
    NO_MONEY_MOVED,
    "counterfoil browse lists what there is.",
  );
}
