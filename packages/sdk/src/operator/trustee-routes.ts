/** A trustee's console: what it was asked and has answered, by the sales' ids alone. Who asked, it is never told. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { jsonAnswer } from "../route-answers.ts";
import { type OpenTrustee, readTrustee } from "../trustee.ts";
import { REFUSALS } from "./problems.ts";
import { trusteeCasesJson } from "./shapes.ts";

const casesRoute = createRoute({
  method: "get",
  path: "/v1/operator/trustee/cases",
  summary: "What this trustee was asked and has answered",
  security: [{ operator: [] }],
  responses: { 200: jsonAnswer("Its cases", trusteeCasesJson), ...REFUSALS },
});

/** What a person scrolls through; all of them: counterfoil trustee cases. */
const CASES = 500;

export function addTrusteeRoutes(app: OpenAPIHono, folder: string, asked: OpenTrustee["asked"]): void {
  app.openapi(casesRoute, async (c) => {
    const { cases, groups, ceremonies, contradicted } = await readTrustee(folder);
    const { disputes, refused } = asked();
    const shown = groups.map(({ id, group, signed, answers, answered }) => {
      const { threshold, trustees, sellUntilMs, answerUntilMs } = group;
      const dates = { sellUntilMs, answerUntilMs };
      return { id, threshold, trustees: trustees.length, ...dates, answers, stands: signed !== null, answered };
    });
    const newest = cases.slice(-CASES).reverse();
    const counts = { asked: disputes, refused, answered: cases.length, ceremonies, contradicted };
    return c.json({ ...counts, cases: newest, groups: shown }, 200);
  });
}
