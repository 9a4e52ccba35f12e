/** The tree as a picture. What it shows is said in words under it. */
import { Paper, Stack, Text } from "@mantine/core";
import type { LogLook } from "./desk.ts";
import { HEIGHT, type Point, type TreePicture, treePicture, WIDTH } from "./geometry.ts";
import classes from "./log.module.css";

export interface TreeViewProps {
  readonly look: LogLook;
  readonly leaf: number | null;
}

export function TreeView({ look, leaf }: TreeViewProps) {
  const size = look.head?.size ?? 0;
  const sizes = look.subtrees.map((each) => each.size.toLocaleString("en"));
  const shown = leaf !== null && leaf < size ? leaf : null;
  const said = `A tree of ${size.toLocaleString("en")} leaves: ${sizes.length === 1 ? "one complete subtree" : `complete subtrees of ${sizes.join(", ")}`}, joined up to the root.`;
  return (
    <Stack gap="xs">
      <Paper withBorder p="sm" className={classes.scroll} tabIndex={0} role="group" aria-label="The log's tree">
        <Picture picture={treePicture(size, shown)} label={said} />
      </Paper>
      <Text size="sm">
        {said}{" "}
        {look.tilesHold
          ? "The tiles that were read lead to the signed root."
          : "The tiles that were read do NOT lead to the signed root."}
        {shown !== null && ` The thick line is the way of leaf ${shown}; the rings are the neighbours that prove it.`}
      </Text>
    </Stack>
  );
}

function Picture({ picture, label }: { readonly picture: TreePicture; readonly label: string }) {
  const { triangles, joins, root, way, beside } = picture;
  return (
    <svg className={classes.tree} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {triangles.map(({ size, left, right, apex }) => (
        <g key={size}>
          {size === 1 ? (
            <circle className={classes.subtree} cx={apex.x} cy={apex.y} r="5" />
          ) : (
            <path className={classes.subtree} d={`M ${pair(left)} L ${pair(apex)} L ${pair(right)} Z`} />
          )}
          <text x={apex.x} y={HEIGHT - 10} textAnchor="middle">
            {size.toLocaleString("en")}
          </text>
        </g>
      ))}
      {joins.map(({ at, left, right }) => (
        <path key={pair(at)} className={classes.join} d={`M ${pair(left)} L ${pair(at)} L ${pair(right)}`} />
      ))}
      {beside.map((each, step) => (
        <path key={pair(each)} className={classes.join} d={`M ${pair(each)} L ${pair(way[step + 1] as Point)}`} />
      ))}
      {way.length > 0 && <path className={classes.way} data-way d={`M ${way.map(pair).join(" L ")}`} />}
      {beside.map((each) => (
        <circle key={pair(each)} className={classes.beside} data-beside cx={each.x} cy={each.y} r="5" />
      ))}
      {way[0] !== undefined && <circle className={classes.leaf} cx={way[0].x} cy={way[0].y} r="5" />}
      <circle className={classes.root} cx={root.x} cy={root.y} r="6" />
    </svg>
  );
}

function pair({ x, y }: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
