/**
 * What the operators' pages are told, as JSON: nothing in it is signed, since it goes from a server to whoever runs it. Money is
 * text in minor units, because JSON numbers lose digits.
 */
import { z } from "zod";
import { hex32 } from "../market-json.ts";

export const minor = z.string().regex(/^-?\d{1,19}$/);
/** What an owner may ask for: within an amount of the protocol. */
export const amountMinor = z.string().regex(/^\d{1,18}$/);
const instant = z.number().int().nonnegative();
const count = z.number().int().nonnegative();

export const operatorJson = z.object({
  opens: z.array(z.enum(["shop", "bank", "trustee"])).describe("Whose pages the key opens at this address"),
});
export type OperatorJson = z.infer<typeof operatorJson>;

export const doneJson = z.object({ done: z.literal(true) });

export const troubleJson = z.object({ reason: z.string(), detail: z.string(), money: z.string(), next: z.string() });

/* The shop. */

export const DELIVERIES = ["sale", "certified", "acknowledged", "delivered", "given"] as const;

export const sellerItemJson = z.object({
  pid: hex32,
  slug: z.string(),
  title: z.string(),
  fileName: z.string(),
  mediaType: z.string(),
  contentBytes: count,
  priceMinor: minor,
  floorMinor: minor.nullable(),
  unit: z.string(),
  delivery: z.enum(DELIVERIES),
  donation: z.boolean(),
  listed: z.boolean(),
  stock: count.nullable(),
  addedMs: instant,
  sellUntilMs: instant.nullable().describe("Until when its trustees stand behind it; null where none do"),
  certified: z.boolean().describe("Whether somebody else than the shop has looked at the goods"),
  discounts: z.array(
    z.object({ issuer: hex32, by: z.enum(["shop", "bank", "other"]), group: z.string(), priceMinor: minor }),
  ),
  repeat: z.object({ after: count, priceMinor: minor }).nullable(),
  subscription: z.object({ group: z.string(), days: count }).nullable(),
});
export type SellerItemJson = z.infer<typeof sellerItemJson>;

export const sellerItemsJson = z.object({
  name: z.string(),
  unit: z.string(),
  shop: hex32.describe("The shop's key"),
  bank: hex32.describe("The bank's, at which it is paid"),
  items: z.array(sellerItemJson),
  next: hex32.nullable(),
});
export type SellerItemsJson = z.infer<typeof sellerItemsJson>;

const group = z.string().min(1).max(64);

export const itemChangeJson = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("price"), priceMinor: amountMinor, floorMinor: amountMinor.nullable() }),
  z.object({ kind: z.literal("stock"), stock: count.max(2 ** 31).nullable() }),
  z.object({ kind: z.literal("listed"), listed: z.boolean() }),
  z.object({
    kind: z.literal("discount"),
    issuer: hex32.describe("Who issues the group's credentials"),
    group,
    priceMinor: amountMinor.nullable().describe("null ends it"),
  }),
  z.object({
    kind: z.literal("repeat"),
    rule: z.object({ after: count.min(1).max(1_000_000), priceMinor: amountMinor }).nullable(),
  }),
  z.object({
    kind: z.literal("subscription"),
    rule: z.object({ group, days: count.min(1).max(3_660) }).nullable(),
  }),
]);
export type ItemChangeJson = z.infer<typeof itemChangeJson>;

export const uploadId = z.string().regex(/^[0-9a-f]{32}$/);

export const newItemJson = z.object({
  upload: uploadId.describe("The upload that has the file: it becomes one item, however often it is added"),
  fileName: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^/\\\p{Cc}]+$/u)
    .refine((name) => name !== "." && name !== ".."),
  contentBytes: count.describe("How long the file is: an upload that is shorter is not whole"),
  title: z.string().trim().min(1).max(200),
  description: z.string().max(4_000),
  priceMinor: amountMinor,
  floorMinor: amountMinor.nullable(),
  stock: count.max(2 ** 31).nullable(),
  delivery: z.enum(DELIVERIES),
  certify: z
    .object({
      certifier: hex32,
      policy: z.string().max(4_000).describe("As it was shown to whoever agreed: another one is not agreed to"),
    })
    .nullable()
    .describe("Who is to see the goods; null for nobody"),
});
export type NewItemJson = z.infer<typeof newItemJson>;

export const draftJson = z.object({
  id: z.string().describe("The upload's, or the item's where it waits since before the server was started"),
  title: z.string(),
  fileName: z.string(),
  state: z.enum(["uploaded", "encrypting", "certifying", "waiting", "failed", "listed"]),
  doneBytes: count,
  ofBytes: count,
  /** Of `failed` and `waiting`. */
  trouble: troubleJson.nullable(),
  slug: z.string().nullable().describe("Under which it is for sale, once it is"),
});
export type DraftJson = z.infer<typeof draftJson>;

export const draftsJson = z.object({ drafts: z.array(draftJson), pieceBytes: count, limitBytes: count });
export type DraftsJson = z.infer<typeof draftsJson>;

export const shopCertifierJson = z.object({
  certifier: z
    .object({ key: hex32, name: z.string(), url: z.string().nullable(), policy: z.string(), limitBytes: count })
    .nullable(),
});
export type ShopCertifierJson = z.infer<typeof shopCertifierJson>;

const saleJson = z.object({
  tid: hex32,
  timeMs: instant,
  title: z.string(),
  priceMinor: minor,
  refundedMinor: minor,
  unit: z.string(),
  phase: z.string(),
  delivery: z.string(),
  paid: z.boolean().describe("Whether the shop has the bank's receipt and has handed the key over"),
});
export type SaleJson = z.infer<typeof saleJson>;

const earned = { sales: count, paidMinor: minor, refundedMinor: minor };

export const salesJson = z.object({
  madeMs: instant,
  unit: z.string(),
  count,
  sales: z.array(saleJson).describe("The newest, newest first"),
  total: z.object(earned),
  days: z.array(z.object({ day: z.string(), ...earned })).describe("Of UTC, oldest first"),
  items: z.array(z.object({ title: z.string(), ...earned })),
  contradicted: z.array(hex32).describe("Sales of which the bank has signed a receipt and a final no"),
});
export type SalesJson = z.infer<typeof salesJson>;

export const refundJson = z.object({ totalMinor: amountMinor });
export const refundedJson = z.object({ refundedMinor: minor });

export const openedSalesJson = z.object({
  opened: z.array(z.object({ tid: hex32, answeredMs: instant, paid: z.boolean() })),
  silent: z.array(z.string()),
  trustees: count.describe("Trustees that were asked"),
});
export type OpenedSalesJson = z.infer<typeof openedSalesJson>;

/* The bank. */

const keyEpochJson = z.object({
  epoch: count,
  keys: count,
  withdrawFromMs: instant,
  withdrawUntilMs: instant,
  depositUntilMs: instant,
  refreshUntilMs: instant,
});

export const bankJson = z.object({
  bank: hex32,
  unit: z.string(),
  sandbox: z.boolean(),
  longestHoldMs: count,
  certifiers: z.array(hex32),
  groups: z.array(hex32),
  logs: z.array(hex32),
  sequence: count.nullable().describe("Of the list of coin keys; null before the first"),
  epochs: z.array(keyEpochJson),
});
export type BankJson = z.infer<typeof bankJson>;

export const booksJson = z.object({
  madeMs: instant,
  postings: count,
  transactions: count,
  totals: z.array(z.object({ unit: z.string(), totalMinor: minor })),
  faults: z.array(z.string()),
  sheets: z.array(
    z.object({
      unit: z.string(),
      accounts: count,
      depositsMinor: minor,
      heldMinor: minor,
      coinsMinor: minor,
      bondsMinor: minor,
      issuedMinor: minor,
    }),
  ),
  locks: z.object({ contracts: count, lockedMinor: minor }),
  epochs: z.array(z.object({ epoch: count, issuedMinor: minor, redeemedMinor: minor })),
});
export type BooksJson = z.infer<typeof booksJson>;

export const notesJson = z.object({
  madeMs: instant,
  unit: z.string(),
  thresholds: z.object({ recordAboveMinor: minor, reportAboveMinor: minor, perDay: z.boolean() }).nullable(),
  movements: z.array(
    z.object({
      timeMs: instant,
      level: z.string(),
      account: z.string(),
      kind: z.string(),
      amountMinor: minor,
      dayTotalMinor: minor,
      unit: z.string(),
    }),
  ),
  bonds: z.array(z.object({ owner: hex32, putMinor: minor, claimedMinor: minor, unit: z.string(), untilMs: instant })),
  equivocations: z.array(hex32),
});
export type NotesJson = z.infer<typeof notesJson>;

export const rotateJson = z.object({
  after: count.nullable().describe("The newest epoch that is known: a repeat opens no second one"),
});

/* A trustee. */

export const trusteeCasesJson = z.object({
  asked: count.describe("Disputes since it was started, repeats and refused ones among them"),
  refused: count,
  answered: count,
  cases: z.array(z.object({ tid: hex32, group: hex32, answeredMs: instant })).describe("The newest, newest first"),
  groups: z.array(
    z.object({
      id: hex32,
      threshold: count,
      trustees: count,
      sellUntilMs: instant,
      answerUntilMs: instant,
      answers: z.boolean(),
      stands: z.boolean(),
      answered: count,
    }),
  ),
  ceremonies: count,
  contradicted: count,
});
export type TrusteeCasesJson = z.infer<typeof trusteeCasesJson>;
