import { afterEach, expect, test, vi } from "vitest";
import { askJson, troubleIn } from "./asking.ts";

const REFUND = { method: "POST", body: { totalMinor: "100" }, money: "Not known." } as const;

afterEach(() => void vi.unstubAllGlobals());

async function troubleAfter(answer: () => Promise<Response>, asked = {}) {
  vi.stubGlobal("fetch", answer);
  const { money, isOpen, detail } = troubleIn(
    await askJson("http://shop", "/v1", asked).catch((error: unknown) => error),
  );
  return { money, isOpen, detail };
}

const cutOff = async () => Promise.reject(new TypeError("the network"));
const says = (status: number, body: string) => async () => new Response(body, { status });

test.each([
  ["no answer", cutOff],
  ["an answer that breaks off", says(200, '{"refunded')],
  ["a proxy that has waited too long", says(504, "<html>")],
  ["a proxy that says nothing", says(502, "null")],
])("after %s nobody knows whether money was given back, and it is not shown as failed", async (_, answer) => {
  expect(await troubleAfter(answer, REFUND)).toMatchObject({ money: "Not known.", isOpen: true });
});

test("what was refused, or only looked at, has failed", async () => {
  const refused = JSON.stringify({ detail: "No.", money: "No money has moved.", next: "" });
  expect(await troubleAfter(says(409, refused), REFUND)).toMatchObject({ money: "No money has moved.", isOpen: false });
  expect(await troubleAfter(says(503, refused), REFUND)).toMatchObject({ isOpen: false });
  for (const answer of [cutOff, says(200, "<html>"), says(500, "")]) {
    expect(await troubleAfter(answer)).toMatchObject({ money: "No money has moved.", isOpen: false });
  }
});
