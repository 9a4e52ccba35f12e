import type { TrusteeCasesJson } from "@counterfoil/sdk/portable";
import { Alert, Code, Stack, Text, Title } from "@mantine/core";
import { timeWords } from "../../market/words.ts";
import { useAsked } from "../../operator/asking.ts";
import { Listing } from "../../operator/Listing.tsx";
import { Loaded } from "../../operator/Loaded.tsx";
import { short } from "../../operator/words.ts";

/** What was asked and answered, by the sales' ids: who asked, a trustee is never told. */
export function TrusteeCases({ origin, name }: { readonly origin: string; readonly name: string }) {
  const asked = useAsked<TrusteeCasesJson>(origin, "/v1/operator/trustee/cases");
  return (
    <Loaded asked={asked} what={`The cases of ${name}`}>
      {({ asked: disputes, refused, answered, cases, ceremonies, contradicted }) => (
        <Stack gap="sm">
          <Title order={3} size="h4">
            Cases
          </Title>
          <Text>
            Answered: {answered}. Asked since it was started: {disputes}, of which refused: {refused}. Ceremonies under
            way: {ceremonies}.
          </Text>
          {contradicted > 0 && (
            <Alert color="red" variant="outline" title="Somebody told two things">
              In {contradicted} ceremonies somebody told this trustee something else than before. The first was kept.
            </Alert>
          )}
          <Listing
            label={`Cases of ${name}`}
            head={["Answered", "Sale", "Group"]}
            rows={cases.map(({ tid, group, answeredMs }) => ({
              key: tid,
              cells: [
                timeWords(answeredMs),
                <Code key="tid">{short(tid)}</Code>,
                <Code key="group">{short(group)}</Code>,
              ],
            }))}
            empty="No shop has fallen silent: it was never asked, or has answered nothing."
            minWidth={360}
          />
        </Stack>
      )}
    </Loaded>
  );
}
