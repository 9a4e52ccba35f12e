import { Button, FileButton, Group, Paper, Text } from "@mantine/core";
import { useDropping } from "../../market/dropping.ts";
import { sizeWords } from "../../market/words.ts";

export interface FileDropProps {
  readonly file: File | null;
  readonly fault: string | null;
  onFile(file: File | null): void;
}

/** A file by hand or by the keyboard: the button opens the system's own chooser. */
export function FileDrop({ file, fault, onFile }: FileDropProps) {
  const { isOver, place } = useDropping(onFile);
  return (
    <Paper
      withBorder
      p="lg"
      bg={isOver ? "var(--mantine-color-default-hover)" : "transparent"}
      style={{ borderStyle: "dashed" }}
      {...place}
      role="group"
      aria-label="The file to sell"
    >
      <Group>
        <FileButton onChange={onFile} inputProps={{ "aria-label": "The file to sell" }}>
          {(props) => (
            <Button variant="default" {...props}>
              Choose a file
            </Button>
          )}
        </FileButton>
        <Text style={{ overflowWrap: "anywhere" }}>
          {file === null ? "or drop one here" : `${file.name}, ${sizeWords(file.size)}`}
        </Text>
      </Group>
      {fault !== null && (
        <Text size="sm" c="error" mt="xs" role="alert">
          {fault}
        </Text>
      )}
    </Paper>
  );
}
