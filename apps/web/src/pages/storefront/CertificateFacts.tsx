/** What the certificate says, which every buyer holds the goods against. */
import { Stack, Text, Title } from "@mantine/core";
import { FactTable } from "../../market/FactTable.tsx";
import type { Seal } from "../../market/seals.ts";
import { useTraders } from "../../market/useLooker.ts";
import { sizeWords } from "../../market/words.ts";
import { certifierName, sealWords } from "./SealLine.tsx";

export function CertificateFacts({ seal }: { readonly seal: Seal | undefined }) {
  const { data: traders } = useTraders();
  if (seal === undefined || !seal.holds) {
    return (
      <Stack gap="xs">
        <Title order={2} size="h4">
          The certificate
        </Title>
        <Text>{sealWords(seal, traders)}</Text>
      </Stack>
    );
  }
  const { trustees } = seal;
  return (
    <FactTable
      title="The certificate"
      facts={[
        ["Verified", "The signature, that it is for this title, text and file, and that its escrow was made for it"],
        [
          "Signed by",
          `${seal.ownWord ? "the shop itself" : certifierName(seal.certifier, traders)}, ${seal.certifier}`,
        ],
        [
          "If the shop falls silent",
          trustees === null
            ? "Nobody else can open the goods"
            : `Any ${trustees.threshold} of ${trustees.members} trustees open them for whoever has paid`,
        ],
        ["Version", seal.version],
        ["Goods", `${sizeWords(seal.contentBytes)}, content hash ${seal.contentHash}`],
        ["Encrypted", `${sizeWords(seal.fileBytes)} in ${pieceWords(seal)}`],
        ["Root of the pieces", seal.root],
        ["Key commitment", seal.keyCommitment],
        ["Certificate's hash", seal.certHash],
      ]}
    />
  );
}

function pieceWords({ pieces, pieceBytes }: Extract<Seal, { holds: true }>): string {
  if (pieces === 1) return "one piece, checked when it is here";
  return `${pieces.toLocaleString("en")} pieces of ${sizeWords(pieceBytes)}, each checked as it comes`;
}
