import { Textarea, type TextareaProps } from "@mantine/core";

type Of = "label" | "description" | "minRows" | "maxRows" | "maxLength";

export interface SecretTextProps extends Pick<TextareaProps, Of> {
  readonly value: string;
  onType(value: string): void;
}

/** A text that is money: no browser remembers it, and no spelling service is asked about it. */
export function SecretText({ onType, ...props }: SecretTextProps) {
  return (
    <Textarea
      {...props}
      onChange={(event) => onType(event.currentTarget.value)}
      autosize
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      maw={560}
    />
  );
}
