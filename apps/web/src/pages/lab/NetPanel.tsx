import { Badge, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import type { GameShown, MailShown } from "../../lab/lab-desk.ts";
import { labelOf } from "../../lab/lab-words.ts";
import type { Act } from "./use-game.ts";

interface Props {
  readonly game: GameShown;
  act(act: Act): void;
}

/** Everything that was said and could arrive. What is left here is delayed. */
export function NetPanel({ game, act }: Props) {
  const open = game.mail.filter(({ deliveries, isDropped }) => deliveries.length > 0 || isDropped);
  const rest = game.mail.filter((mail) => !open.includes(mail));
  return (
    <Stack gap="sm" component="section" aria-labelledby="net">
      <Title order={3} size="h4" id="net">
        Messages in the network
      </Title>
      {open.length === 0 && <Text size="sm">None that would change anything.</Text>}
      {open.map((mail) => (
        <Mail key={mail.message} mail={mail} act={act} />
      ))}
      {rest.length > 0 && (
        <details>
          <Text component="summary" size="sm">
            {rest.length} more, which would change nothing if they arrived now
          </Text>
          <List size="sm" mt="xs">
            {rest.map(({ message, name, from, to, arrivals }) => (
              <List.Item key={message}>
                {from ?? "anybody"} → {to}: {labelOf(name, from)}
                {arrivals > 0 && " (has arrived)"}
              </List.Item>
            ))}
          </List>
        </details>
      )}
    </Stack>
  );
}

function Mail({ mail, act }: { readonly mail: MailShown; act(act: Act): void }) {
  const { message, name, from, to, arrivals, isDropped, deliveries } = mail;
  const label = labelOf(name, from);
  return (
    <Paper withBorder p="sm">
      <Stack gap="xs">
        <Group gap="xs" justify="space-between">
          <Text size="sm" c="dimmed">
            {from ?? "anybody"} → {to}
          </Text>
          {isDropped ? (
            <Badge variant="light" color="red" tt="none">
              dropped
            </Badge>
          ) : (
            <Badge variant="light" color="gray" tt="none">
              {arrivals === 0 ? "under way" : `has arrived ${arrivals === 1 ? "once" : `${arrivals} times`}`}
            </Badge>
          )}
        </Group>
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {label}
        </Text>
        <Group gap="xs">
          {deliveries.map(({ place, crash }) => (
            <Button
              key={place}
              size="compact-sm"
              variant={crash === null ? "filled" : "default"}
              aria-label={`${deliveryOf(arrivals, crash, to)}: ${label}`}
              onClick={() => act((lab) => lab.take(place))}
            >
              {deliveryOf(arrivals, crash, to)}
            </Button>
          ))}
          {!isDropped && (
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`Drop: ${label}`}
              onClick={() => act((lab) => lab.drop(message))}
            >
              Drop
            </Button>
          )}
        </Group>
        {isDropped && (
          <Text size="xs" c="dimmed">
            It is gone, until somebody says it again.
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

function deliveryOf(arrivals: number, crash: string | null, to: string): string {
  if (crash !== null) return `Deliver; ${to} crashes ${crash}`;
  return arrivals === 0 ? "Deliver" : "Deliver again";
}
