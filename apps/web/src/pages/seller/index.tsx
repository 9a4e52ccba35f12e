/** The owner's pages of the shop: its shelf, adding to it, what was sold, what came of that. All of it wants the key. */
import { Stack, Tabs, Title } from "@mantine/core";
import { useLocation } from "wouter";
import { marketUrl } from "../../market/address.ts";
import { KeyGate } from "../../operator/KeyGate.tsx";
import { AddGoods } from "./AddGoods.tsx";
import { Cases } from "./Cases.tsx";
import { Earnings } from "./Earnings.tsx";
import { ItemPage } from "./ItemPage.tsx";
import { OrderPage } from "./OrderPage.tsx";
import { Orders } from "./Orders.tsx";
import { Shelf } from "./Shelf.tsx";

const TABS = [
  { value: "items", title: "Items" },
  { value: "add", title: "Add" },
  { value: "orders", title: "Orders" },
  { value: "earnings", title: "Earnings" },
  { value: "cases", title: "Cases" },
] as const;

export default function Seller() {
  const origin = marketUrl();
  return (
    <Stack gap="xl" maw={960}>
      <Title order={1}>Sell</Title>
      <KeyGate origin={origin} opens="shop" whose="the shop">
        <Areas origin={origin} />
      </KeyGate>
    </Stack>
  );
}

function Areas({ origin }: { readonly origin: string }) {
  const [path, go] = useLocation();
  const [, , tab = "items", id = ""] = path.split("/");
  const known = TABS.some(({ value }) => value === tab) ? tab : "items";
  return (
    <Tabs value={known} onChange={(next) => go(`/sell/${next ?? "items"}`)} keepMounted={false}>
      <Tabs.List mb="lg" aria-label="What to do with the shop">
        {TABS.map(({ value, title }) => (
          <Tabs.Tab key={value} value={value}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="items">
        {id === "" ? <Shelf origin={origin} /> : <ItemPage origin={origin} pid={id} />}
      </Tabs.Panel>
      <Tabs.Panel value="add">
        <AddGoods origin={origin} />
      </Tabs.Panel>
      <Tabs.Panel value="orders">
        {id === "" ? <Orders origin={origin} /> : <OrderPage origin={origin} tid={id} />}
      </Tabs.Panel>
      <Tabs.Panel value="earnings">
        <Earnings origin={origin} />
      </Tabs.Panel>
      <Tabs.Panel value="cases">
        <Cases origin={origin} />
      </Tabs.Panel>
    </Tabs>
  );
}
