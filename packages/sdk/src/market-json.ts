/** What a market says about itself as JSON (market.ts), as whoever reads it checks it. Everything that money depends on is signed. */
import { MIRRORS_LIMIT, PARTS_LIMIT } from "@counterfoil/protocols/exchange";
import { ENDORSED_LIMIT } from "@counterfoil/protocols/money";
import { TRUSTEES_LIMIT } from "@counterfoil/protocols/trustees";
import { z } from "zod";

export const hex = z.string().regex(/^[0-9a-f]+$/);
export const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
export const minor = z.string().regex(/^\d+$/).describe("Minor units, as text because JSON numbers lose digits");

export const itemJson = z.object({
  pid: hex32.describe("The item's name for machines"),
  slug: z.string().describe("Its name for people, unique in this shop"),
  title: z.string(),
  description: z.string(),
  mediaType: z.string(),
  fileName: z.string(),
  priceMinor: minor,
  takesBids: z.boolean(),
  unit: z.string(),
  delivery: z.enum(["sale", "certified", "acknowledged", "delivered", "given"]),
  stock: z.number().int().nullable().describe("null for unlimited"),
  contentBytes: z.number().int(),
  fileHash: hex32.describe("Where the encrypted goods lie: /goods/{fileHash}"),
  mirrors: z.array(z.string()).max(MIRRORS_LIMIT).describe("Static hosts that have them too, as {fileHash}.age"),
  certificate: hex.describe("COSE_Sign1 over the certificate, hex"),
  parts: z
    .array(
      z.object({
        pid: hex32,
        releaseMs: z.number().int().describe("From when its key is due, by the clock of the contract's log"),
      }),
    )
    .max(PARTS_LIMIT)
    .describe("What its price pays for besides; each is an item of this shop"),
});
export type ItemJson = z.infer<typeof itemJson>;

/** Groups that a shop's items may be encrypted to at a time: the one that sells and those that still answer. */
const GROUPS = 8;

export const marketJson = z.object({
  bank: z
    .object({
      url: z.string().nullable().describe("Where the bank takes messages; null for this very address"),
      descriptor: hex.describe("COSE_Sign1 by the bank over who it is, hex"),
    })
    .nullable(),
  shop: z.object({ descriptor: hex.describe("COSE_Sign1 by the shop over who it is, hex") }).nullable(),
  trustees: z
    .array(
      z.object({
        group: hex.describe("The group's descriptor under every member's signature, hex"),
        urls: z.array(z.string()).max(TRUSTEES_LIMIT).describe("Where each member answers, in the descriptor's order"),
      }),
    )
    .max(GROUPS)
    .describe("Who opens certified goods for a buyer whose shop falls silent"),
  certifier: z
    .object({
      url: z.string().nullable().describe("Where it takes registrations; null for this very address"),
      descriptor: hex.describe("COSE_Sign1 by the certifier over who it is, hex"),
    })
    .nullable(),
  logs: z
    .array(
      z.object({
        descriptor: hex.describe("Key, origin, witnesses and terms of a log; its id is the hash of this, hex"),
        url: z.string().describe("Where it takes postings and shows its tiles"),
      }),
    )
    .max(ENDORSED_LIMIT)
    .default([])
    .describe("Logs that contracts may name here"),
});
export type MarketJson = z.infer<typeof marketJson>;

export const catalogueJson = z.object({ items: z.array(itemJson), next: hex32.nullable() });
