import { Alert, Text } from "@mantine/core";

/** The lab's thread is gone: nothing of the market's is touched by it. */
export function Failed({ reason }: { readonly reason: string }) {
  return (
    <Alert color="red" title="The lab's thread failed" role="alert">
      <Text size="sm">{reason}. No money is involved: the lab buys nothing. Reload the page to try again.</Text>
    </Alert>
  );
}
