/** What the browser has said to being asked whether it keeps the wallet. */
import { Text } from "@mantine/core";
import { useKept } from "../../wallet/keeping.ts";

export function Kept() {
  const { data: isKept, isPending } = useKept();
  if (isPending) return null;
  return (
    <Text size="sm" maw={620} data-testid="kept">
      {isKept === true
        ? "This browser has agreed to keep the wallet when the disk is full. It is gone only if you clear this site's data."
        : "This browser has not agreed to keep the wallet: it may take it away when the disk is full, or when you have not been here for long. It is asked again whenever you unlock the wallet. Have the words of recovery on paper, and a new backup file."}
    </Text>
  );
}
