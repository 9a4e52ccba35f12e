/** Whose word stands behind an item, as far as it has been verified. */
import { Text } from "@mantine/core";
import { ANOTHER_BANK, type Seal, type Traders } from "../../market/seals.ts";
import { useTraders } from "../../market/useLooker.ts";

export function SealLine({ seal }: { readonly seal: Seal | undefined }) {
  const { data: traders } = useTraders();
  const words = sealWords(seal, traders);
  if (seal?.holds !== false) return <Text size="sm">{words}</Text>;
  return (
    <Text size="sm" c="var(--mantine-color-error)" fw={600}>
      {words}
    </Text>
  );
}

export function sealWords(seal: Seal | undefined, traders: Traders | undefined): string {
  if (seal === undefined) return "Certificate: being verified";
  if (!seal.holds && seal.reason === ANOTHER_BANK) return "× This is not your wallet's bank: it cannot be bought here";
  if (!seal.holds) return `× Its certificate does not hold (${seal.reason.replaceAll("-", " ")}): do not buy it`;
  if (seal.ownWord) return "Only the shop's own word";
  return `✓ Seen by ${certifierName(seal.certifier, traders)}`;
}

/** A name counts only under the key that signed it. */
export function certifierName(key: string, traders: Traders | undefined): string {
  const certifier = traders?.certifier;
  return certifier?.key === key ? certifier.name : `certifier ${key.slice(0, 8)}…`;
}
