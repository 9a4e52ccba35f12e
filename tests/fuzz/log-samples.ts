/** Valid values of everything that is said to a log, by it, and written into it. */
import * as log from "@counterfoil/protocols/log";
import { HASH, type Put, SIGNED } from "./placeholders.ts";

const NOW = 1_800_000_000_000;

export function putLog(put: Put): void {
  const witnesses = ["a", "witness.example/b"].map((name) => ({ name, key: HASH }));
  const descriptor = { key: HASH, origin: "log.example", witnesses, quorum: 1, time: "UTC, by NTP", retentionMs: 1 };
  const terms = { ...descriptor, mergeDelayMs: 60_000 };
  put("log.logSchema", log.logSchema, terms, { ...terms, witnesses: [], quorum: 0 });
  put("log.entryKind", log.entryKind, "open", "committed", "aborted", "opened", "paid");
  const decided = { recKey: HASH, contentHash: HASH, timeMs: NOW };
  put("log.leafSchema", log.leafSchema, { log: HASH, ...decided });
  put(
    "log.entrySchema",
    log.entrySchema,
    ...(["open", "committed", "aborted"] as const).map((kind) => ({ kind, ...decided })),
    { kind: "opened", recKey: HASH, opening: HASH, timeMs: NOW },
    { kind: "paid", leaf: SIGNED },
  );
  put("log.lockSchema", log.lockSchema, { bank: HASH, log: HASH, tid: HASH, slipHash: HASH, treeSize: 70_000 });
  put("log.commitSchema", log.commitSchema, { log: HASH, slipHash: HASH });
  put("log.declineSaleSchema", log.declineSaleSchema, { log: HASH, slipHash: HASH });
  const posting = { log: HASH, slip: SIGNED, lock: SIGNED };
  put("log.openPosting", log.openPosting, posting);
  put("log.commitPosting", log.commitPosting, { ...posting, commit: SIGNED });
  const declines = [null, SIGNED].map((decline) => ({ ...posting, decline }));
  put("log.abortPosting", log.abortPosting, ...declines);
  put("log.openedPosting", log.openedPosting, { ...posting, opening: HASH });
  const leaves = [[], [{ tid: HASH, leaf: SIGNED }]].map((each) => ({ log: HASH, bank: HASH, leaves: each }));
  put("log.paidPosting", log.paidPosting, ...leaves);
  put("log.logQuery", log.logQuery, { log: HASH, recKey: HASH });
  const postings = [{ recKey: HASH, kind: "paid", index: 256 } as const];
  put("log.postedSchema", log.postedSchema, { log: HASH, postings }, { log: HASH, postings: [] });
  const refusals = log.LOG_REASONS.map((reason) => ({ log: HASH, recKey: HASH, reason }));
  put("log.notPostedSchema", log.notPostedSchema, ...refusals);
  const path = [new Uint8Array(32), new Uint8Array(32).fill(1)];
  const logged = { descriptor: SIGNED, note: SIGNED, index: 3, entry: SIGNED, path };
  put("log.loggedSchema", log.loggedSchema, logged, { ...logged, path: [] });
  put(
    "log.logAnswer",
    log.logAnswer,
    { kind: "posted", posted: SIGNED },
    { kind: "refused", refusal: SIGNED },
    { kind: "logged", entries: [] },
    { kind: "logged", entries: [SIGNED, SIGNED] },
  );
}
