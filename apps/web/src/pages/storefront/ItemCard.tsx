/** One item on the shelf. The whole card leads to it; only its title is a link, so that a keyboard stops there once. */
import { Anchor, Badge, Card, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import type { Seal } from "../../market/seals.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import { isDonation, priceWords, sizeWords, stockWords } from "../../market/words.ts";
import { SealLine } from "./SealLine.tsx";

export interface ItemCardProps {
  readonly item: ShelfItem;
  /** undefined while it is being verified. */
  readonly seal: Seal | undefined;
}

export function ItemCard({ item, seal }: ItemCardProps) {
  return (
    <Card component="li" withBorder radius="md" padding="lg">
      <Stack gap="xs" h="100%">
        <Title order={2} size="h4">
          <Anchor component={Link} href={`/items/${item.pid}`} inherit>
            {item.title}
          </Anchor>
        </Title>
        <Text size="sm" lineClamp={3}>
          {item.description}
        </Text>
        <Stack gap={4} mt="auto">
          <Text fw={600}>{priceWords(item)}</Text>
          <Text size="sm">
            {sizeWords(item.contentBytes)} · {item.fileName}
          </Text>
          <SealLine seal={seal} />
          <Group gap={6}>
            {item.takesBids && !isDonation(item) && (
              <Badge variant="default" tt="none">
                takes bids
              </Badge>
            )}
            {item.parts.length > 0 && (
              <Badge variant="default" tt="none">
                {item.parts.length} more parts
              </Badge>
            )}
            {item.stock !== null && (
              <Badge variant="default" tt="none">
                {stockWords(item.stock)}
              </Badge>
            )}
          </Group>
        </Stack>
      </Stack>
    </Card>
  );
}
