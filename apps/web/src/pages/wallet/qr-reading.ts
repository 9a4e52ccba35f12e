/** Codes in pictures. The reader is fetched when somebody shows a picture. */

/** A code of four coins needs some 800 pixels of a side; larger pictures are read at this size. */
const SIDE_PIXELS = 1_600;

/** @throws Error in words for whoever chose the picture. */
export async function readPicture(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new Error("This file is no picture that the browser can show.");
  });
  const shrink = Math.min(1, SIDE_PIXELS / Math.max(picture.width, picture.height));
  const text = await readCode(picture, picture.width * shrink, picture.height * shrink);
  picture.close();
  if (text === null) throw new Error("No QR code is found in this picture. Take one of the code alone, in good light.");
  return text;
}

/** @returns null where there is no code to be read. */
export async function readCode(picture: CanvasImageSource, width: number, height: number): Promise<string | null> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width), Math.round(height)];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null || canvas.width === 0 || canvas.height === 0) return null;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const { default: jsQR } = await import("jsqr");
  return jsQR(data, canvas.width, canvas.height)?.data ?? null;
}
