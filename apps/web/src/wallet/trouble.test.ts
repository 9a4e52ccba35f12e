import { Overloaded, Refused, Unreachable } from "@counterfoil/host/portable";
import { StoreFailure } from "@counterfoil/protocols";
import { NO_MONEY_MOVED, Refusal } from "@counterfoil/sdk/portable";
import { expect, test } from "vitest";
import { troubleOf } from "./trouble.ts";

test("a refusal crosses as it is", () => {
  const refusal = new Refusal("insufficient-funds", "There is not enough.", NO_MONEY_MOVED, "Get more.");
  const { reason, message: detail, money, next } = refusal;
  expect(troubleOf(refusal)).toEqual({ reason, detail, money, next });
});

test("a next step that is a command becomes one that a page has", () => {
  const commands = ["counterfoil wallet cash AMOUNT withdraws more.", "Check COUNTERFOIL_URL.", "Pass --max-price."];
  for (const reason of ["too-few-coins", "never-heard-of"]) {
    for (const command of commands) {
      const { next } = troubleOf(new Refusal(reason, "", NO_MONEY_MOVED, command));
      expect(next).not.toMatch(/counterfoil|COUNTERFOIL|--/);
      expect(next).not.toBe("");
    }
  }
});

test("only what was never sent says that no money has moved", () => {
  const unsent = [new Unreachable("ECONNREFUSED", false), new Overloaded(1_000), new Refused(404, "no-such-item")];
  for (const failure of unsent) expect(troubleOf(failure)).toMatchObject({ money: NO_MONEY_MOVED });
  for (const failure of [new Unreachable("TIMEOUT", true), new StoreFailure("full", false), new Error("planted")]) {
    expect(troubleOf(failure)).toMatchObject({ money: expect.stringMatching(/^Not known/), isOpen: true });
  }
  for (const failure of unsent) expect(troubleOf(failure).isOpen).toBeUndefined();
  const said = (money: string) => troubleOf(new Refusal("unsigned-refusal", "", money, "")).isOpen;
  expect([said(NO_MONEY_MOVED), said("Not known.")]).toEqual([undefined, true]);
  expect(troubleOf(new Unreachable("TIMEOUT", true)).reason).toBe("unknown");
  expect(troubleOf(new Error("planted")).reason).toBe("bug");
});
