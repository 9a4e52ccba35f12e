/** Where the operator says the key, and what to know before. */
import { Alert, Button, Code, Group, Paper, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { TroubleAlert } from "../market/TroubleAlert.tsx";
import { OperatorTrouble, troubleIn, tryKey } from "./asking.ts";
import { sayKey } from "./keys.ts";

export type Role = "shop" | "bank" | "trustee";

export interface KeyFormProps {
  readonly origin: string;
  readonly opens: Role;
  /** Whose key is wanted: "the shop", "trustee 2". */
  readonly whose: string;
}

export function KeyForm({ origin, opens, whose }: KeyFormProps) {
  const [key, setKey] = useState("");
  const opening = useMutation({
    mutationFn: async (said: string) => {
      const opened = await tryKey(origin, said);
      if (!opened.includes(opens)) throw otherPages(whose);
      sayKey(origin, said);
    },
    // A key is no part of what a page remembers about what it did.
    gcTime: 0,
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    if (key.trim() !== "") opening.mutate(key.trim());
  }
  return (
    <Paper withBorder p={{ base: "md", sm: "lg" }} maw={560}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text>
            This is for the operator of {whose}. On the server's own machine <Code>npx counterfoil operator key</Code>{" "}
            shows the key.
          </Text>
          <PlainHttp origin={origin} />
          <PasswordInput
            label={`Operator's key of ${whose}`}
            description="Kept in this tab's memory until it is closed or reloaded, and sent to this server alone."
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            visibilityToggleButtonProps={{ "aria-label": "Show the key", tabIndex: 0 }}
          />
          <Group>
            <Button type="submit" loading={opening.isPending}>
              Open
            </Button>
          </Group>
          {opening.error !== null && <TroubleAlert trouble={troubleIn(opening.error)} title="It does not open" />}
        </Stack>
      </form>
    </Paper>
  );
}

/** A key that crosses a network in plain is anybody's on the way. */
function PlainHttp({ origin }: { readonly origin: string }) {
  const { protocol, hostname } = new URL(origin);
  if (protocol === "https:" || isLoopback(hostname)) return null;
  return (
    <Alert color="yellow" variant="outline" title="The way to this server is not encrypted">
      Whoever listens on it reads the key and has the pages from then on. Reach the server by https, through a TLS proxy
      in front of it, or from its own machine.
    </Alert>
  );
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function otherPages(whose: string): OperatorTrouble {
  const detail = `This key is right, but this server has no pages of ${whose}.`;
  const trouble = { reason: "other-pages", detail, money: "No money has moved.", next: "Check the address." };
  return new OperatorTrouble(trouble, 404);
}
