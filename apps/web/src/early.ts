/**
 * Begins before the frame does: most visits begin at the shelf, and what it asks first is then on its way while the frame is
 * being made, instead of one after the other.
 */
import { marketUrl } from "./market/address.ts";

if (location.pathname === "/") {
  const link = document.createElement("link");
  Object.assign(link, { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: `${marketUrl()}/v1/items` });
  document.head.append(link);
}
