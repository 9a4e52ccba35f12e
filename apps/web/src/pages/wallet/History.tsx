/** What the wallet has bought, what the account has done, and what was asked of the bank about coins. */
import { Loader, Stack, Text, Title } from "@mantine/core";
import { useHistory } from "../../wallet/client.ts";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import { Errands } from "./Errands.tsx";
import { PurchaseCard } from "./PurchaseCard.tsx";
import { Statement } from "./Statement.tsx";

export function History() {
  const history = useHistory();
  if (history.isPending) return <Loader aria-label="The history is read" />;
  if (history.isError) return <DoingTrouble error={history.error} />;
  const { purchases, statement, errands, unit } = history.data;
  return (
    <Stack gap="xl">
      <Stack gap="sm">
        <Title order={2} size="h4">
          Purchases
        </Title>
        {purchases.length === 0 && <Text>Nothing was bought with this wallet yet.</Text>}
        {purchases.map((purchase) => (
          <PurchaseCard key={purchase.tid} purchase={purchase} />
        ))}
      </Stack>
      <Statement lines={statement} unit={unit} />
      <Errands errands={errands} unit={unit} />
    </Stack>
  );
}
