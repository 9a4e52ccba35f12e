/** Valid values of every schema of a swap, and of what trustees say to each other and to those who ask them. */
import * as contract from "@counterfoil/protocols/contract";
import * as exchange from "@counterfoil/protocols/exchange";
import * as trustees from "@counterfoil/protocols/trustees";
import { HASH, PROOF, type Put, SIGNED } from "./placeholders.ts";

const NOW = 1_800_000_000_000;

export function putSwaps(put: Put, group: trustees.TrusteeGroup): void {
  const points = { head: HASH, body: HASH };
  put("contract.signatureCertificateSchema", contract.signatureCertificateSchema, {
    merchant: HASH,
    signer: HASH,
    textHash: HASH,
    registration: HASH,
    group: HASH,
    groupKey: HASH,
    escrow: points,
    proof: PROOF,
  });
  const offer = { tid: HASH, commitment: HASH, sealed: points, proof: PROOF };
  const shown = { certificate: SIGNED, slip: SIGNED };
  const opening = { kind: "opening", opening: HASH } as const;
  const answers = { kind: "answers", answers: [SIGNED, SIGNED] } as const;
  const signatures = [
    { ...shown, release: { ...opening, offer } },
    { ...shown, release: { ...answers, order: SIGNED, group, x: HASH } },
  ];
  put("exchange.contractSchema", exchange.contractSchema, { textHash: HASH, signatures });
  const swap = {
    tid: HASH,
    mine: { ...shown, registration: HASH, order: SIGNED },
    theirs: { ...shown, order: SIGNED, offer },
    trustees: SIGNED,
    startedMs: NOW,
  };
  put("exchange.swapSchema", exchange.swapSchema, swap);
  putStates(put, swap);
  putMessages(put, group);
}

function putStates(put: Put, swap: exchange.Swap): void {
  const waiting = { swap, tries: 3, wakeMs: NOW };
  const had = { phase: "had", swap, secret: HASH } as const;
  put(
    "exchange.givingStateSchema",
    exchange.givingStateSchema,
    { phase: "giving", ...waiting },
    { phase: "resolving", ...waiting, answers: [SIGNED] },
    { phase: "late", ...waiting },
    { ...had, release: { kind: "opening", opening: HASH } },
    { ...had, release: { kind: "answers", answers: [SIGNED, SIGNED] } },
    { phase: "forfeited", swap, answers: [] },
  );
  put(
    "exchange.takingStateSchema",
    exchange.takingStateSchema,
    { phase: "bound", swap, wakeMs: NOW },
    { phase: "looking", ...waiting, denials: [SIGNED] },
    { ...had, opening: HASH },
    { phase: "ended", swap, denials: [SIGNED, SIGNED], cause: "not-given" },
    { phase: "ended", swap, denials: [], cause: "over" },
  );
  put(
    "exchange.swapInputSchema",
    exchange.swapInputSchema,
    { kind: "counterpart", answer: SIGNED },
    { kind: "trustee", answer: new Uint8Array() },
    { kind: "given", opening: HASH },
    { kind: "wake" },
  );
}

function putMessages(put: Put, group: trustees.TrusteeGroup): void {
  const ask = { certificate: SIGNED, wanted: HASH, session: HASH, notAfterMs: NOW };
  put("exchange.swapAsk", exchange.swapAsk, ask);
  const offered = { slip: SIGNED, body: SIGNED };
  const offer = { wanted: HASH, certificate: SIGNED, asked: SIGNED, order: SIGNED, ...offered };
  put("exchange.swapOffer", exchange.swapOffer, offer);
  put("exchange.swapGive", exchange.swapGive, { tid: HASH, opening: HASH });
  put("exchange.swapLook", exchange.swapLook, { tid: HASH });
  put(
    "exchange.swapAnswer",
    exchange.swapAnswer,
    { kind: "ordered", certificate: SIGNED, order: SIGNED },
    { kind: "offer", ...offered },
    { kind: "given", opening: HASH },
    { kind: "waiting" },
    { kind: "done" },
    ...exchange.SWAP_REASONS.map((reason) => ({ kind: "declined", reason }) as const),
  );
  const rule = {
    title: "Füße 𝄞",
    certificate: SIGNED,
    registration: HASH,
    trustees: group,
    trusteeUrls: "https://a.example\nhttp://b.example",
    wantedTitle: "A thing",
    fileName: "thing.cf",
  };
  const goods = { url: "https://c.example", fileHash: HASH, certificate: SIGNED };
  put(
    "exchange.swapRuleMessage",
    exchange.swapRuleMessage.payload,
    { wanted: HASH, taken: HASH, rule: { ...rule, goods } },
    { wanted: HASH, taken: HASH, rule: { ...rule, goods: null } },
    { wanted: HASH, taken: HASH, rule: null },
  );
}

export function putCeremony(put: Put): void {
  const terms = {
    members: [HASH, HASH, HASH],
    threshold: 2,
    sellUntilMs: NOW,
    answerUntilMs: NOW + 1,
    claimWindowMs: 86_400_000,
    endsMs: NOW,
    nonce: HASH,
  };
  put("trustees.termsSchema", trustees.termsSchema, terms);
  const speaker = { ceremony: HASH, trustee: HASH, previous: HASH };
  put("trustees.commitSchema", trustees.commitSchema, { ...speaker, commitments: HASH, box: HASH });
  const sealed = new Uint8Array(80).fill(4);
  const dealt = { commitments: [HASH, HASH], possession: PROOF, shares: [sealed, sealed] };
  put("trustees.revealSchema", trustees.revealSchema, { ...speaker, ...dealt });
  const verdicts = [[], [1, 16]].map((against) => ({ ...speaker, against }));
  put("trustees.verdictSchema", trustees.verdictSchema, ...verdicts);
  const defences = [[], [{ to: 2, share: HASH }]].map((shares) => ({ ...speaker, shares }));
  put("trustees.defenceSchema", trustees.defenceSchema, ...defences);
  put("trustees.beginRequest", trustees.beginRequest, { terms });
  put("trustees.roundRequest", trustees.roundRequest, { ceremony: HASH, round: 1, messages: [SIGNED, SIGNED] });
  put("trustees.endRequest", trustees.endRequest, { group: SIGNED });
  put("trustees.givenQuery", trustees.givenQuery, { group: HASH, slipHash: HASH, notAfterMs: NOW });
  put("trustees.noticesRequest", trustees.noticesRequest.payload, { after: 0 }, { after: 70_000 });
  const notices = [{ number: 4, tid: HASH, answeredMs: NOW }];
  const page = { trustee: HASH, merchant: HASH, after: 3, total: 4 };
  put("trustees.noticesSchema", trustees.noticesSchema, { ...page, notices }, { ...page, notices: [] });
  const about = { trustee: HASH, group: HASH, slipHash: HASH, notAfterMs: NOW };
  put("trustees.notGivenSchema", trustees.notGivenSchema, about);
}
