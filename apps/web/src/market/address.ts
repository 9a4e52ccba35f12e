/** Where the market answers whose pages these are: at their own address, unless their document names another. */

export function marketUrl(): string {
  const named = document.querySelector<HTMLMetaElement>('meta[name="counterfoil-market"]')?.content ?? "";
  return named === "" ? window.location.origin : named;
}
