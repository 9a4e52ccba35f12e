/** Valid values of what is said to the bank and by it. */
import type { Hex } from "@counterfoil/base";
import * as money from "@counterfoil/protocols/money";
import { NOW } from "../../packages/protocols/src/exchange/parties.fixture.ts";
import { HASH, type Put, SIGNED } from "./placeholders.ts";
import type { Sold } from "./sale.ts";

export function putMoney(put: Put, { one }: Sold): void {
  const { bank, merchant, tid, buyer, poHash, priceMinor, unit, notAfterMs } = one.slip;
  const terms = { bank, tid, merchant, priceMinor, unit };
  const debit = { kind: "debit", sealed: SIGNED } as const;
  put("money.bankDescriptorSchema", money.bankDescriptorSchema, {
    bank,
    box: HASH,
    unit,
    sandbox: true,
    longestHoldMs: 86_400_000,
    certifiers: [HASH],
    groups: [HASH, HASH],
    logs: [HASH],
  });
  put("money.debitSchema", money.debitSchema, { bank, account: HASH, slipHash: HASH });
  const hold = { ...terms, account: HASH, buyer, poHash, notAfterMs };
  put("money.holdSchema", money.holdSchema, { ...hold, log: null }, { ...hold, log: HASH });
  put("money.heldSchema", money.heldSchema, { ...terms, notAfterMs });
  put("money.abortSchema", money.abortSchema, { bank, tid, buyer });
  put("money.refundSchema", money.refundSchema, { bank, merchant, tid, totalMinor: 5n });
  put(
    "money.fundingSchema",
    money.fundingSchema,
    debit,
    { kind: "hold" },
    { kind: "free" },
    { kind: "coins", coins: [] },
  );
  const settle = { slip: SIGNED, pay: SIGNED, funding: debit, opening: HASH };
  put("money.settleRequest", money.settleRequest, settle, { ...settle, opening: null });
  put("money.holdRequest", money.holdRequest, { sealed: SIGNED });
  put("money.abortRequest", money.abortRequest, { abort: SIGNED, slip: null }, { abort: SIGNED, slip: SIGNED });
  put("money.queryRequest", money.queryRequest, { bank, tid });
  put("money.refundRequest", money.refundRequest, { refund: SIGNED });
  const requests = money.accountRequest.payload;
  const page = { kind: "statement", from: 1, most: 100 } as const;
  const certify = { kind: "certify", use: SIGNED, days: 30 } as const;
  put(
    "money.accountRequest",
    requests,
    { kind: "open" },
    { kind: "grant", amountMinor: 5n, nonce: HASH },
    page,
    certify,
  );
  put("money.receiptSchema", money.receiptSchema, { ...terms, slipHash: HASH, timeMs: NOW, fundingHash: HASH });
  put("money.abortCause", money.abortCause, "buyer", "insufficient-funds");
  put("money.abortedSchema", money.abortedSchema, { bank, tid, cause: "buyer", untilMs: NOW });
  const refusal = { bank, about: tid, slipHash: HASH, reason: "expired" } as const;
  put("money.refusalSchema", money.refusalSchema, refusal, { ...refusal, slipHash: null });
  const line = { sequence: 1, transaction: "t", kind: "sale", credit: true, amountMinor: 5n, balanceMinor: 6n };
  const lines = [{ ...line, timeMs: NOW }];
  const account = {
    kind: "account",
    account: HASH,
    unit,
    balanceMinor: 5n,
    heldMinor: 1n,
    sequence: 2,
    lines,
  } as const;
  put(
    "money.bankAnswer",
    money.bankAnswer,
    { kind: "paid", receipt: SIGNED, opening: HASH },
    { kind: "paid", receipt: SIGNED, opening: null },
    { kind: "aborted", record: SIGNED },
    { kind: "refused", refusal: SIGNED, paid: null, used: [], lock: null },
    { kind: "locked", lock: SIGNED },
    { kind: "held", held: SIGNED },
    { kind: "undecided", tid },
    { kind: "refunded", tid, totalMinor: 4n },
    { kind: "coin-keys", list: SIGNED },
    { kind: "issued", request: HASH, signatures: [new Uint8Array(256)], deposited: SIGNED },
    { kind: "reissued", signatures: [new Uint8Array(256), null] },
    { kind: "certified", credential: SIGNED },
    { kind: "thresholds", sequence: 1, thresholds: null },
    { kind: "bonded", bonded: SIGNED },
    { kind: "claimed", claimed: SIGNED },
    account,
  );
  putBonds(put, bank, tid);
}

function putBonds(put: Put, bank: Hex, tid: Hex): void {
  const bond = { bank, account: HASH, amountMinor: 400n, untilMs: NOW };
  put("money.bondSchema", money.bondSchema, bond);
  put("money.bondRequest", money.bondRequest, { bond: SIGNED });
  put("money.claimSchema", money.claimSchema, { bank, tid, buyer: HASH, account: HASH });
  put("money.claimRequest", money.claimRequest, { claim: SIGNED, accusation: SIGNED });
  put("money.bondedQuery", money.bondedQuery, { bank, account: HASH });
  const { amountMinor: leftMinor, ...standing } = bond;
  put("money.bondedSchema", money.bondedSchema, { ...standing, leftMinor, unit: "XTS", sequence: 3 });
  const paid = { paidMinor: 150n, dueMinor: 250n };
  put("money.claimedSchema", money.claimedSchema, { bank, tid, owner: HASH, account: HASH, ...paid });
}

export function putCoins(put: Put, { one }: Sold): void {
  const { bank, unit } = one.slip;
  const rsa = new Uint8Array(256).fill(0x5a);
  const statement = new Uint8Array(64).fill(0x7);
  const key = {
    bank,
    unit,
    denominationMinor: 64n,
    epoch: 3,
    modulus: rsa,
    withdrawFromMs: NOW,
    withdrawUntilMs: NOW + 1,
    depositUntilMs: NOW + 2,
    refreshUntilMs: NOW + 3,
    certifiedOnly: false,
  };
  const coin = { keyId: HASH, publicKey: HASH, prefix: HASH, signature: rsa };
  const output = { keyId: HASH, blinded: rsa };
  const refresh = { bank, inputs: [HASH], outputs: [output], deposit: null };
  const deposit = { ...refresh, deposit: { account: HASH, amountMinor: 5n } };
  put("money.rsaBytes", money.rsaBytes, rsa, new Uint8Array(384));
  put("money.coinStatement", money.coinStatement, statement);
  put("money.coinKeySchema", money.coinKeySchema, key);
  put("money.coinSchema", money.coinSchema, coin);
  put("money.signedCoinSchema", money.signedCoinSchema, { coin, statement });
  const list = { bank, unit, sequence: 1, previous: HASH, issuedMs: NOW, keys: [key, { ...key, epoch: 4 }] };
  put("money.coinKeysSchema", money.coinKeysSchema, list);
  put("money.coinKeysRequest", money.coinKeysRequest, { bank });
  put("money.outputSchema", money.outputSchema, output);
  put("money.withdrawSchema", money.withdrawSchema, { bank, account: HASH, notAfterMs: NOW, outputs: [output] });
  put("money.withdrawRequest", money.withdrawRequest, { withdraw: SIGNED });
  put("money.refreshSchema", money.refreshSchema, refresh, deposit);
  put("money.refreshRequest", money.refreshRequest, { refresh: deposit, coins: [{ coin, statement }] });
  put("money.reissueRequest", money.reissueRequest, { bank, outputs: [output] });
  put("money.depositedSchema", money.depositedSchema, { bank, request: HASH, account: HASH, amountMinor: 5n });
  const above = { recordAboveMinor: 100n, reportAboveMinor: 10_000n, perDay: true };
  put(
    "money.operatorRequest",
    money.operatorRequest.payload,
    { kind: "rotate", after: null },
    { kind: "rotate", after: 3 },
    { kind: "thresholds", thresholds: above, after: 0 },
    { kind: "thresholds", thresholds: null, after: 1 },
  );
  put("money.usedCoinSchema", money.usedCoinSchema, { coinId: HASH, digest: HASH, statement });
}
