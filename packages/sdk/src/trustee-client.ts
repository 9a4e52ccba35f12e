/** What others ask of trustees over HTTP: who they are, to open a sale, to tell what they opened. */
import { randomBytes } from "node:crypto";
import { decode, type Instant, MINUTE_MS, toHex } from "@counterfoil/base";
import { type Crypto, open, post, type SigningKey, ZERO_HASH } from "@counterfoil/crypto";
import { retrying, type WireClient } from "@counterfoil/host";
import {
  type Combined,
  combineAnswers,
  type DisputedSale,
  type DisputeFacts,
  disputedSale,
  disputeMessage,
  groupIdOf,
  NOTICES_PAGE,
  type Notices,
  noAnswerSchema,
  noticesRequest,
  noticesSchema,
  type TrusteeAnswer,
  type TrusteeGroup,
  type TrusteeReason,
  trusteeAnswer,
} from "@counterfoil/protocols/trustees";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import type { TrusteeDoor } from "./trustee-convene.ts";
import { type TrusteeJson, trusteeJson } from "./trustee-json.ts";

const TRIES = { attempts: 3, baseDelayMs: 250 };

/** Asks who is there. @throws Refusal where it is no trustee. */
export async function lookAtTrustee(client: Pick<WireClient, "getJson" | "baseUrl">): Promise<TrusteeJson> {
  const parsed = trusteeJson.safeParse(await client.getJson("/v1/trustee"));
  if (parsed.success) return parsed.data;
  const detail = `${client.baseUrl} does not answer like a Counterfoil trustee.`;
  throw new Refusal("not-a-trustee", detail, NO_MONEY_MOVED, "Check the address; counterfoil trustee serve prints it.");
}

/** A trustee by its address. Whether its key deserves trust is for the caller to know. */
export async function trusteeDoorAt(client: WireClient): Promise<TrusteeDoor> {
  const { key } = await lookAtTrustee(client);
  return { key, name: client.baseUrl, post: (message) => client.post(message) };
}

export type TrusteeWord =
  | { readonly kind: "answered"; readonly answer: Uint8Array }
  | { readonly kind: "refused"; readonly reason: TrusteeReason }
  /** Nothing came, or nothing that it signed. Asking again gives the same answer, or the first. */
  | { readonly kind: "silent" };

export async function askTrustee(crypto: Crypto, door: TrusteeDoor, facts: DisputeFacts): Promise<TrusteeWord> {
  const answer = await said(door, disputeMessage(crypto, facts, door.key));
  if (answer?.kind === "answered") return answer;
  if (answer?.kind !== "refused") return { kind: "silent" };
  const refusal = open(crypto, noAnswerSchema, answer.refusal, () => door.key);
  const isAboutThis = refusal.ok && refusal.value.value.tid === facts.tid;
  return isAboutThis ? { kind: "refused", reason: refusal.value.value.reason } : { kind: "silent" };
}

export interface TrusteesWord extends Combined {
  /** What each door said, in their order. */
  readonly words: readonly TrusteeWord[];
}

/** Asks all at once and makes of their answers what they give. Behind a proxy each door should be an identity of its own. */
export async function askTrustees(
  crypto: Crypto,
  group: TrusteeGroup,
  doors: readonly TrusteeDoor[],
  facts: DisputeFacts,
): Promise<TrusteesWord> {
  const sale: DisputedSale | null = disputedSale(crypto, facts);
  if (sale === null || groupIdOf(crypto, group) !== facts.group) {
    throw new Error("a purchase's own certificate, order and slip belong together");
  }
  const words = await Promise.all(doors.map((door) => askTrustee(crypto, door, facts)));
  const answers = words.flatMap((word) => (word.kind === "answered" ? [word.answer] : []));
  return { ...combineAnswers(crypto, group, sale, answers, facts.keys.disputes.secret), words };
}

/** Pages that a trustee is asked for: 64,000 sales. One that says that it has more, or no end of them, is listened to no longer. */
const PAGES = 1_000;

/** Which of a merchant's own sales this trustee has answered, oldest first, to be compared with its receipts. */
export async function fetchNotices(
  crypto: Crypto,
  merchant: SigningKey,
  door: TrusteeDoor,
  now: Instant,
): Promise<readonly Notices["notices"][number][]> {
  const notices: Notices["notices"][number][] = [];
  for (let after = 0; after < PAGES * NOTICES_PAGE; ) {
    const envelope = {
      recipient: door.key,
      session: toHex(new Uint8Array(randomBytes(32))),
      previous: ZERO_HASH,
      notAfterMs: now + MINUTE_MS,
    };
    const answer = await said(door, post(crypto, merchant, noticesRequest, envelope, { after }));
    const page = answer?.kind === "notices" ? open(crypto, noticesSchema, answer.notices, () => door.key) : null;
    if (!page?.ok || page.value.value.merchant !== merchant.publicKey || page.value.value.after !== after) {
      const detail = `The trustee ${door.name} did not answer with its notices.`;
      throw new Refusal("not-an-answer", detail, NO_MONEY_MOVED, "Try again.");
    }
    notices.push(...page.value.value.notices);
    after += NOTICES_PAGE;
    if (after >= page.value.value.total || page.value.value.notices.length === 0) break;
  }
  return notices;
}

async function said(door: TrusteeDoor, message: Uint8Array): Promise<TrusteeAnswer | null> {
  try {
    const answer = decode(trusteeAnswer, await retrying(() => door.post(message), TRIES));
    return answer.ok ? answer.value : null;
  } catch {
    return null; // not reached, or refused as no message: the next try or another trustee tells
  }
}
