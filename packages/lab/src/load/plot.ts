/** Load curves for people: a drawing for a page, and one for a terminal. */
import type { Failing, LoadPoint } from "./load.ts";

const NAMES: Readonly<Record<Failing, string>> = {
  shop: "shops fail",
  loss: "messages lost",
};
/** Told apart without colour as well: by their dashes and their marks. */
const LINES: Readonly<Record<Failing, { readonly dash: string; readonly mark: string }>> = {
  shop: { dash: "none", mark: "circle" },
  loss: { dash: "6 4", mark: "square" },
};

const [WIDTH, HEIGHT] = [640, 400];
const FRAME = { left: 72, right: 24, top: 56, bottom: 64 };
const TICKS = 5;

/** Takes the page's own ink and paper where the page says what they are, and else what the reader's system prefers. */
export function plotSvg(points: readonly LoadPoint[]): string {
  const most = { rate: topOf(points.map(({ rate }) => rate)), share: topOf(points.map(({ share }) => share)) };
  const x = (rate: number) => FRAME.left + (rate / most.rate) * (WIDTH - FRAME.left - FRAME.right);
  const y = (share: number) => HEIGHT - FRAME.bottom - (share / most.share) * (HEIGHT - FRAME.top - FRAME.bottom);
  const title = "Paid sales that went to the trustees";
  const ticks = Array.from({ length: TICKS + 1 }, (_, at) => at / TICKS);
  const curves = curvesOf(points);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${title}</title>`,
    `<desc id="desc">${curves.map(([failing, own]) => inWords(failing, own)).join(" ")}</desc>`,
    STYLE,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>`,
    text(WIDTH / 2, 28, title, "title", "middle"),
    ...ticks.flatMap((part) => [
      line(x(0), y(part * most.share), x(most.rate), y(part * most.share), "grid"),
      text(x(0) - 10, y(part * most.share) + 4, percent(part * most.share), "tick", "end"),
      text(x(part * most.rate), y(0) + 20, percent(part * most.rate), "tick", "middle"),
    ]),
    line(x(0), y(0), x(most.rate), y(0), "axis"),
    line(x(0), y(0), x(0), y(most.share), "axis"),
    text(WIDTH / 2, HEIGHT - 16, "share of the batches in which a shop fails, or of messages lost", "label", "middle"),
    `<text class="label" text-anchor="middle" transform="translate(18 ${HEIGHT / 2}) rotate(-90)">share of paid sales</text>`,
    ...curves.flatMap(([failing, own], at) => [
      `<polyline class="curve" stroke-dasharray="${LINES[failing].dash}" points="${own
        .map(({ rate, share }) => `${round(x(rate))},${round(y(share))}`)
        .join(" ")}"/>`,
      ...own.map(({ rate, share }) => markAt(failing, x(rate), y(share))),
      ...legend(failing, at),
    ]),
    "</svg>",
    "",
  ].join("\n");
}

const STYLE = `<style>
  svg { --ink: #1f2328; --paper: #ffffff; --faint: #d0d7de; font-family: system-ui, sans-serif; }
  @media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --paper: #0d1117; --faint: #30363d; } }
  .paper { fill: var(--paper); } text { fill: var(--ink); font-size: 13px; } .title { font-size: 16px; font-weight: 600; }
  .grid { stroke: var(--faint); } .axis { stroke: var(--ink); } .curve { fill: none; stroke: var(--ink); stroke-width: 2; }
  .mark { fill: var(--paper); stroke: var(--ink); stroke-width: 2; }
</style>`;

function legend(failing: Failing, at: number): readonly string[] {
  const [left, top] = [FRAME.left + 24, FRAME.top + 8 + at * 20];
  return [
    `<line class="curve" stroke-dasharray="${LINES[failing].dash}" x1="${left}" y1="${top}" x2="${left + 36}" y2="${top}"/>`,
    markAt(failing, left + 18, top),
    text(left + 46, top + 4, NAMES[failing], "label", "start"),
  ];
}

function markAt(failing: Failing, x: number, y: number): string {
  return LINES[failing].mark === "circle"
    ? `<circle class="mark" cx="${round(x)}" cy="${round(y)}" r="4"/>`
    : `<rect class="mark" x="${round(x - 4)}" y="${round(y - 4)}" width="8" height="8"/>`;
}

function line(x1: number, y1: number, x2: number, y2: number, style: string): string {
  return `<line class="${style}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

function text(x: number, y: number, words: string, style: string, anchor: string): string {
  return `<text class="${style}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${words}</text>`;
}

const BAR = 40;

/** A line each, with a bar. */
export function plotText(points: readonly LoadPoint[]): string {
  const most = topOf(points.map(({ share }) => share));
  return curvesOf(points)
    .map(([failing, own]) => {
      const rows = own.map(({ rate, share, disputed, paid }) => {
        const bar = "#".repeat(Math.round((share / most) * BAR)).padEnd(BAR);
        return `  ${percent(rate).padStart(6)}  ${bar}  ${percent(share).padStart(6)}  ${disputed} of ${paid}`;
      });
      return [`${NAMES[failing]}: paid sales that went to the trustees`, ...rows].join("\n");
    })
    .join("\n\n");
}

function curvesOf(points: readonly LoadPoint[]): readonly (readonly [Failing, readonly LoadPoint[]])[] {
  return (["shop", "loss"] as const).flatMap((failing) => {
    const own = points.filter((point) => point.failing === failing).sort((a, b) => a.rate - b.rate);
    return own.length === 0 ? [] : [[failing, own] as const];
  });
}

function inWords(failing: Failing, own: readonly LoadPoint[]): string {
  const all = own.map(({ rate, share }) => `${percent(share)} at ${percent(rate)}`);
  return `With ${NAMES[failing]}: ${all.join(", ")}.`;
}

/** A round number that is no less than any, so that the axis ends on it. */
function topOf(values: readonly number[]): number {
  const most = Math.max(0, ...values);
  return [0.05, 0.1, 0.2, 0.25, 0.5].find((top) => most <= top) ?? 1;
}

function percent(share: number): string {
  return `${round(share * 100)}%`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
