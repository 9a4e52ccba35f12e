/** The statements of an evidence file as a picture: one line each, and beside them which names which. */
import { Paper, SimpleGrid, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { FieldList } from "../diagram/FieldList.tsx";
import { arcsOf, gutterOf, ROW_PIXELS } from "./arcs.ts";
import classes from "./judge.module.css";
import type { Statement } from "./statement.ts";

export function Chain({ statements }: { readonly statements: readonly Statement[] }) {
  const [chosenId, choose] = useState<string | null>(null);
  const chosen = statements.find(({ id }) => id === chosenId);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <div className={classes.chain}>
        <Arcs statements={statements} chosen={statements.findIndex(({ id }) => id === chosenId)} />
        <ol className={classes.rows}>
          {statements.map((each) => (
            <li key={each.id} className={classes.row}>
              <UnstyledButton
                className={classes.statement}
                aria-expanded={each.id === chosenId}
                onClick={() => choose(each.id === chosenId ? null : each.id)}
                data-statement={each.id}
              >
                <b>{each.title}</b>
                <span className={classes.mark} data-holds={each.holds ?? undefined}>
                  {markOf(each)}
                </span>
                <span className={classes.who}>{whoOf(each)}</span>
              </UnstyledButton>
            </li>
          ))}
        </ol>
      </div>
      {chosen !== undefined && <Inspected statement={chosen} all={statements} />}
    </SimpleGrid>
  );
}

function markOf({ holds }: Statement): string {
  if (holds === null) return "unsigned";
  return holds ? "signature holds" : "signature does not hold";
}

function whoOf({ signer }: Statement): string {
  return signer === null ? "fixed by the hash that others name" : `${signer.who}, ${signer.key.slice(0, 12)}…`;
}

interface ArcsProps {
  readonly statements: readonly Statement[];
  /** The row whose lines stand out; -1 for none. */
  readonly chosen: number;
}

function Arcs({ statements, chosen }: ArcsProps) {
  const arcs = arcsOf(statements);
  const width = gutterOf(arcs);
  return (
    <svg className={classes.arcs} width={width} height={ROW_PIXELS * statements.length} aria-hidden="true">
      {arcs.map(({ from, to, lane, kind }) => {
        const [start, end] = [from, to].map((row) => (row + 0.5) * ROW_PIXELS) as [number, number];
        const x = width - 12 - 10 * lane;
        return (
          <g key={`${from}-${to}-${kind}`} data-kind={kind} data-lit={from === chosen || to === chosen || undefined}>
            <path d={`M ${width} ${start + 6} H ${x} V ${end - 6} H ${width - 6}`} />
            <path d={`M ${width - 7} ${end - 10} L ${width} ${end - 6} L ${width - 7} ${end - 2} Z`} data-head />
          </g>
        );
      })}
    </svg>
  );
}

interface InspectedProps {
  readonly statement: Statement;
  readonly all: readonly Statement[];
}

function Inspected({ statement, all }: InspectedProps) {
  const { title, says, signer, names, against, fields } = statement;
  const titleOf = (id: string) => all.find((each) => each.id === id)?.title ?? id;
  return (
    <Paper withBorder radius="md" p="md" component="section" aria-label={title}>
      <Stack gap="xs">
        {" "}
        <Title order={3} size="h4">
          {title}
        </Title>
        <Text>{says}</Text>
        <Text size="sm">
          {signer === null ? "Nobody signs it by itself." : `Signed by ${signer.who}: the ${markOf(statement)}.`}
        </Text>
        {signer !== null && <FieldList fields={[{ name: "key", value: signer.key }]} />}
        {names.length > 0 && <Text size="sm">It names, by hash: {names.map(titleOf).join(", ")}.</Text>}
        {against !== null && (
          <Text size="sm" fw={600}>
            Nobody honest signs this and the other: {titleOf(against)}.
          </Text>
        )}
        <FieldList fields={fields} />
      </Stack>{" "}
    </Paper>
  );
}
