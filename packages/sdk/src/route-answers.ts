/** How our routes describe what they answer: JSON, and problems with what happened to the money and what to do now. */
import { PROBLEM_CONTENT_TYPE, PROBLEM_TYPE_PREFIX, type Problem } from "@counterfoil/host";
import { z } from "@hono/zod-openapi";
import { NO_MONEY_MOVED } from "./refusal.ts";

export const PROBLEM_HEADERS = { "content-type": PROBLEM_CONTENT_TYPE };

const problemJson = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    money: z.string().describe("What happened to the money"),
    next: z.string().describe("What to do now"),
  })
  .meta({ id: "Problem" });

export function problem(
  status: number,
  reason: string,
  title: string,
  detail: string,
  next: string,
  money = NO_MONEY_MOVED,
): Problem {
  return { type: `${PROBLEM_TYPE_PREFIX}${reason}`, title, status, detail, money, next };
}

export const problemAnswer = (description: string) => ({
  description,
  content: { [PROBLEM_CONTENT_TYPE]: { schema: problemJson } },
});

export const jsonAnswer = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { "application/json": { schema } },
});
