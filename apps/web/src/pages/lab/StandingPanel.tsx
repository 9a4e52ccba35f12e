import type { Property } from "@counterfoil/lab";
import { Alert, Badge, Group, List, Stack, Text, Title } from "@mantine/core";
import type { GameShown } from "../../lab/lab-desk.ts";
import { faultInWords, propertyOf, sentence } from "../../lab/lab-words.ts";

interface Props {
  readonly game: GameShown;
  readonly about: readonly Property[];
}

/** Who has what, which claims hold so far, and who would lose what if everything stopped here. */
export function StandingPanel({ game, about }: Props) {
  const { fault, deals, losses, endings } = game;
  const broken = fault === null ? null : propertyOf(fault);
  const properties = broken === null || about.some((each) => each === broken) ? about : [...about, broken];
  return (
    <Stack gap="sm" component="section" aria-labelledby="standing">
      <Title order={2} id="standing">
        How it stands
      </Title>
      <Group gap="xs" component="ul" p={0} m={0} style={{ listStyle: "none" }} aria-label="Claims">
        {properties.map((property) => (
          <li key={property}>
            <Badge variant="light" color={property === broken ? "red" : "green"} tt="none" radius="sm">
              {property} {property === broken ? "is broken" : "holds so far"}
            </Badge>
          </li>
        ))}
      </Group>
      {fault !== null && (
        <Alert color="red" title={`Broken: ${faultInWords(fault)}`} role="alert">
          <Text size="sm">The search ends a way at its first fault, and so does the game. Undo, or begin again.</Text>
        </Alert>
      )}
      {deals === null && <Text size="sm">This world is about words alone: neither money nor goods move in it.</Text>}
      {deals?.map(({ label, moneyInWords, goodsInWords }) => (
        <Text key={label}>
          {label === "" ? "" : `Sale${label}. `}Money: {moneyInWords}. Goods: {goodsInWords}.
        </Text>
      ))}
      {deals !== null && (
        <div role="status">
          <Text fw={600} size="sm">
            If everything stopped here:
          </Text>
          {losses.length === 0 ? (
            <Text size="sm">Nobody would be out of anything.</Text>
          ) : (
            <List size="sm">
              {losses.map((loss) => (
                <List.Item key={loss}>{sentence(loss)}</List.Item>
              ))}
            </List>
          )}
        </div>
      )}
      {endings.length > 0 && <Endings endings={endings} />}
    </Stack>
  );
}

function Endings({ endings }: Pick<GameShown, "endings">) {
  return (
    <>
      <Text fw={600} size="sm">
        If all others were silent from now on:
      </Text>
      <List size="sm">
        {endings.map(({ name, isOver, isReachable }) => (
          <List.Item key={name}>
            {name.replace(/,$/, "")}{" "}
            {isOver ? "has come to its end" : isReachable ? "still comes to its end" : "comes to no end"}.
          </List.Item>
        ))}
      </List>
    </>
  );
}
