/** One log: who it is, its newest head, its tree, what was seen before, a look-up, and its last entries. */

import { showInstant } from "@counterfoil/base";
import { Loader, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { FieldList } from "../diagram/FieldList.tsx";
import { TroubleNote } from "../judge/TroubleNote.tsx";
import { useLook } from "./client.ts";
import type { LogAddress, LogLook } from "./desk.ts";
import { Latest } from "./Latest.tsx";
import { LookUp } from "./LookUp.tsx";
import { SeenBefore } from "./SeenBefore.tsx";
import { TreeView } from "./TreeView.tsx";

export interface LogPanelProps {
  readonly log: LogAddress & { readonly origin: string };
  readonly bank: string | null;
}

export function LogPanel({ log, bank }: LogPanelProps) {
  const look = useLook(log);
  const [asked, ask] = useState("");
  /** The entry whose way is shown. */
  const [leaf, showLeaf] = useState<number | null>(null);
  return (
    <Stack gap="xl" component="section" aria-label={`Log ${log.origin}`}>
      <Title order={2}>{log.origin}</Title>
      {look.isPending && <Loader role="status" aria-label="Reading the log" />}
      {look.isError && <TroubleNote title="The log could not be read" trouble={look.error.trouble} />}
      {look.data !== undefined && (
        <>
          <SeenBefore look={look.data} />
          <Head look={look.data} url={log.url} />
          {look.data.head !== null && <TreeView look={look.data} leaf={leaf} />}
          <LookUp log={log} bank={bank} words={asked} onWords={ask} onLeaf={showLeaf} />
          <Latest lines={look.data.latest} onAsk={ask} />
        </>
      )}
    </Stack>
  );
}

function Head({ look, url }: { readonly look: LogLook; readonly url: string }) {
  const { head, witnesses, quorum } = look;
  const signed = witnesses.filter(({ cosignedMs }) => cosignedMs !== null).length;
  return (
    <Stack gap="sm">
      <Text role="status" data-log-head={head?.size ?? ""}>
        {head === null
          ? "It has no head yet that enough of its witnesses have cosigned. Nothing is wrong with that at its beginning."
          : `${entries(head.size)} at ${showInstant(head.timeMs)} UTC. Checked here: the log's signature, and ${signed} of ${witnesses.length} witnesses' (${quorum} needed).`}
      </Text>
      <FieldList
        fields={[
          { name: "id", value: look.id },
          { name: "address", value: url },
          { name: "key", value: look.key },
          ...(head === null ? [] : [{ name: "root", value: head.root }]),
          { name: "clock", value: look.time },
          { name: "keeps entries", value: `${Math.round(look.retentionMs / DAY)} days past a contract's end` },
          ...witnesses.map(({ name, key, cosignedMs }) => ({
            name: "witness",
            value: `${name}, ${cosignedMs === null ? "has not cosigned this head" : `cosigned at ${showInstant(cosignedMs)} UTC`}`,
            inside: [{ name: "key", value: key }],
          })),
        ]}
      />
      {witnesses.length === 0 && <Text>It has no witness: nobody but the log itself stands behind its heads.</Text>}
    </Stack>
  );
}

const DAY = 86_400_000;

export function entries(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "entry" : "entries"}`;
}
