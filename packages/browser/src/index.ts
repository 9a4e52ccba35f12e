export { browserCrypto } from "./crypto.ts";
export { type FetchClientOptions, fetchClient } from "./fetch-client.ts";
export { type BrowserGoods, GOODS_LIMIT_BYTES } from "./goods.ts";
export { askToKeep } from "./keeping.ts";
export { PASSPHRASE_LEAST, PASSPHRASE_MOST } from "./passphrase.ts";
export { RoomFailure } from "./piece-shelf.ts";
export { type CarriedEnd, type CarriedMessage, type FetchTransportOptions, fetchTransport } from "./transport.ts";
export * from "./vault.ts";
