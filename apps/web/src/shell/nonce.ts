/** The mark that the server put into this document; no style made in the page counts without it. */

export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

/** For whoever makes styles without asking us: the dialogs' scroll lock looks here. */
export function shareNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: styleNonce() });
}
