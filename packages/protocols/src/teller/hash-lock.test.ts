/** Which secrets are hash locks: what a mint could read otherwise than we do is none. */
import { describe, expect, test } from "vitest";
import { readHashLock } from "./hash-lock.ts";
import { formFor, PAYEE, proofsOf, REFUND, slipOfTest } from "./teller.fixture.ts";

const proofs = proofsOf(formFor(slipOfTest()), "tokens");

describe("a hash lock's secret", () => {
  const good = proofs[0]?.secret as string;
  const [, body] = JSON.parse(good) as [string, { nonce: string; data: string; tags: string[][] }];
  const spelt = (changes: object, kind = "HTLC") => JSON.stringify([kind, { ...body, ...changes }]);
  const tagged = (name: string, ...values: string[]) =>
    spelt({ tags: body.tags.map((tag) => (tag[0] === name ? [name, ...values] : tag)) });

  test("is read", () => {
    expect(readHashLock(good)).toMatchObject({ receivers: [PAYEE, REFUND], refund: REFUND });
  });

  const bad: Record<string, string> = {
    "not JSON": "x",
    "a bare secret": "ab".repeat(32),
    "another kind": spelt({}, "P2PK"),
    "a space": `${good} `,
    "a field twice": good.replace('"nonce":', '"data":"00","nonce":'),
    "a field more": spelt({ more: 1 }),
    "fields in another order": JSON.stringify(["HTLC", { data: body.data, nonce: body.nonce, tags: body.tags }]),
    "a hash that is none": spelt({ data: body.data.slice(2) }),
    "a hash in capitals": spelt({ data: body.data.toUpperCase() }),
    "no tags": spelt({ tags: [] }),
    "a tag twice": spelt({ tags: [...body.tags, ["locktime", "1"]] }),
    "a tag more": spelt({ tags: [...body.tags, ["n_sigs", "1"]] }),
    "two signatures": spelt({ tags: [...body.tags, ["n_sigs", "2"]] }),
    "a tag that is no text": spelt({ tags: [...body.tags.slice(1), ["locktime", 5]] }),
    "an empty tag": spelt({ tags: [...body.tags.slice(1), ["locktime", ""]] }),
    "no end": tagged("locktime"),
    "an end that is no second": tagged("locktime", "1e9"),
    "an end with a zero in front": tagged("locktime", "01"),
    "two ends": tagged("locktime", "1", "2"),
    "no receiver": tagged("pubkeys"),
    "a receiver that is no key": tagged("pubkeys", PAYEE.slice(2)),
    "two ways back": tagged("refund", REFUND, PAYEE),
    "inputs signed one by one": tagged("sigflag", "SIG_INPUTS"),
  };
  for (const [name, secret] of Object.entries(bad)) {
    test(`is not one: ${name}`, () => expect(readHashLock(secret)).toBeNull());
  }
});
