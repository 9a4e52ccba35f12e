/** What a teller takes and refuses, reason by reason, and that a repeat changes nothing. The races are in the lab, shipped/teller.test.ts. */
import { decode, encode, type Hex, HOUR_MS, toHex } from "@counterfoil/base";
import { open, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { paySchema, type Slip } from "../contract/index.ts";
import { type Desk, desk } from "../desk.fixture.ts";
import { contentHashOf, type Entry, type FollowBatch, paidPosting, recKeyOf } from "../log/index.ts";
import { receiptNames, receiptSchema } from "../money/index.ts";
import { type EcashProof, swapMessage } from "./ecash.ts";
import { preimageOf } from "./ecash-money.ts";
import {
  claimRequest,
  type EcashFunding,
  type Errand,
  ecashLockRequest,
  ecashQuery,
  errandSchema,
  notPaidSchema,
  type TellerAnswer,
  tellerAnswer,
  tellerRefusalSchema,
  termsRequest,
  termsSchema,
} from "./messages.ts";
import type { TellerCommand, TellerEffect, TellerOutcome, TellerTables } from "./rows.ts";
import {
  buyer,
  config,
  crypto,
  DEADLINE,
  formFor,
  fundingFor,
  lockMessage,
  logId,
  merchant,
  NOBODYS,
  NOW,
  PAYEE,
  payeeFor,
  proofsOf,
  REFUND,
  signedBy,
  slipOfTest,
  swapOf,
  tellerKey,
} from "./teller.fixture.ts";
import { teller } from "./teller.ts";

type Teller = Desk<TellerTables, TellerCommand, TellerOutcome, TellerEffect>;

function tellerOfTest(headMs = NOW): Teller {
  const made = desk(teller(config));
  const note = new Uint8Array(1);
  made.rows.set(`followed_log/${logId}`, { size: 0, frontier: new Uint8Array(0), head_ms: headMs, note });
  return made;
}

function said(at: Teller, message: Uint8Array): TellerAnswer {
  const answer = decode(tellerAnswer, at.hear(message, NOW));
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

function reasonOf(answer: TellerAnswer): string {
  if (answer.kind !== "refused") return answer.kind;
  const opened = open(crypto, tellerRefusalSchema, answer.refusal, () => tellerKey.publicKey);
  return opened.ok ? opened.value.value.reason : opened.reason;
}

const contract = slipOfTest();
const { slip, slipHash } = contract;
const proofs = proofsOf(formFor(contract), "tokens");
const LOCK = lockMessage(contract, fundingFor(slipHash, proofs));
const PAYOUT = swapOf(proofs, PAYEE, "payout");
const claimOf = (payout = PAYOUT) => encode(claimRequest, { bank: slip.bank, tid: slip.tid, payout });
const QUERY = encode(ecashQuery, { bank: slip.bank, tid: slip.tid });

function errandOf(at: Teller): Errand {
  const sends = at.takeSends().filter(({ to }) => to === "mint");
  const errand = decode(errandSchema, sends.at(-1)?.bytes as Uint8Array);
  if (!errand.ok) throw new Error(errand.reason);
  return errand.value;
}

function hears(at: Teller, errand: Errand, state: "UNSPENT" | "SPENT", witness: string | null = null): void {
  const states = errand.proofs.map(() => ({ state, witness }));
  at.decide({ kind: "heard", errand, word: { kind: "states", states, restored: false } }, NOW);
}

function locked(): Teller {
  const at = tellerOfTest();
  said(at, LOCK);
  hears(at, errandOf(at), "UNSPENT");
  expect(said(at, LOCK).kind).toBe("locked");
  return at;
}

function entryOf(kind: "committed" | "aborted", hash: Hex = slipHash): Entry {
  const recKey = recKeyOf(crypto, slip.bank, slip.tid);
  return { kind, recKey, contentHash: contentHashOf(crypto, kind, slip.bank, hash), timeMs: NOW };
}

function follows(at: Teller, ...entries: readonly Entry[]): void {
  const from = at.view.get("followed_log", logId)?.size ?? 0;
  const batch: FollowBatch = {
    log: logId,
    from,
    frontier: { size: from + entries.length, hashes: [new Uint8Array(32)] },
    headMs: NOW + 1 + from,
    note: new Uint8Array(1),
    entries: entries.map((entry, i) => ({ index: from + i, entry })),
  };
  at.decide({ kind: "followed", batch }, NOW);
}

describe("terms", () => {
  test("name the hash, the mint and the second of one slip", () => {
    const answer = said(tellerOfTest(), encode(termsRequest, { slip: contract.signed }));
    if (answer.kind !== "terms") throw new Error(answer.kind);
    const terms = open(crypto, termsSchema, answer.terms, () => tellerKey.publicKey);
    const { hash, locktimeSeconds } = formFor(contract);
    const expected = { bank: slip.bank, slipHash, mint: config.mint, hash, locktimeSeconds };
    expect(terms.ok && terms.value.value).toEqual(expected);
    expect(formFor(slipOfTest({ priceMinor: 1n })).hash).not.toBe(hash);
  });
});

describe("no lock", () => {
  const slips: Record<string, Partial<Slip>> = {
    "wrong-bank": { bank: merchant.publicKey },
    "wrong-mode": { mode: "optimistic" },
    "wrong-unit": { unit: "EUR" },
    "tid-mismatch": { poHash: "ab".repeat(32) },
    "unknown-log": { log: "ab".repeat(32) },
    "too-far-ahead": { notAfterMs: NOW + config.longestMs + 1 },
    expired: { notAfterMs: NOW },
  };
  for (const [reason, changes] of Object.entries(slips)) {
    test(reason, () => {
      const other = slipOfTest(changes);
      const funding = fundingFor(other.slipHash, proofsOf(formFor(other), "tokens"));
      expect(reasonOf(said(tellerOfTest(), lockMessage(other, funding)))).toBe(reason);
      if (reason === "expired" || reason === "too-far-ahead") return;
      expect(reasonOf(said(tellerOfTest(), encode(termsRequest, { slip: other.signed })))).toBe(reason);
    });
  }

  test("wrong-payment: the order's key has not said yes to this slip", () => {
    for (const [signer, hash] of [[merchant, slipHash] as const, [buyer, "ab".repeat(32)] as const]) {
      const pay = sign(crypto, signer, paySchema, { slipHash: hash });
      const message = encode(ecashLockRequest, { slip: contract.signed, pay, funding: fundingFor(slipHash, proofs) });
      expect(reasonOf(said(tellerOfTest(), message))).toBe("wrong-payment");
    }
  });

  test("log-behind: a log that was never followed has no time", () => {
    expect(reasonOf(said(desk(teller(config)), LOCK))).toBe("log-behind");
  });

  test("other-slip-locked: one contract, one slip", () => {
    const other = slipOfTest({ priceMinor: 32n });
    const funding = { ...fundingFor(other.slipHash, proofsOf(formFor(other), "other", [32n])) };
    const refund = swapOf(funding.proofs, REFUND, "back", 32n);
    expect(reasonOf(said(locked(), lockMessage(other, { ...funding, refund })))).toBe("other-slip-locked");
  });

  test("what was offered and not locked is forgotten at the deadline, and what was locked is not", () => {
    const at = tellerOfTest();
    said(at, LOCK);
    const due = teller(config).due?.ecash;
    const row = at.view.get("ecash", slipHash);
    if (row === undefined) throw new Error("no row");
    expect(due?.(slipHash, row)).toEqual({ atMs: DEADLINE, command: { kind: "forget", slipHash } });
    at.decide({ kind: "forget", slipHash }, DEADLINE - 1);
    expect(at.view.get("ecash", slipHash)).toBeDefined();
    at.decide({ kind: "forget", slipHash }, DEADLINE);
    expect(at.view.get("ecash", slipHash)).toBeUndefined();
    const kept = locked();
    kept.decide({ kind: "forget", slipHash }, DEADLINE + HOUR_MS);
    expect(kept.view.get("ecash", slipHash)?.state).toBe("locked");
  });
});

describe("no such tokens", () => {
  const good = formFor(contract);
  const keyed = (keyset: string) => proofs.map((each) => ({ ...each, keyset }));
  const twin = `03${PAYEE.slice(2)}`;
  const lies: Record<string, readonly [reason: string, tokens: readonly EcashProof[]]> = {
    none: ["unknown-keyset", []],
    "of an unknown keyset": ["unknown-keyset", keyed("00cd")],
    "of another unit": ["unknown-keyset", keyed("00eu")],
    "of a keyset that ends with the lock": ["unknown-keyset", keyed("00ed")],
    "anybody's": ["wrong-condition", proofs.map((each) => ({ ...each, secret: "ab".repeat(32) }))],
    "one of them anybody's": ["wrong-condition", [...proofs.slice(1), { ...proofs[0], secret: "ab" } as EcashProof]],
    "one with another hash": [
      "wrong-condition",
      [...proofs.slice(0, 1), ...proofsOf({ ...good, hash: "ab".repeat(32) }, "tokens", [32n])],
    ],
    "one with another way back": [
      "wrong-condition",
      [...proofs.slice(0, 1), ...proofsOf({ ...good, refund: PAYEE }, "tokens", [32n])],
    ],
    "of another hash": ["wrong-hash", proofsOf({ ...good, hash: "ab".repeat(32) }, "tokens")],
    "for the buyer alone": ["wrong-receivers", proofsOf({ ...good, receivers: [REFUND] }, "tokens")],
    "for the merchant alone": ["wrong-receivers", proofsOf({ ...good, receivers: [PAYEE] }, "tokens")],
    "for a third, too": [
      "wrong-receivers",
      proofsOf({ ...good, receivers: [PAYEE, REFUND, `02${"ab".repeat(32)}`] }, "tokens"),
    ],
    "for another merchant": [
      "wrong-receivers",
      proofsOf({ ...good, receivers: [`02${"ab".repeat(32)}`, REFUND] }, "tokens"),
    ],
    "the other way round": ["wrong-receivers", proofsOf({ ...good, receivers: [REFUND, PAYEE] }, "tokens")],
    "with a way back for another": ["wrong-receivers", proofsOf({ ...good, refund: `02${"ab".repeat(32)}` }, "tokens")],
    "with one key twice": ["wrong-receivers", proofsOf({ ...good, receivers: [PAYEE, twin], refund: twin }, "tokens")],
    "locked too short": ["wrong-locktime", proofsOf({ ...good, locktimeSeconds: good.locktimeSeconds - 1 }, "tokens")],
    "locked too long": ["wrong-locktime", proofsOf({ ...good, locktimeSeconds: good.locktimeSeconds + 1 }, "tokens")],
    "one twice": ["same-token-twice", [...proofs, ...proofs.slice(1)]],
    "not the mint's": ["wrong-token", proofs.map((each) => ({ ...each, signed: NOBODYS }))],
    "too few": ["wrong-total", proofs.slice(1)],
    "too many": ["wrong-total", proofsOf(good, "tokens", [64n, 32n, 1n])],
    "less their fee": ["wrong-total", keyed("00fe")],
  };
  for (const [name, [reason, tokens]] of Object.entries(lies)) {
    test(name, () => {
      const funding = fundingFor(slipHash, tokens);
      expect(reasonOf(said(tellerOfTest(), lockMessage(contract, funding)))).toBe(reason);
    });
  }

  test("wrong-payee, wrong-refund", () => {
    const funding = fundingFor(slipHash, proofs);
    const refuses = (changes: Partial<EcashFunding>) =>
      reasonOf(said(tellerOfTest(), lockMessage(contract, { ...funding, ...changes })));
    expect(refuses({ payee: payeeFor(slipHash, buyer) })).toBe("wrong-payee");
    expect(refuses({ payee: payeeFor("ab".repeat(32)) })).toBe("wrong-payee");
    expect(refuses({ refund: swapOf(proofs, PAYEE, "back") })).toBe("wrong-refund");
    expect(refuses({ refund: swapOf(proofs, REFUND, "back", 95n) })).toBe("wrong-refund");
    expect(refuses({ refund: swapOf(proofs.slice(1), REFUND, "back") })).toBe("wrong-refund");
  });

  test("that pay their fee are taken", () => {
    const tokens = proofsOf(formFor(contract), "tokens", [64n, 32n, 2n]).map((each) => ({ ...each, keyset: "00fe" }));
    expect(said(tellerOfTest(), lockMessage(contract, fundingFor(slipHash, tokens))).kind).toBe("asked");
  });
});

describe("a contract", () => {
  test("is paid, and says so in a receipt and a leaf until the log has it", () => {
    const at = locked();
    expect(said(at, claimOf())).toMatchObject({ kind: "locked", claimed: true });
    at.takeSends();
    follows(at, entryOf("committed"));
    const errand = errandOf(at);
    expect(errand).toMatchObject({ kind: "settle", swap: { swap: PAYOUT } });
    hears(at, errand, "UNSPENT");
    expect(said(at, QUERY).kind).toBe("locked");
    at.decide({ kind: "heard", errand, word: { kind: "swapped" } }, NOW);
    const answer = said(at, QUERY);
    if (answer.kind !== "paid") throw new Error(answer.kind);
    const receipt = open(crypto, receiptSchema, answer.receipt, () => tellerKey.publicKey);
    expect(receipt.ok && receiptNames(receipt.value.value, slip, slipHash)).toBe(true);
    const leaves = at.takeSends().map(({ to, bytes }) => to === `log/${logId}` && decode(paidPosting, bytes).ok);
    expect(leaves).toEqual([true]);
    at.decide({ kind: "in-log", tid: slip.tid }, NOW);
    at.decide({ kind: "owe", tid: slip.tid }, NOW);
    expect(at.takeSends()).toEqual([]);
    hears(at, errand, "SPENT", "{}");
    follows(at, entryOf("aborted"));
    expect(said(at, QUERY).kind).toBe("paid");
  });

  test("is aborted, and the buyer's way back is sent", () => {
    const at = locked();
    said(at, claimOf());
    follows(at, entryOf("aborted"));
    const errand = errandOf(at);
    expect(errand).toMatchObject({ kind: "free", swap: { swap: fundingFor(slipHash, proofs).refund } });
    expect(said(at, QUERY)).toMatchObject({ kind: "unpaid", returned: false });
    hears(at, errand, "SPENT");
    const answer = said(at, QUERY);
    if (answer.kind !== "unpaid") throw new Error(answer.kind);
    const record = open(crypto, notPaidSchema, answer.record, () => tellerKey.publicKey);
    expect(record.ok && record.value.value).toMatchObject({ slipHash, why: "aborted" });
    expect(answer.returned).toBe(true);
    follows(at, entryOf("committed"));
    expect(said(at, QUERY)).toEqual(answer);
  });

  test("is paid by the very swap that was sent, and lapses by any other", () => {
    const own = { preimage: toHex(preimageOf(config, slipHash)), signatures: [PAYOUT.signature] };
    const witnesses = [
      ["paid", own],
      ["unpaid", { ...own, preimage: "ab".repeat(32) }],
      ["unpaid", { ...own, signatures: ["ab".repeat(64)] }],
      ["unpaid", {}],
    ] as const;
    for (const [kind, witness] of witnesses) {
      const at = locked();
      said(at, claimOf());
      at.takeSends();
      follows(at, entryOf("committed"));
      hears(at, errandOf(at), "SPENT", JSON.stringify(witness));
      expect(said(at, QUERY).kind).toBe(kind);
    }
  });

  test("gives nobody the money by a first outcome that is about another slip", () => {
    const at = locked();
    said(at, claimOf());
    follows(at, entryOf("committed", "ab".repeat(32)), entryOf("committed"));
    expect(errandOf(at).kind).toBe("free");
  });

  test("shows no preimage before the log has decided, whoever asks for what", () => {
    const at = locked();
    said(at, claimOf());
    said(at, QUERY);
    at.decide({ kind: "owe", tid: slip.tid }, NOW);
    expect(at.takeSends().filter(({ to }) => to === "mint")).toEqual([]);
  });

  test("decides the same again, and writes nothing", () => {
    const at = locked();
    const again = [LOCK, claimOf(), claimOf(), LOCK].map((message) => at.hear(message, NOW));
    expect(again[1]).toEqual(again[2]);
    expect(again[3]).toEqual(again[1]);
    const admitted = at.authority.admit(LOCK, NOW);
    if (!admitted.ok) throw new Error(admitted.reason);
    expect(at.decide(admitted.value, NOW).writes).toEqual([]);
  });
});

describe("claims", () => {
  test("no-such-sale, wrong-claim", () => {
    expect(reasonOf(said(tellerOfTest(), claimOf()))).toBe("no-such-sale");
    const at = locked();
    const wrong = [swapOf(proofs, REFUND, "payout"), swapOf(proofs, PAYEE, "payout", 95n), { ...PAYOUT, outputs: [] }];
    for (const payout of wrong) expect(reasonOf(said(at, claimOf(payout)))).toBe("wrong-claim");
    const twice = [...PAYOUT.outputs, ...PAYOUT.outputs].map((each) => ({ ...each, amountMinor: 48n }));
    expect(
      reasonOf(said(at, claimOf({ outputs: twice, signature: signedBy(PAYEE, swapMessage(proofs, twice)) }))),
    ).toBe("wrong-claim");
    const strange = PAYOUT.outputs.map((each) => ({ ...each, keyset: "00cd" }));
    expect(reasonOf(said(at, claimOf({ ...PAYOUT, outputs: strange })))).toBe("wrong-claim");
  });

  test("another takes its place until it may have been sent", () => {
    const at = locked();
    const other = swapOf(proofs, PAYEE, "other payout");
    for (const payout of [PAYOUT, other]) expect(said(at, claimOf(payout))).toMatchObject({ claimed: true });
    follows(at, entryOf("committed"));
    expect(errandOf(at).swap?.swap).toEqual(other);
    expect(reasonOf(said(at, claimOf()))).toBe("already-claimed");
  });

  test("one that comes after the commit is sent at once", () => {
    const at = locked();
    follows(at, entryOf("committed"));
    expect(at.takeSends().filter(({ to }) => to === "mint")).toEqual([]);
    said(at, claimOf());
    expect(errandOf(at).swap?.swap).toEqual(PAYOUT);
  });
});
