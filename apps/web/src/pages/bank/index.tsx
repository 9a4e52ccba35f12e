/** The bank: who it is, for anyone; its books, coins and notes, for its operator. */

import type { BankJson } from "@counterfoil/sdk/portable";
import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { marketUrl } from "../../market/address.ts";
import { askPublic, OperatorTrouble } from "../../operator/asking.ts";
import { KeyGate } from "../../operator/KeyGate.tsx";
import { Loaded } from "../../operator/Loaded.tsx";
import { BankBooks } from "./BankBooks.tsx";
import { BankIdentity } from "./BankIdentity.tsx";
import { BankNotes } from "./BankNotes.tsx";
import { CoinKeys } from "./CoinKeys.tsx";

export default function Bank() {
  const origin = marketUrl();
  const bank = useQuery({ queryKey: ["bank", origin], queryFn: () => bankAt(origin) });
  return (
    <Stack gap="xl" maw={960}>
      <Title order={1}>Bank</Title>
      <Loaded asked={bank} what="The bank">
        {(found) =>
          found === null ? (
            <Text>The bank of this market is at another address, and so are its pages.</Text>
          ) : (
            <>
              <BankIdentity bank={found} />
              <KeyGate origin={origin} opens="bank" whose="the bank">
                <BankBooks origin={origin} />
                <CoinKeys origin={origin} bank={found} />
                <BankNotes origin={origin} />
              </KeyGate>
            </>
          )
        }
      </Loaded>
    </Stack>
  );
}

/** null where this market's bank is elsewhere. */
async function bankAt(origin: string): Promise<BankJson | null> {
  try {
    return await askPublic<BankJson>(origin, "/v1/bank");
  } catch (error) {
    if (error instanceof OperatorTrouble && error.status === 404) return null;
    throw error;
  }
}
