/** What a trustee shows to people and programs: its key, the groups it answers for, and how often it did. */
import { toHex } from "@counterfoil/base";
import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { addTrusteePages, type OperatedTrustee } from "./operator/index.ts";
import type { OpenTrustee } from "./trustee.ts";
import * as shapes from "./trustee-json.ts";

/** By the name that the description gives it. */
const trusteeJson = shapes.trusteeJson.openapi("Trustee");

const trusteeRoute = createRoute({
  method: "get",
  path: "/v1/trustee",
  summary: "Who this trustee is and for which groups it answers",
  responses: { 200: { description: "The trustee", content: { "application/json": { schema: trusteeJson } } } },
});

/** @param operated where its operator's key is; without, it has no page for an operator. */
export function trusteeApp(
  of: Pick<OpenTrustee, "key" | "config" | "groups" | "asked">,
  operated?: OperatedTrustee,
): OpenAPIHono {
  const app = new OpenAPIHono();
  app.notFound((c) => c.json(NO_SUCH_PAGE, 404, { "content-type": "application/problem+json" }));
  app.openapi(trusteeRoute, async (c) => {
    const known = await of.groups();
    const groups = known.flatMap(({ id, group, signed, answers, answered }) => {
      const { sellUntilMs, answerUntilMs } = group;
      return signed === null || !answers ? [] : [{ id, signed: toHex(signed), sellUntilMs, answerUntilMs, answered }];
    });
    const answered = known.reduce((sum, each) => sum + each.answered, 0);
    const { takesPart } = of.config;
    return c.json({ key: of.key, takesPart, groups, asked: of.asked().disputes, answered });
  });
  addTrusteePages(app, operated, of);
  app.doc31("/v1/openapi.json", { openapi: "3.1.0", info: { title: "Counterfoil trustee", version: "1" } });
  return app;
}

const NO_SUCH_PAGE = {
  type: "urn:counterfoil:problem:unknown-route",
  title: "No such page",
  status: 404,
  detail: "This trustee has nothing at this address.",
  money: "No money is involved.",
  next: "See /v1/openapi.json.",
};
