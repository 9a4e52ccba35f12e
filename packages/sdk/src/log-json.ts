/** What a log says of itself as JSON, and how long it holds a question for a newer head. */
import { SECOND_MS } from "@counterfoil/base";
import { z } from "zod";

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const whole = z.number().int().nonnegative();

export const logJson = z.object({
  id: hex32.describe("What contracts name the log by: the hash of its descriptor"),
  descriptor: z
    .string()
    .regex(/^[0-9a-f]+$/)
    .describe("Key, origin, witnesses and terms, hex"),
  origin: z.string(),
  nowMs: whole.describe("The log's clock"),
  size: whole.nullable().describe("Of the newest cosigned tree; null where witnesses have not cosigned any yet"),
  headMs: whole.nullable().describe("The log's clock at that head"),
  witnesses: z.array(z.object({ name: z.string(), key: hex32, ahead: z.boolean() })),
  quorum: whole,
});
export type LogJson = z.infer<typeof logJson>;

/** How long a request for a newer head is held: shorter than proxies and clients wait for an answer. */
export const HEAD_WAIT_MS = 25 * SECOND_MS;
