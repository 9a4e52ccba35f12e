/**
 * The buyer's half of the SDK, which runs anywhere: a wallet in any place (wallet-place.ts), over any transport. Nothing
 * reachable from here names Node; tsconfig.portable.json compiles it without.
 */
export * from "./account.ts";
export * from "./caps.ts";
export * from "./cash.ts";
export * from "./contract-verdict.ts";
export * from "./deal.ts";
export * from "./delivery.ts";
export * from "./endorsed.ts";
export * from "./evidence.ts";
export * from "./exchanges.ts";
export * from "./goods-source.ts";
export * from "./log-client.ts";
export * from "./log-json.ts";
export * from "./log-reading.ts";
export * from "./log-shown.ts";
export * from "./log-tiles.ts";
export * from "./market-json.ts";
export * from "./media.ts";
export * from "./nonce.ts";
export type {
  BankJson,
  BooksJson,
  DraftJson,
  DraftsJson,
  ItemChangeJson,
  NewItemJson,
  NotesJson,
  OpenedSalesJson,
  OperatorJson,
  SaleJson,
  SalesJson,
  SellerItemJson,
  SellerItemsJson,
  ShopCertifierJson,
  TrusteeCasesJson,
} from "./operator/shapes.ts";
export * from "./phrase.ts";
export * from "./ports.ts";
export * from "./pseudonym.ts";
export * from "./purchase.ts";
export * from "./refusal.ts";
export * from "./restore.ts";
export * from "./resuming.ts";
export * from "./rows.ts";
export * from "./saying.ts";
export * from "./transport.ts";
export * from "./verdict-words.ts";
export * from "./visit.ts";
export * from "./wallet.ts";
export * from "./wallet-place.ts";
