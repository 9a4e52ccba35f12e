/** The market: what is for sale, and one item with everything that is known of it and the way to buy it. */
import { Anchor, Stack, Text, Title } from "@mantine/core";
import { Link, Route, Switch } from "wouter";
import { ItemPage } from "./ItemPage.tsx";
import { ShelfPage } from "./ShelfPage.tsx";

export default function Storefront() {
  return (
    <Switch>
      <Route path="/" component={ShelfPage} />
      <Route path="/items/:pid">{({ pid }) => <ItemPage key={pid} pid={pid} />}</Route>
      <Route component={NoSuchPage} />
    </Switch>
  );
}

function NoSuchPage() {
  return (
    <Stack>
      <Title order={1}>No such page</Title>
      <Text>The market has nothing at this address. No money is involved.</Text>
      <Anchor component={Link} href="/">
        See what is for sale
      </Anchor>
    </Stack>
  );
}
