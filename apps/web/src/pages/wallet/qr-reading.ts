/** Codes in pictures. What reads them is fetched, and runs, while somebody shows a picture. */
import * as Comlink from "comlink";
import type { CodeReader } from "./qr-worker.ts";

export interface OpenReader {
  /** @returns null where there is no code to be read. */
  read(picture: ImageBitmap, effort: number): Promise<string | null>;
  close(): void;
}

/** As many sizes as it knows, for a picture that does not change. */
const EVERY_SIZE = 10;

export function openReader(): OpenReader {
  const worker = new Worker(new URL("./qr-worker.ts", import.meta.url), { type: "module", name: "qr" });
  const reader = Comlink.wrap<CodeReader>(worker);
  return {
    read: (picture, effort) => reader.read(Comlink.transfer(picture, [picture]), effort),
    close: () => worker.terminate(),
  };
}

/** @throws Error in words for whoever chose the picture. */
export async function readPicture(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new Error("This file is no picture that the browser can show.");
  });
  const reader = openReader();
  try {
    const text = await reader.read(picture, EVERY_SIZE);
    if (text !== null) return text;
  } finally {
    reader.close();
  }
  throw new Error("No QR code is found in this picture. Take one of the code alone, in good light.");
}
