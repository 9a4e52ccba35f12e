/** A passphrase typed twice, with a word on its length. */
import { Progress, Stack, Text } from "@mantine/core";
import { useId } from "react";
import { PassphraseField } from "./PassphraseField.tsx";

export interface Typed {
  readonly once: string;
  readonly again: string;
}

export const NOTHING_TYPED: Typed = { once: "", again: "" };

export function isSame({ once, again }: Typed): boolean {
  return once !== "" && once === again;
}

export interface NewPassphraseProps {
  readonly label?: string;
  readonly typed: Typed;
  onType(typed: Typed): void;
}

export function NewPassphrase({ label = "Passphrase", typed, onType }: NewPassphraseProps) {
  const { once, again } = typed;
  const { words, percent } = strengthOf(once);
  const hint = useId();
  return (
    <Stack gap="xs" maw={420}>
      <PassphraseField
        label={label}
        description="It encrypts the wallet in this browser. Nobody can tell you it if you forget it."
        autoComplete="new-password"
        value={once}
        onChange={(event) => onType({ once: event.currentTarget.value, again })}
        aria-describedby={hint}
      />
      <Progress value={percent} aria-label="Length of the passphrase" />
      <Text size="sm" id={hint}>
        {words}
      </Text>
      <PassphraseField
        label="The passphrase again"
        autoComplete="new-password"
        value={again}
        onChange={(event) => onType({ once, again: event.currentTarget.value })}
        error={again !== "" && again !== once ? "The two are not the same." : undefined}
      />
    </Stack>
  );
}

/** By length alone: what else is known of a passphrase only its owner knows. */
function strengthOf(passphrase: string): { readonly words: string; readonly percent: number } {
  const { length } = passphrase;
  const percent = Math.min(100, length * 4);
  if (length < 8) return { words: "At least 8 characters. Five words drawn at random are good.", percent };
  if (length < 16) return { words: "Short: whoever takes this device may find it by trying.", percent };
  return { words: length < 24 ? "Fair." : "Long.", percent };
}
