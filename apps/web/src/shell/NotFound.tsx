import { Anchor, Stack, Text, Title } from "@mantine/core";
import { Link } from "wouter";

export function NotFound() {
  return (
    <Stack>
      <Title order={1}>There is no such page</Title>
      <Text>The market has nothing at this address. Check it, or begin at the market.</Text>
      <Anchor component={Link} href="/">
        To the market
      </Anchor>
    </Stack>
  );
}
