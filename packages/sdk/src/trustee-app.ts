/** What a trustee shows to people and programs: its key, the groups it answers for, and how often it did. */
import { toHex } from "@counterfoil/base";
import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { addTrusteePages, type OperatedTrustee } from "./operator/index.ts";
import { NO_MONEY_INVOLVED } from "./refusal.ts";
import { jsonAnswer, PROBLEM_HEADERS, problem } from "./route-answers.ts";
import type { OpenTrustee } from "./trustee.ts";
import * as shapes from "./trustee-json.ts";

/** By the name that the description gives it. */
const trusteeJson = shapes.trusteeJson.meta({ id: "Trustee" });

const trusteeRoute = createRoute({
  method: "get",
  path: "/v1/trustee",
  summary: "Who this trustee is and for which groups it answers",
  responses: { 200: jsonAnswer("The trustee", trusteeJson) },
});

/** @param operated where its operator's key is; without, it has no page for an operator. */
export function trusteeApp(
  of: Pick<OpenTrustee, "key" | "config" | "groups" | "asked">,
  operated?: OperatedTrustee,
): OpenAPIHono {
  const app = new OpenAPIHono();
  app.notFound((c) => c.json(NO_SUCH_PAGE, 404, PROBLEM_HEADERS));
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

const NO_SUCH_PAGE = problem(
  404,
  "unknown-route",
  "No such page",
  "This trustee has nothing at this address.",
  "See /v1/openapi.json.",
  NO_MONEY_INVOLVED,
);
