import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { GameShown, PartyShown } from "../../lab/lab-desk.ts";
import type { Act } from "./use-game.ts";

interface Props {
  readonly game: GameShown;
  act(act: Act): void;
}

/** Each party with its state, and what it may do that nobody asks of it; and the clocks. */
export function PartiesPanel({ game, act }: Props) {
  const clocks = game.clocks.flatMap(({ moves }) => moves);
  return (
    <Stack gap="sm" component="section" aria-labelledby="parties">
      <Title order={3} size="h4" id="parties">
        Parties and clocks
      </Title>
      {game.parties.map((party) => (
        <Party key={party.name} party={party} act={act} />
      ))}
      <Paper withBorder p="sm">
        <Stack gap="xs">
          <Text size="sm">
            {game.clocks.map(({ name, instant }) => `${name} shows ${instant}`).join("; ") || "There are no clocks."}
          </Text>
          <Group gap="xs">
            {clocks.map(({ place, what }) => (
              <Button
                key={place}
                size="compact-sm"
                variant="default"
                aria-label={`Let time pass: ${what}`}
                onClick={() => act((lab) => lab.take(place))}
              >
                Let time pass: {what}
              </Button>
            ))}
          </Group>
        </Stack>
      </Paper>
      <Text size="xs" c="dimmed">
        A crash is offered where it loses something. At any other moment a party has written what it knows, and says
        again what it owes.
      </Text>
    </Stack>
  );
}

function Party({ party, act }: { readonly party: PartyShown; act(act: Act): void }) {
  const { name, state, before, moves, again } = party;
  return (
    <Paper withBorder p="sm">
      <Stack gap="xs">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          <Text span fw={600} size="sm">
            {name}
          </Text>
          : {state === "" ? "nothing yet" : state}
        </Text>
        {state !== before && (
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            before: {before === "" ? "nothing yet" : before}
          </Text>
        )}
        {(moves.length > 0 || again.length > 0) && (
          <Group gap="xs">
            {moves.map(({ place, what }) => (
              <Button key={place} size="compact-sm" variant="default" onClick={() => act((lab) => lab.take(place))}>
                {what}
              </Button>
            ))}
            {again.length > 0 && (
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`${name} says again what was dropped`}
                onClick={() => act((lab) => lab.sayAgain(name))}
              >
                says again what was dropped
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
