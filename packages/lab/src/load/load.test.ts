/** How the trustees' load grows with what fails: the curve is measured, so only its ends and its course are asked about. */
import { portableCrypto } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import { loadCurve, plotSvg, plotText } from "./index.ts";

const crypto = await portableCrypto();
const measured = (failing: "shop" | "loss", rates: readonly number[]) =>
  loadCurve({ crypto, failing, rates, sales: 24, seed: 1 });
const curves = [...measured("shop", [0, 0.5]), ...measured("loss", [0, 0.5])];

test("nobody troubles the trustees where nothing fails, and somebody does where much fails", () => {
  const [up, down, heard, lost] = curves;
  expect([up, heard].map((point) => [point?.disputed, point?.messages])).toEqual([
    [0, 0],
    [0, 0],
  ]);
  for (const point of [down, lost]) {
    expect(point?.share).toBeGreaterThan(0);
    expect(point?.share).toBeLessThan(1);
    expect(point?.share).toBe((point?.disputed as number) / (point?.paid as number));
  }
});

test("a drawing names its axes, its curves and its figures, and has an ink for the dark", () => {
  const svg = plotSvg(curves);
  for (const words of ["shops fail", "messages lost", "share of paid sales", "prefers-color-scheme: dark", "40%"]) {
    expect(svg).toContain(words);
  }
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|undefined/);
  const points = curves.map((point) => ({ ...point, rate: 0, share: 0 }));
  expect(plotSvg(points)).not.toMatch(/NaN/);
});

test("a terminal has a line for each point", () => {
  const lines = plotText(curves).split("\n");
  expect(lines.filter((line) => line.includes(" of "))).toHaveLength(curves.length);
  expect(lines[0]).toContain("shops fail");
});
