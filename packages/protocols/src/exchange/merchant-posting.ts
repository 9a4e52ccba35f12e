/** What a merchant tells a log, and what it makes of the answer. */
import { decode, encode, type Hex, peekTag, type Schema } from "@counterfoil/base";
import { open, read, sign } from "@counterfoil/crypto";
import { slipSchema } from "../contract/index.ts";
import {
  abortPosting,
  commitPosting,
  commitSchema,
  declineSaleSchema,
  logAnswer,
  notPostedSchema,
  openedPosting,
  openPosting,
  postedSchema,
  recKeyOf,
} from "../log/index.ts";
import type { LogPosting, ShopCommand, ShopConfig } from "./merchant-rows.ts";

/** Each is a function of slip and LOCK, so a repeat is the same bytes. @param opening v. */
export function postingOf(config: ShopConfig, posting: LogPosting, opening: Hex): Uint8Array {
  const { crypto, key } = config;
  const { log, slipHash, slipSigned: slip, lock } = posting;
  const about = { log, slip, lock };
  switch (posting.entry) {
    case "open":
      return encode(openPosting, about);
    case "committed":
      return encode(commitPosting, { ...about, commit: sign(crypto, key, commitSchema, { log, slipHash }) });
    case "aborted":
      return encode(abortPosting, { ...about, decline: sign(crypto, key, declineSaleSchema, { log, slipHash }) });
    case "opened":
      return encode(openedPosting, { ...about, opening });
  }
}

type Posted = Pick<LogPosting, "entry"> & { readonly schema: Schema<{ readonly log: Hex; readonly slip: Uint8Array }> };

const POSTINGS: Readonly<Record<string, Posted>> = {
  "log-open/1": { entry: "open", schema: openPosting },
  "log-commit/1": { entry: "committed", schema: commitPosting as Posted["schema"] },
  "log-abort/1": { entry: "aborted", schema: abortPosting as Posted["schema"] },
  "log-opened/1": { entry: "opened", schema: openedPosting as Posted["schema"] },
};

/**
 * @param sent the posting's own bytes.
 * @returns null for what the log has not signed; the posting stays owed.
 */
export function hearLog(config: ShopConfig, sent: Uint8Array, answer: Uint8Array): ShopCommand | null {
  const { crypto, logs } = config;
  const kind = POSTINGS[peekTag(sent) ?? ""];
  const posting = kind && decode(kind.schema, sent);
  const slip = posting?.ok ? read(slipSchema, posting.value.slip) : null;
  const heard = decode(logAnswer, answer);
  if (!posting?.ok || !slip?.ok || !heard.ok || kind === undefined) return null;
  const log = logs.get(posting.value.log);
  if (log === undefined) return null;
  const { entry } = kind;
  const recKey = recKeyOf(crypto, slip.value.value.bank, slip.value.value.tid);
  switch (heard.value.kind) {
    case "posted": {
      const posted = open(crypto, postedSchema, heard.value.posted, () => log.key);
      const names =
        posted.ok && posted.value.value.postings.some((each) => each.recKey === recKey && each.kind === entry);
      return names && posted.value.value.log === posting.value.log ? { kind: "posted", recKey, entry } : null;
    }
    case "refused": {
      const refusal = open(crypto, notPostedSchema, heard.value.refusal, () => log.key);
      if (!refusal.ok || refusal.value.value.recKey !== recKey || refusal.value.value.log !== posting.value.log)
        return null;
      return { kind: "not-posted", recKey, entry, reason: refusal.value.value.reason };
    }
    default:
      return null;
  }
}
