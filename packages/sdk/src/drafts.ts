/** Listings whose certificate is not there yet: a file each, so that a registration goes on after whatever broke it off. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { decode, encode, hex32, type Of, record, text } from "@counterfoil/base";
import { listingSchema } from "@counterfoil/protocols/exchange";
import { makeFolder, writeDurably } from "./folder.ts";
import { certificateOfListing } from "./listing.ts";

const draftSchema = record("certifying/1", {
  /** Where the certifier is. */
  url: text(200),
  certifier: hex32,
  listing: listingSchema,
});
export type Draft = Of<typeof draftSchema>;

export function saveDraft(folder: string, draft: Draft): void {
  writeDurably(pathOf(folder, draft), encode(draftSchema, draft), "a draft");
}

export function readDrafts(folder: string): readonly Draft[] {
  const place = draftsFolder(folder);
  return readdirSync(place)
    .filter((name) => name.endsWith(".draft"))
    .map((name) => {
      const draft = decode(draftSchema, new Uint8Array(readFileSync(join(place, name))));
      if (!draft.ok) throw new Error("a draft of our own does not decode");
      return draft.value;
    });
}

export function removeDraft(folder: string, draft: Draft): void {
  rmSync(pathOf(folder, draft), { force: true });
}

export function draftsFolder(folder: string): string {
  return makeFolder(join(folder, "certifying"));
}

function pathOf(folder: string, { listing }: Draft): string {
  return join(draftsFolder(folder), `${certificateOfListing(listing).pid}.draft`);
}
