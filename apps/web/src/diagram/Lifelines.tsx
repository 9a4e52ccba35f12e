/** One line a party, from top to bottom of whatever it is put behind; crossed out where the party is gone. */
import classes from "./sequence.module.css";

export interface LifelinesProps {
  readonly count: number;
  readonly gone: readonly boolean[];
  readonly className?: string | undefined;
}

export function Lifelines({ count, gone, className = classes.lifelines }: LifelinesProps) {
  return (
    <svg className={className} aria-hidden="true" focusable="false">
      {gone.map((isGone, at) => {
        const x = middleOf(at, count);
        // biome-ignore lint/suspicious/noArrayIndexKey: a lane is its place
        return <line key={at} x1={x} x2={x} y1="0" y2="100%" data-gone={isGone || undefined} />;
      })}
    </svg>
  );
}

/** Where a lane's line is, as a share of the whole width. */
export function middleOf(lane: number, lanes: number): string {
  return `${shareOf(lane, lanes)}%`;
}

export function shareOf(lane: number, lanes: number): number {
  return (100 * (lane + 0.5)) / lanes;
}
