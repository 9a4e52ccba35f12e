/**
 * The operators' pages of a server, as routes under /v1/operator: whoever says the key of the folder does by them what the
 * command line does on the server's own machine. The roles' signing seeds stay there.
 */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { except } from "hono/combine";
import { jsonAnswer } from "../route-answers.ts";
import type { OpenTrustee } from "../trustee.ts";
import { addBankRoute, addBankRoutes, type OperatedBank } from "./bank-routes.ts";
import { guarded, operatorGate } from "./gate.ts";
import { operatorKeyIn } from "./key.ts";
import { bodyUpTo } from "./limiting.ts";
import { REFUSALS, sendProblemOf } from "./problems.ts";
import { openReports } from "./reports.ts";
import { type OperatorJson, operatorJson } from "./shapes.ts";
import { type Neighbours, type OperatedShop, openShopDesk } from "./shop-desk.ts";
import { addShopRoutes, UPLOADS_AT } from "./shop-routes.ts";
import { addTrusteeRoutes } from "./trustee-routes.ts";

export type { OperatedBank } from "./bank-routes.ts";
export { type OperatorGate, operatorGate } from "./gate.ts";
export { operatorKeyIn, readOperatorKey, renewOperatorKey } from "./key.ts";
export type { OperatedShop } from "./shop-desk.ts";

/** Which roles of a server have pages for their operator, and which key opens them. */
export interface Operated {
  /** Where the key is. */
  readonly folder: string;
  readonly clock: () => number;
  readonly shop?: OperatedShop;
  readonly bank?: OperatedBank;
}

const operatorRoute = createRoute({
  method: "get",
  path: "/v1/operator",
  summary: "Whose pages the operator's key opens here",
  security: [{ operator: [] }],
  responses: { 200: jsonAnswer("The roles", operatorJson), ...REFUSALS },
});

/** Where nobody operates by pages, every route is answered with 404. */
export function addOperatorPages(app: OpenAPIHono, market: Neighbours & { readonly operated?: Operated }): void {
  const { operated } = market;
  addBankRoute(app, operated?.bank ?? null);
  guard(app, operated);
  if (operated === undefined) return;
  const reports = openReports(operated.clock);
  const opens: OperatorJson["opens"] = [];
  if (operated.shop !== undefined) {
    opens.push("shop");
    addShopRoutes(app, openShopDesk(operated.shop, market), reports);
  }
  if (operated.bank !== undefined) {
    opens.push("bank");
    addBankRoutes(app, operated.bank, reports);
  }
  app.openapi(operatorRoute, (c) => c.json({ opens }, 200));
}

/** A trustee whose pages its operator opens. */
export interface OperatedTrustee {
  /** Where the key is. */
  readonly keyFolder: string;
  /** The trustee's own. */
  readonly folder: string;
  readonly clock: () => number;
}

/** The same of one trustee, whose server is its own. */
export function addTrusteePages(
  app: OpenAPIHono,
  operated: OperatedTrustee | undefined,
  { asked }: Pick<OpenTrustee, "asked">,
): void {
  guard(app, operated === undefined ? undefined : { folder: operated.keyFolder, clock: operated.clock });
  if (operated === undefined) return;
  addTrusteeRoutes(app, operated.folder, asked);
  app.openapi(operatorRoute, (c) => c.json({ opens: ["trustee" as const] }, 200));
}

/** A description of 4,000 letters of four bytes each, escaped, and all the rest. */
const JSON_BYTES = 64 * 1024;

/** Draws the key where there is none yet. */
function guard(app: OpenAPIHono, operated: Pick<Operated, "folder" | "clock"> | undefined): void {
  if (operated !== undefined) operatorKeyIn(operated.folder);
  const gate = operated === undefined ? null : operatorGate(operated.folder, operated.clock);
  app.use("/v1/operator/*", guarded(gate));
  app.use("/v1/operator/*", except(UPLOADS_AT, bodyUpTo(JSON_BYTES)));
  app.openAPIRegistry.registerComponent("securitySchemes", "operator", { type: "http", scheme: "bearer" });
  app.onError((error, c) => sendProblemOf(error, c));
}
