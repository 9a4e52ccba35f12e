/** The proof of a purchase, saved as a file: who sold what to whom, and what came of it. */
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import { saveFile } from "../../market/saving.ts";
import { DoingTrouble } from "../wallet/DoingTrouble.tsx";
import { useDoing } from "../wallet/doing.ts";

type Against = "merchant" | "payment";

export function EvidenceButtons({ tid, name }: { readonly tid: string; readonly name: string }) {
  const proving = useDoing((desk, against: Against) => desk.evidence(tid, against));
  const save = (against: Against) =>
    proving.mutate(against, {
      onSuccess: (evidence) => {
        const file = `${name}${against === "payment" ? "-payment" : ""}.evidence`;
        saveFile(new Blob([Uint8Array.from(evidence)]), file);
      },
    });
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" loading={proving.isPending} onClick={() => save("merchant")}>
          Save the evidence
        </Button>
        <Button variant="default" loading={proving.isPending} onClick={() => save("payment")}>
          Save proof of payment
        </Button>
        <Anchor component={Link} href="/judge">
          Judge evidence
        </Anchor>
      </Group>
      <Text size="sm">
        The evidence convicts a shop or certifier that sold something else, and discloses what opens these goods. The
        proof of payment discloses nothing of them.
      </Text>
      <DoingTrouble error={proving.error} />
    </Stack>
  );
}
