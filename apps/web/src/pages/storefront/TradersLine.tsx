/** Who trades here, and what of it has been verified. */
import { Stack, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { Traders, TradingGroup } from "../../market/seals.ts";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleOf } from "../../market/trouble.ts";
import { timeWords } from "../../market/words.ts";

export function TradersLine({ traders }: { readonly traders: UseQueryResult<Traders> }) {
  if (traders.isPending) return <Text size="sm">Who trades here is being verified.</Text>;
  if (traders.isError) {
    return <TroubleAlert title="Who trades here could not be verified" trouble={troubleOf(traders.error)} />;
  }
  const { bank, shop, certifier, groups, logs } = traders.data;
  return (
    <Stack gap="xs">
      <Text size="sm">
        {bank.sandbox ? "The bank is a sandbox: all money here is play money. " : ""}
        {bank.ofWallet
          ? `✓ Verified: ${verifiedWords(traders.data)}`
          : "× This is not your wallet's bank: nothing can be bought here with this wallet."}
      </Text>
      <details>
        <summary>What was verified</summary>
        <Stack component="ul" gap={4} mt="xs" mb={0}>
          <li>
            Bank {bank.key.slice(0, 16)}… describes itself under its own signature, in {bank.unit}.
          </li>
          <li>{shopWords(shop)}</li>
          {certifier !== null && (
            <li>
              Certifier {certifier.name} ({certifier.key.slice(0, 8)}…),{" "}
              {certifier.endorsed
                ? "whom the bank tells its customers to believe"
                : "whom nobody has told you to believe"}
              , says under its own signature: {certifier.policy}
            </li>
          )}
          {groups.map((group) => (
            <li key={group.id}>{groupWords(group)}</li>
          ))}
          {logs.map(({ origin, url, endorsed }) => (
            <li key={url}>
              Log {origin}: {endorsed ? "the bank takes its word" : "the bank does not take its word"}.
            </li>
          ))}
          <li>
            Of each item: who certified it, that the certificate is for what is shown, and that its escrow was made for
            it.
          </li>
        </Stack>
      </details>
    </Stack>
  );
}

function verifiedWords({ shop, groups, logs }: Traders): string {
  const standing = groups.filter(({ stands, endorsed }) => stands && endorsed).length;
  const parts = [
    shop === null ? "the bank, and no shop" : "the bank and the shop, each by its own signature",
    `${standing} of ${groups.length} groups of trustees by every member's`,
    `${logs.filter(({ endorsed }) => endorsed).length} of ${logs.length} logs that the bank takes`,
  ];
  return `${parts.join("; ")}.`;
}

function shopWords(shop: Traders["shop"]): string {
  if (shop === null) return "There is no shop here whose signature holds.";
  const paid = shop.ofThisBank ? "and is paid at this bank" : "and is paid at ANOTHER bank: nothing can be bought here";
  return `Shop ${shop.key.slice(0, 16)}… describes itself as "${shop.name}" under its own signature, ${paid}.`;
}

function groupWords({ id, threshold, members, stands, endorsed, sellUntilMs }: TradingGroup): string {
  const who = `Trustees ${id.slice(0, 8)}…, any ${threshold} of ${members}`;
  if (!stands) return `${who}: not all members have signed what it says of itself. It is not believed.`;
  const told = endorsed ? "the bank tells its customers to believe them" : "nobody has told you to believe them";
  return `${who}: all members have signed; ${told}; they sell until ${timeWords(sellUntilMs)}.`;
}
