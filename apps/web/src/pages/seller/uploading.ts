/** A file on its way into the shop: a piece after the other, so that a broken connection costs one piece. */

import type { DraftsJson, NewItemJson } from "@counterfoil/sdk/portable";
import { askJson, newName, OperatorTrouble } from "../../operator/asking.ts";

/** As the server takes them (uploads.ts of the SDK); it says so with its drafts. */
export interface UploadTerms {
  readonly pieceBytes: number;
  readonly limitBytes: number;
}

const TRIES = 4;
const WAIT_MS = 500;

/** A file keeps its name for as long as the page has it: whatever broke off is gone on with, and nothing is added twice. */
const names = new WeakMap<File, string>();

/** @returns the upload's name. */
export async function upload(
  origin: string,
  file: File,
  { pieceBytes, limitBytes }: UploadTerms,
  onProgress: (bytes: number) => void,
): Promise<string> {
  if (file.size > limitBytes) throw tooLong(limitBytes);
  const before = names.get(file);
  const id = before ?? newName();
  names.set(file, id);
  const pieces = Math.max(1, Math.ceil(file.size / pieceBytes));
  const first = before === undefined ? 0 : await firstLacking(origin, id, pieceBytes, pieces);
  for (let index = first; index < pieces; index += 1) {
    const piece = file.slice(index * pieceBytes, (index + 1) * pieceBytes);
    await sendPiece(origin, `/v1/operator/shop/uploads/${id}/pieces/${index}`, piece);
    onProgress(Math.min(file.size, (index + 1) * pieceBytes));
  }
  return id;
}

/** The first piece that the shop has not got: none, where the item that it was sent for is under way or done. */
async function firstLacking(origin: string, id: string, pieceBytes: number, pieces: number): Promise<number> {
  const { drafts } = await askJson<DraftsJson>(origin, "/v1/operator/shop/drafts");
  const draft = drafts.find((each) => each.id === id);
  // What has failed may have used the upload up; a piece that is there may come again.
  if (draft === undefined || draft.state === "failed") return 0;
  return draft.state === "uploaded" ? Math.floor(draft.doneBytes / pieceBytes) : pieces;
}

export function addItem(origin: string, item: NewItemJson): Promise<unknown> {
  return askJson(origin, "/v1/operator/shop/items", { method: "POST", body: item });
}

/** The same piece again is the same piece: what the server has it keeps. */
async function sendPiece(origin: string, path: string, piece: Blob): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      await askJson(origin, path, { method: "PUT", body: piece });
      return;
    } catch (error) {
      const passes = error instanceof OperatorTrouble && (error.status === 0 || error.status >= 500);
      if (!passes || tried === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS * 2 ** tried));
    }
  }
}

function tooLong(limitBytes: number): OperatorTrouble {
  const detail = `A file of more than ${limitBytes / 1024 ** 3} GiB is not taken from a browser.`;
  const next = "counterfoil shop add takes it, on the shop's own machine.";
  return new OperatorTrouble({ reason: "too-large", detail, money: "No money has moved.", next }, 413);
}
