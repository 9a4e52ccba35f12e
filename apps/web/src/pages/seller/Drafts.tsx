import type { DraftJson } from "@counterfoil/sdk/portable";
import { Button, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { sizeWords } from "../../market/words.ts";
import { askJson, troubleIn } from "../../operator/asking.ts";
import { Section } from "../../operator/Section.tsx";
import { shelfKey } from "./shelf.ts";

/** What is on its way to the shelf, and what has lately arrived there. */
export function Drafts({ origin, drafts }: { readonly origin: string; readonly drafts: readonly DraftJson[] }) {
  const queries = useQueryClient();
  const listed = drafts.filter(({ state }) => state === "listed").length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shelf is another once more of them are on it
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: shelfKey(origin) });
  }, [listed, origin, queries]);
  if (drafts.length === 0) return null;
  return (
    <Section title="On the way to the shelf">
      {drafts.map((draft) => (
        <Draft key={draft.id} origin={origin} draft={draft} />
      ))}
    </Section>
  );
}

const STATES: Readonly<Record<DraftJson["state"], string>> = {
  uploaded: "Being sent, or never added",
  encrypting: "Being encrypted",
  certifying: "With the certifier",
  waiting: "Waits for its certificate",
  failed: "Not for sale",
  listed: "For sale",
};

function Draft({ origin, draft }: { readonly origin: string; readonly draft: DraftJson }) {
  const { id, title, state, doneBytes, ofBytes, trouble, slug } = draft;
  const queries = useQueryClient();
  const doing = useMutation({
    mutationFn: (what: "certify" | "delete") => {
      const at = `/v1/operator/shop/drafts/${id}`;
      return what === "delete"
        ? askJson(origin, at, { method: "DELETE" })
        : askJson(origin, `${at}/certify`, { method: "POST" });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["operator", origin] }),
  });
  const name = title === "" ? `a file of ${sizeWords(doneBytes)}` : title;
  const going = state === "encrypting" || state === "certifying";
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Group justify="space-between">
          <Text fw={600}>{name}</Text>
          <Text role="status">
            {STATES[state]}
            {slug !== null && ` as ${slug}`}
          </Text>
        </Group>
        {going && (
          <Progress value={ofBytes === 0 ? 0 : (100 * doneBytes) / ofBytes} aria-label={`${STATES[state]}: ${name}`} />
        )}
        {trouble !== null && (
          <TroubleAlert
            trouble={trouble}
            isOpen={state === "waiting"}
            {...(state === "waiting" ? { title: "Not yet" } : {})}
          />
        )}
        {doing.error !== null && <TroubleAlert trouble={troubleIn(doing.error)} />}
        {!going && (
          <Group>
            {state === "waiting" && (
              <Button size="xs" loading={doing.isPending} onClick={() => doing.mutate("certify")}>
                Ask the certifier again
              </Button>
            )}
            <Button
              size="xs"
              variant="default"
              loading={doing.isPending}
              aria-label={state === "listed" ? `Forget the note about ${name}` : `Delete ${name}`}
              onClick={() => doing.mutate("delete")}
            >
              {state === "listed" ? "Forget the note" : "Delete"}
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
