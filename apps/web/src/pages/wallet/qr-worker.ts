/** Looks for a QR code in a picture, in a thread of its own: a large code takes a fraction of a second. */
import * as Comlink from "comlink";
import jsQR from "jsqr";

export interface CodeReader {
  /** @param effort how many sizes are tried. @returns null where no code is read. */
  read(picture: ImageBitmap, effort: number): string | null;
}

/**
 * The reader counts a large code's modules by the size of its corners, and miscounts where a module is no whole number of pixels:
 * at another size it counts right.
 */
const SIZES = [1, 0.6, 1.1, 0.9, 1.4, 0.7, 1.25, 1.5, 2];
/** Twice as many pixels a side take four times as long, and show no more of any code. */
const SIDE_PIXELS = 2_000;

/** Of a moving picture each look is at other sizes than the last. */
let turn = 0;

Comlink.expose({
  read(picture, effort) {
    const side = Math.max(picture.width, picture.height);
    const fitting = SIZES.map((size) => Math.min(1, SIDE_PIXELS / side) * size).filter(
      (scale) => side * scale <= SIDE_PIXELS,
    );
    for (let tried = 0; tried < Math.min(effort, fitting.length); tried++) {
      const scale = fitting[turn++ % fitting.length] as number;
      const found = readAt(picture, Math.round(picture.width * scale), Math.round(picture.height * scale));
      if (found !== null) return found;
    }
    return null;
  },
} satisfies CodeReader);

function readAt(picture: ImageBitmap, width: number, height: number): string | null {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (context === null) return null;
  context.drawImage(picture, 0, 0, width, height);
  const found = jsQR(context.getImageData(0, 0, width, height).data, width, height);
  // An empty code is what it makes of what only looks like one.
  return found === null || found.data === "" ? null : found.data;
}
