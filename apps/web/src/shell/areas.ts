/** Where one can go from any page, in the order in which they are shown. */
export const AREAS = [
  { path: "/", title: "Market" },
  { path: "/wallet", title: "Wallet" },
  { path: "/sell", title: "Sell" },
  { path: "/bank", title: "Bank" },
  { path: "/trustees", title: "Trustees" },
  { path: "/log", title: "Log" },
  { path: "/judge", title: "Judge" },
  { path: "/lab", title: "Lab" },
] as const;

/** Whether a page belongs to an area; an item's page is the market's. */
export function isIn(path: string, area: string): boolean {
  if (area === "/") return path === "/" || isIn(path, "/items");
  return path === area || path.startsWith(`${area}/`);
}
