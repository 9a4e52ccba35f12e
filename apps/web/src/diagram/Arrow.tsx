/** From one lifeline to another: whole when it came, dashed when it came again, broken off at a cross when it was lost. */
import { middleOf, shareOf } from "./Lifelines.tsx";
import classes from "./sequence.module.css";
import type { Fate } from "./sequence.ts";

export interface ArrowProps {
  readonly from: number;
  readonly to: number;
  readonly lanes: number;
  readonly fate: Fate;
}

/** The tip stops short of the lifeline by the line's own width. */
const HEAD = "M -9 -4.5 L -1 0 L -9 4.5 Z";
const CROSS = "M -5 -5 L 5 5 M -5 5 L 5 -5";
const BAR = "M 0 -6 L 0 6";

export function Arrow({ from, to, lanes, fate }: ArrowProps) {
  const end = fate === "lost" ? `${(shareOf(from, lanes) + 3 * shareOf(to, lanes)) / 4}%` : middleOf(to, lanes);
  const tip = { lost: CROSS, refused: `${HEAD} ${BAR}` }[fate as string] ?? HEAD;
  return (
    <svg className={classes.arrow} data-fate={fate} aria-hidden="true" focusable="false">
      {from === to ? <Loop at={middleOf(from, lanes)} /> : <line x1={middleOf(from, lanes)} x2={end} y1="8" y2="8" />}
      {/* A nested picture stands where its share of the width is; a transform could not say so. */}
      {from !== to && (
        <svg x={end} y="8" className={classes.tip} aria-hidden="true">
          <path d={tip} transform={to < from ? "scale(-1 1)" : undefined} />
        </svg>
      )}
    </svg>
  );
}

function Loop({ at }: { at: string }) {
  return (
    <svg x={at} y="0" className={classes.tip} aria-hidden="true">
      <path d="M 0 2 H 22 V 12 H 4" className={classes.loop} />
      <path d="M 9 8 L 1 12 L 9 16 Z" />
    </svg>
  );
}
