/** What files are said to be, by their names, and whether their first bytes agree. */

/** As much of a content as is looked at. */
export const MEDIA_HEAD_BYTES = 64 * 1024;

const UNKNOWN_MEDIA = "application/octet-stream";

export function mediaTypeOf(fileName: string): string {
  const extension = /[^/](\.[^./]*)$/.exec(fileName)?.[1]?.toLowerCase();
  return Object.keys(MEDIA).find((type) => MEDIA[type]?.extension === extension) ?? UNKNOWN_MEDIA;
}

/**
 * Whether a content that begins so can be what it is said to be. A type that this table does not hold says nothing that could
 * be checked; the policy of whoever certifies may still refuse it.
 * @param head the first `MEDIA_HEAD_BYTES` of the content, or all of a shorter one.
 */
export function looksLike(mediaType: string, head: Uint8Array): boolean {
  return MEDIA[mediaType]?.begins(head) ?? true;
}

interface Medium {
  readonly extension: string;
  begins(head: Uint8Array): boolean;
}

/** A text of any kind is UTF-8 without the control characters that no text has; the binary ones begin as their standards say. */
const MEDIA: Readonly<Record<string, Medium>> = {
  "text/csv": { extension: ".csv", begins: isText },
  "text/html": { extension: ".html", begins: (head) => /<[a-z!]/i.test(textOf(head) ?? "") },
  "image/jpeg": { extension: ".jpg", begins: signature([0xff, 0xd8, 0xff]) },
  "application/json": { extension: ".json", begins: (head) => /^\s*["[{\d\-tfn]/.test(textOf(head) ?? "") },
  "text/markdown": { extension: ".md", begins: isText },
  "application/pdf": { extension: ".pdf", begins: signature(ascii("%PDF-")) },
  "image/png": { extension: ".png", begins: signature([0x89, ...ascii("PNG\r\n"), 0x1a, 0x0a]) },
  "image/svg+xml": { extension: ".svg", begins: (head) => /<svg[\s>]/i.test(textOf(head) ?? "") },
  "text/plain": { extension: ".txt", begins: isText },
  "audio/wav": {
    extension: ".wav",
    begins: (head) => signature(ascii("RIFF"))(head) && signature(ascii("WAVE"))(head.subarray(8)),
  },
  // An archive begins with its first file, or with its end where it holds none.
  "application/zip": {
    extension: ".zip",
    begins: (head) => signature(ascii("PK\x03\x04"))(head) || signature(ascii("PK\x05\x06"))(head),
  },
};

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function signature(bytes: readonly number[]): (head: Uint8Array) => boolean {
  return (head) => bytes.every((byte, at) => head[at] === byte);
}

function isText(head: Uint8Array): boolean {
  return textOf(head) !== null;
}

/** null for what is no text. A letter that the end of the head cuts in two is none that is wrong. */
function textOf(head: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: head.length >= MEDIA_HEAD_BYTES });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that no text has
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}
