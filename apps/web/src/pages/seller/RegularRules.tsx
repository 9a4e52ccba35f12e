import type { SellerItemJson } from "@counterfoil/sdk/portable";
import { Button, Group, Text } from "@mantine/core";
import { Section } from "../../operator/Section.tsx";
import { money } from "../../operator/words.ts";
import { ChangeEnd } from "./ChangeEnd.tsx";
import { useChange } from "./useChange.ts";

/** What regulars have earned; new rules of this kind are set at the command line. */
export function RegularRules({ origin, item }: { readonly origin: string; readonly item: SellerItemJson }) {
  const changing = useChange(origin, item.pid);
  const { repeat, subscription, unit } = item;
  if (repeat === null && subscription === null && !changing.isSuccess) return null;
  return (
    <Section title="Regulars">
      {repeat !== null && (
        <Group>
          <Text>
            Whoever has bought here {repeat.after} times pays {money(repeat.priceMinor, unit)}.
          </Text>
          <Button variant="default" size="xs" onClick={() => changing.mutate({ kind: "repeat", rule: null })}>
            End the regulars' price
          </Button>
        </Group>
      )}
      {subscription !== null && (
        <Group>
          <Text>
            Whoever buys it belongs to the group {subscription.group} for {subscription.days} days.
          </Text>
          <Button variant="default" size="xs" onClick={() => changing.mutate({ kind: "subscription", rule: null })}>
            End the subscription
          </Button>
        </Group>
      )}
      <ChangeEnd changing={changing} said="The rule is ended for later buyers." />
    </Section>
  );
}
