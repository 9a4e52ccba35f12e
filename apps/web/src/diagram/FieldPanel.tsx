/** What one step says, member by member, below it. */
import { Box, CloseButton, Group, Text } from "@mantine/core";
import { FieldList } from "./FieldList.tsx";
import classes from "./sequence.module.css";
import type { Step } from "./sequence.ts";

export interface FieldPanelProps {
  readonly id: string;
  readonly step: Step;
  onClose(): void;
}

export function FieldPanel({ id, step, onClose }: FieldPanelProps) {
  const fields = step.fields ?? [];
  return (
    <Box id={id} className={classes.panel}>
      <Group justify="space-between" align="start" wrap="nowrap">
        <Text size="sm" fw={600}>
          {step.label}
          {step.kind === "message" && step.bytes !== undefined && ` · ${step.bytes.toLocaleString("en")} bytes`}
          {step.kind === "message" && step.atMs !== undefined && ` · ${clockOf(step.atMs)}`}
        </Text>
        <CloseButton aria-label={`Close ${step.label}`} onClick={onClose} />
      </Group>
      {fields.length === 0 ? <Text size="sm">Nothing is shown of what it says.</Text> : <FieldList fields={fields} />}
    </Box>
  );
}

/** To the millisecond: messages of one purchase are that close together. */
function clockOf(atMs: number): string {
  const at = new Date(atMs);
  return `${at.toLocaleTimeString("en-GB")}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}
