import { Alert, Button, Stack, Text, Title } from "@mantine/core";
import { Component, type ReactNode } from "react";

interface Props {
  readonly children: ReactNode;
  /** Shows nothing in its place, where the page can do without. */
  readonly quiet?: boolean;
}

/** A fault of a page's own ends that page and not the others, and says what it does not say: nothing of the money. */
export class ErrorBoundary extends Component<Props, { readonly fault: unknown }> {
  override state = { fault: null };

  static getDerivedStateFromError(fault: unknown) {
    return { fault };
  }

  override render() {
    if (this.state.fault === null) return this.props.children;
    return this.props.quiet === true ? null : <Fault fault={this.state.fault} />;
  }
}

function Fault({ fault }: { readonly fault: unknown }) {
  const gone = fault instanceof Error && /dynamically imported module|preload/i.test(fault.message);
  return (
    <Stack align="flex-start">
      <Title order={1}>This page cannot be shown</Title>
      <Alert color="red" title={gone ? "A part of the pages is gone" : "A fault of this program"}>
        <Stack gap="xs">
          <Text size="sm">
            {gone
              ? "The market's pages may have been renewed since this one was opened, or the market is not running."
              : `The page met an error of its own${fault instanceof Error ? `: ${fault.message}` : "."}`}
          </Text>
          <Text size="sm">
            Money: the page moves none. What a wallet has begun is kept, and goes on when the wallet is opened again.
          </Text>
          <Text size="sm">Next: load the page again.</Text>
        </Stack>
      </Alert>
      <Button onClick={() => location.reload()}>Load the page again</Button>
    </Stack>
  );
}
