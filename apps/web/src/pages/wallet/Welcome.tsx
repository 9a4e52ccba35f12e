import { Button, Group, Text } from "@mantine/core";
import { Link } from "wouter";
import { Page } from "./Page.tsx";

/** What somebody without a wallet can do. */
export function Welcome() {
  return (
    <Page title="Wallet">
      <Text maw={620}>
        There is no wallet in this browser yet. It is made here and stays here, encrypted under your passphrase; the
        market never sees its keys. It keeps an account at the market's bank, coins that name nobody, and what you have
        bought.
      </Text>
      <Group>
        <Button component={Link} href="/wallet/create">
          Make a wallet
        </Button>
        <Button component={Link} href="/wallet/restore" variant="default">
          Restore a wallet
        </Button>
      </Group>
    </Page>
  );
}
