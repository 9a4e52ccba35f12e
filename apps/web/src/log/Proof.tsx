/** One entry with its proof: the hash of the leaf, each neighbour on the way, and the root that the head has. */
import { showInstant } from "@counterfoil/base";
import { Button, Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import classes from "../judge/judge.module.css";
import type { FoundEntry } from "./desk.ts";
import styles from "./log.module.css";
import { KINDS } from "./words.ts";

export interface ProofProps {
  readonly entry: FoundEntry;
  /** Whether it is the one that decides its contract. */
  readonly decides: boolean;
  onLeaf(index: number): void;
}

export function Proof({ entry, decides, onLeaf }: ProofProps) {
  if (!entry.holds) {
    return (
      <Paper withBorder p="lg" className={classes.outcome} data-tone="bad" role="alert">
        <Title order={4}>A wrong answer</Title>
        <Text>
          The log answered with an entry whose proof does not hold, or that is of another contract. It shows nothing:
          neither that there is an entry nor that there is none. Ask again.
        </Text>
      </Paper>
    );
  }
  const { index, kind, timeMs, size, headMs } = entry;
  return (
    <Paper withBorder p="lg" className={classes.outcome} data-tone="good" data-proven={kind}>
      <Stack gap="sm">
        <Title order={4}>
          {KINDS[kind] ?? kind}
          {decides && " (this decides)"}
        </Title>
        <Text>
          Leaf {index} of {size}
          {timeMs !== null && `, entered for ${showInstant(timeMs)} UTC`}. The proof holds under the head of{" "}
          {showInstant(headMs)} UTC, which the log and its witnesses have signed.
        </Text>
        <Group>
          <Button size="compact-sm" variant="default" onClick={() => onLeaf(index)}>
            Show leaf {index} in the tree
          </Button>
        </Group>
        <Steps entry={entry} />
      </Stack>
    </Paper>
  );
}

function Steps({ entry: { leafHash, steps, root } }: { readonly entry: Extract<FoundEntry, { holds: true }> }) {
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label="The proof, step by step">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Step</Table.Th>
            <Table.Th>Hashed with</Table.Th>
            <Table.Th>Gives</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Table.Tr>
            <Table.Td>leaf</Table.Td>
            <Table.Td>the entry itself</Table.Td>
            <Table.Td className={styles.hash}>{short(leafHash)}</Table.Td>
          </Table.Tr>
          {steps.map(({ beside, isLeft, hash }, at) => (
            <Table.Tr key={hash}>
              <Table.Td>{at + 1}</Table.Td>
              <Table.Td>
                <span className={styles.hash}>{short(beside)}</span>, on the {isLeft ? "left" : "right"}
              </Table.Td>
              <Table.Td className={styles.hash}>{short(hash)}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Td>root</Table.Td>
            <Table.Td>as signed in the head: the same</Table.Td>
            <Table.Td className={styles.hash}>{short(root)}</Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function short(hash: string): string {
  return `${hash.slice(0, 12)}…${hash.slice(-6)}`;
}
