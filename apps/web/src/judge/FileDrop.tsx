/** A place to drop a file, or to choose one by a button: the same by mouse, finger and keyboard. */
import { Button, FileButton, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useRef } from "react";
import { useDropping } from "../market/dropping.ts";
import classes from "./judge.module.css";

export interface FileDropProps {
  readonly title: string;
  readonly choose: string;
  readonly hint: string;
  readonly file: File | null;
  onChoose(file: File | null): void;
}

export function FileDrop({ title, choose, hint, file, onChoose }: FileDropProps) {
  const { isOver, place } = useDropping(onChoose);
  const reset = useRef<() => void>(null);
  return (
    <Paper withBorder radius="md" p="lg" className={classes.drop} data-over={isOver || undefined} {...place}>
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
