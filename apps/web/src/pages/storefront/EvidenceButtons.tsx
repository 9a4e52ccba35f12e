/** The proof of a purchase, saved as a file: who sold what to whom, and what came of it. */
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "wouter";
import { saveFile } from "../../market/saving.ts";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleOf } from "../../market/trouble.ts";
import { answerOf, desk } from "../../wallet/client.ts";

const AS_IT_WAS = "As it was: evidence moves no money.";

export function EvidenceButtons({ tid, name }: { readonly tid: string; readonly name: string }) {
  const saving = useMutation({
    mutationFn: async (against: "merchant" | "payment") => {
      const evidence = await answerOf(desk().evidence(tid, against));
      saveFile(new Blob([Uint8Array.from(evidence)]), `${name}${against === "payment" ? "-payment" : ""}.evidence`);
    },
  });
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" loading={saving.isPending} onClick={() => saving.mutate("merchant")}>
          Save the evidence
        </Button>
        <Button variant="default" loading={saving.isPending} onClick={() => saving.mutate("payment")}>
          Save the evidence of payment only
        </Button>
        <Anchor component={Link} href="/judge">
          Judge evidence
        </Anchor>
      </Group>
      <Text size="sm">
        The evidence convicts a shop or certifier that sold something else, and discloses what opens these goods; the
        evidence of payment discloses neither.
      </Text>
      {saving.isError && <TroubleAlert trouble={troubleOf(saving.error, AS_IT_WAS)} />}
    </Stack>
  );
}
