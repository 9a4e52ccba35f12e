import { PasswordInput, type PasswordInputProps } from "@mantine/core";

/** A field for a passphrase: hidden unless its owner wants to see it, and never offered to a server. */
export function PassphraseField(props: PasswordInputProps) {
  return (
    <PasswordInput
      autoComplete="current-password"
      maw={420}
      visibilityToggleButtonProps={{ "aria-label": "Show or hide what is typed" }}
      {...props}
    />
  );
}
