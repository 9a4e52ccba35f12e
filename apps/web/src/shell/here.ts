/** What the server wrote into the page: which market it shows, and what marks the page's own styles. */

/** The market's address, without a slash at the end: this page's own unless the server names another. */
export function marketUrl(): string {
  return meta("counterfoil-market") || location.origin;
}

/** Without it, no style that is made in the page counts. */
export function styleNonce(): string {
  return meta("csp-nonce");
}

function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}
