/** Amounts as bars, for the eye; the same as a table beside them, for everybody. */
import { Box, SimpleGrid, Stack, Title } from "@mantine/core";
import { Listing } from "./Listing.tsx";

export interface Bar {
  readonly label: string;
  readonly minor: bigint;
  /** The amount in words. */
  readonly shown: string;
}

export interface BarsProps {
  readonly title: string;
  readonly head: readonly [label: string, amount: string];
  /** From left to right. */
  readonly bars: readonly Bar[];
  readonly empty: string;
}

/** Wider ones would be lines. */
const BARS = 31;
const HEIGHT = 120;
const STEP = 24;

export function Bars({ title, head, bars, empty }: BarsProps) {
  const drawn = bars.slice(-BARS);
  const rows = bars.map(({ label, shown }) => ({ key: label, cells: [label, shown] })).reverse();
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {title}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
        {drawn.length > 0 && <Picture title={title} bars={drawn} />}
        <Listing label={title} head={head} amounts={[1]} rows={rows} empty={empty} minWidth={240} />
      </SimpleGrid>
    </Stack>
  );
}

function Picture({ title, bars }: { readonly title: string; readonly bars: readonly Bar[] }) {
  const most = bars.reduce((top, { minor }) => (minor > top ? minor : top), 1n);
  const width = Math.max(bars.length, 6) * STEP;
  const [first, last] = [bars[0], bars.at(-1)];
  const words = `${title}: ${bars.length} bars from ${first?.label} to ${last?.label}; the table has the amounts.`;
  return (
    <Box>
      <svg viewBox={`0 0 ${width} ${HEIGHT + 2}`} width="100%" height={HEIGHT + 2} role="img" aria-label={words}>
        {bars.map(({ label, minor, shown }, at) => {
          const height = minor <= 0n ? 0 : Math.max(2, Number((minor * BigInt(HEIGHT)) / most));
          return (
            <rect
              key={label}
              x={at * STEP + 3}
              y={HEIGHT - height}
              width={STEP - 6}
              height={height}
              rx={2}
              fill="var(--mantine-primary-color-filled)"
            >
              <title>{`${label}: ${shown}`}</title>
            </rect>
          );
        })}
        <line x1={0} x2={width} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} stroke="var(--mantine-color-dimmed)" />
      </svg>
    </Box>
  );
}
