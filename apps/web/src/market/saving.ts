/** Hands a file to whoever sits in front of the page, under its own name, into the browser's downloads. */

export function saveFile(content: Blob, fileName: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // The download has its own hold on the content once it has begun, which is after this turn.
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
}

/** Longer than any browser takes to begin one, also where it asks where to put it. */
const REVOKE_MS = 60_000;
