/** A file on its way into the shop: a piece after the other, so that a broken connection costs one piece. */

import type { NewItemJson } from "@counterfoil/sdk/portable";
import { askJson, newName, OperatorTrouble } from "../../operator/asking.ts";

/** As the server takes them (uploads.ts of the SDK); it says so with its drafts. */
export interface UploadTerms {
  readonly pieceBytes: number;
  readonly limitBytes: number;
}

const TRIES = 4;
const WAIT_MS = 500;

/** @returns the upload's name. */
export async function upload(
  origin: string,
  file: File,
  { pieceBytes, limitBytes }: UploadTerms,
  onProgress: (bytes: number) => void,
): Promise<string> {
  if (file.size > limitBytes) throw tooLong(limitBytes);
  const id = newName();
  const pieces = Math.max(1, Math.ceil(file.size / pieceBytes));
  for (let index = 0; index < pieces; index += 1) {
    const piece = file.slice(index * pieceBytes, (index + 1) * pieceBytes);
    await sendPiece(origin, `/v1/operator/shop/uploads/${id}/pieces/${index}`, piece);
    onProgress(Math.min(file.size, (index + 1) * pieceBytes));
  }
  return id;
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
