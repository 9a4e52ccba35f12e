import { Text } from "@mantine/core";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleIn } from "../../operator/asking.ts";
import type { Changing } from "./useChange.ts";

/** What came of a change. */
export function ChangeEnd({ changing, said }: { readonly changing: Changing; readonly said: string }) {
  if (changing.error !== null) return <TroubleAlert trouble={troubleIn(changing.error)} />;
  if (!changing.isSuccess) return null;
  return (
    <Text size="sm" role="status">
      {said}
    </Text>
  );
}
