/** What a trustee says about itself as JSON (trustee-app.ts), as whoever reads it checks it. */
import { GROUPS_LIMIT } from "@counterfoil/protocols/trustees";
import { z } from "zod";
import { hex32 } from "./market-json.ts";

const whole = z.number().int().nonnegative();

export const trusteeJson = z.object({
  key: hex32.describe("Under which it signs what it says in a ceremony, its answers and its notices"),
  takesPart: z.boolean().describe("Whether it takes part in new ceremonies"),
  groups: z
    .array(
      z.object({
        id: hex32,
        signed: z
          .string()
          .regex(/^[0-9a-f]+$/)
          .describe("The descriptor under every member's signature, hex"),
        sellUntilMs: whole,
        answerUntilMs: whole,
        answered: whole.describe("Sales that it has answered for this group"),
      }),
    )
    .max(GROUPS_LIMIT)
    .describe("Groups that stand and whose share it still has"),
  asked: whole.describe("Disputes since it was started, repeats and refused ones among them"),
  answered: whole.describe("Sales that it has answered"),
});
export type TrusteeJson = z.infer<typeof trusteeJson>;
