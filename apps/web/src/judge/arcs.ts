/** Where the lines between statements run: each in a lane of its own as long as another needs the same stretch. */
import type { Statement } from "./statement.ts";

export const ROW_PIXELS = 64;

export interface Arc {
  /** Rows, from 0. */
  readonly from: number;
  readonly to: number;
  /** Counted from the rows outwards. */
  readonly lane: number;
  readonly kind: "names" | "against";
}

/** The shortest come first, so that they run nearest to the rows. */
export function arcsOf(statements: readonly Statement[]): readonly Arc[] {
  const rowOf = new Map(statements.map(({ id }, row) => [id, row]));
  const wanted = statements.flatMap(({ names, against }, from) => [
    ...names.flatMap((id) => lineTo(rowOf, from, id, "names")),
    ...(against === null ? [] : lineTo(rowOf, from, against, "against")),
  ]);
  const placed: Arc[] = [];
  for (const each of wanted.toSorted((a, b) => spanOf(a) - spanOf(b))) {
    const beside = placed.filter((other) => overlaps(each, other)).map(({ lane }) => lane);
    let lane = 0;
    while (beside.includes(lane)) lane += 1;
    placed.push({ ...each, lane });
  }
  return placed;
}

/** As wide as the lanes need, with room for the tips. */
export function gutterOf(arcs: readonly Arc[]): number {
  return 24 + 10 * Math.max(0, ...arcs.map(({ lane }) => lane));
}

function lineTo(rowOf: ReadonlyMap<string, number>, from: number, id: string, kind: Arc["kind"]) {
  const to = rowOf.get(id);
  return to === undefined || to === from ? [] : [{ from, to, kind }];
}

type Line = Pick<Arc, "from" | "to">;

function spanOf({ from, to }: Line): number {
  return Math.abs(from - to);
}

function overlaps(one: Line, other: Line): boolean {
  const [low, high] = [Math.min(one.from, one.to), Math.max(one.from, one.to)];
  return Math.min(other.from, other.to) < high && Math.max(other.from, other.to) > low;
}
