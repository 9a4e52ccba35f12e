/** A place to drop a file, or to choose one by a button: the same by mouse, finger and keyboard. */
import { Button, FileButton, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { type DragEvent, useRef, useState } from "react";
import classes from "./judge.module.css";

export interface FileDropProps {
  readonly title: string;
  readonly choose: string;
  readonly hint: string;
  readonly file: File | null;
  onChoose(file: File | null): void;
}

export function FileDrop({ title, choose, hint, file, onChoose }: FileDropProps) {
  const [isOver, setOver] = useState(false);
  const reset = useRef<() => void>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [dropped] = event.dataTransfer.files;
    if (dropped !== undefined) onChoose(dropped);
  };
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <Paper
      withBorder
      radius="md"
      p="lg"
      className={classes.drop}
      data-over={isOver || undefined}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Stack gap="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text size="sm">{hint}</Text>
        <Group>
          <FileButton resetRef={reset} onChange={onChoose}>
            {(props) => (
              <Button {...props} variant={file === null ? "filled" : "default"}>
                {choose}
              </Button>
            )}
          </FileButton>
          <Text size="sm">or drop it here</Text>
        </Group>
        {file !== null && (
          <Group gap="xs">
            <Text size="sm" fw={600} className={classes.name}>
              {file.name}
            </Text>
            <Text size="sm">{file.size.toLocaleString("en")} bytes</Text>
            <Button
              size="compact-sm"
              variant="subtle"
              aria-label={`Put away ${file.name}`}
              onClick={() => {
                reset.current?.();
                onChoose(null);
              }}
            >
              Put away
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
