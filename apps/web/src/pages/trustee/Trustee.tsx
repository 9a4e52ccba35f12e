import { Button, Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { timeWords } from "../../market/words.ts";
import { askPublic, troubleIn, tryKey } from "../../operator/asking.ts";
import { KeyGate } from "../../operator/KeyGate.tsx";
import { sayKey, useFirstKey } from "../../operator/keys.ts";
import { Listing } from "../../operator/Listing.tsx";
import { Loaded } from "../../operator/Loaded.tsx";
import { short } from "../../operator/words.ts";
import { TrusteeCases } from "./TrusteeCases.tsx";

interface TrusteeShown {
  readonly key: string;
  readonly takesPart: boolean;
  readonly groups: readonly {
    readonly id: string;
    readonly sellUntilMs: number;
    readonly answerUntilMs: number;
    readonly answered: number;
  }[];
  readonly asked: number;
  readonly answered: number;
}

export interface TrusteeProps {
  readonly url: string;
  readonly number: number;
  /** The addresses of all trustees here, this one among them. */
  readonly all: readonly string[];
}

export function Trustee({ url, number, all }: TrusteeProps) {
  const name = `trustee ${number}`;
  const shown = useQuery({ queryKey: ["trustee", url], queryFn: () => askPublic<TrusteeShown>(url, "/v1/trustee") });
  return (
    <Paper withBorder p={{ base: "md", sm: "lg" }} component="section" aria-label={`Trustee ${number}`}>
      <Stack gap="md">
        <Title order={2} size="h3">
          Trustee {number}
        </Title>
        <Loaded asked={shown} what={`Trustee ${number} at ${url}`}>
          {(trustee) => <Public trustee={trustee} url={url} number={number} />}
        </Loaded>
        <KeyGate origin={url} opens="trustee" whose={name} beside={<SameKey url={url} all={all} name={name} />}>
          <TrusteeCases origin={url} name={name} />
        </KeyGate>
      </Stack>
    </Paper>
  );
}

function Public({
  trustee,
  url,
  number,
}: {
  readonly trustee: TrusteeShown;
  readonly url: string;
  readonly number: number;
}) {
  const rows = trustee.groups.map((group) => ({
    key: group.id,
    cells: [
      <Code key="id">{short(group.id)}</Code>,
      timeWords(group.sellUntilMs),
      timeWords(group.answerUntilMs),
      String(group.answered),
    ],
  }));
  return (
    <Stack gap="xs">
      <Text size="sm">
        At {url}. {trustee.takesPart ? "It takes part in new ceremonies." : "It takes part in no new ceremony."}
      </Text>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        Its key: <Code>{trustee.key}</Code>
      </Text>
      <Text>
        Sales answered: <b>{trustee.answered}</b>. Asked since it was started: <b>{trustee.asked}</b>.
      </Text>
      <Listing
        label={`Groups of trustee ${number}`}
        head={["Group", "Sells until", "Answers until", "Answered"]}
        amounts={[3]}
        rows={rows}
        empty="It is in no group that stands."
      />
    </Stack>
  );
}

/**
 * A key that another trustee took may be tried here, by hand alone: where somebody else runs this one, it would learn the
 * other's key.
 */
function SameKey({ url, all, name }: { readonly url: string; readonly all: readonly string[]; readonly name: string }) {
  const known = useFirstKey(all);
  const trying = useMutation({
    mutationFn: async (key: string) => {
      if ((await tryKey(url, key)).includes("trustee")) sayKey(url, key);
    },
    gcTime: 0,
  });
  if (known === null) return null;
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" size="xs" loading={trying.isPending} onClick={() => trying.mutate(known)}>
          Use the same key for {name}
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        Only if you run both: whoever runs a server learns the key that is sent there.
      </Text>
      {trying.error !== null && <TroubleAlert trouble={troubleIn(trying.error)} title="It does not open" />}
    </Stack>
  );
}
