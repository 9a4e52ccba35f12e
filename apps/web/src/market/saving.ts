/** Hands a file to whoever sits in front of the page, under its own name, into the browser's downloads. */

export function saveFile(content: Blob, fileName: string): void {
  // A browser that shows instead of saving is not to run what a stranger sold: as no type that it runs.
  const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = shownName(fileName);
  link.click();
  // The download has its own hold on the content once it has begun, which is after this turn.
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
}

/** Longer than any browser takes to begin one, also where it asks where to put it. */
const REVOKE_MS = 60_000;

/** Without what is not seen, or turns the writing around so that an ending looks like another. */
export function shownName(fileName: string): string {
  return fileName.replace(UNSEEN, "") || "file";
}

/** Control characters, line separators, and those of format, of which Unicode's marks of direction are a part. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
