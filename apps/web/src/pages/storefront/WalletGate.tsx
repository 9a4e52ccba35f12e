/** Shows what needs an open wallet once there is one, and until then the way to it, without leaving the page. */
import { Anchor, Stack, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleOf } from "../../market/trouble.ts";
import { useStanding } from "../../wallet/client.ts";
import { NewWallet } from "./NewWallet.tsx";
import { PhraseOnce } from "./PhraseOnce.tsx";
import { UnlockWallet } from "./UnlockWallet.tsx";

export function WalletGate({ children }: { readonly children: ReactNode }) {
  const standing = useStanding();
  const [phrase, setPhrase] = useState<string | null>(null);
  if (standing.isPending) return <Text role="status">The wallet is being looked for.</Text>;
  if (standing.isError) return <TroubleAlert trouble={troubleOf(standing.error)} />;
  if (phrase !== null) return <PhraseOnce phrase={phrase} onKept={() => setPhrase(null)} />;
  switch (standing.data) {
    case "open":
      return <Stack>{children}</Stack>;
    case "none":
      return <NewWallet onMade={setPhrase} />;
    case "locked":
      return <UnlockWallet />;
    case "elsewhere":
      return (
        <Text>
          Another tab uses the wallet, and only one can. Close or lock it there, and this page goes on.{" "}
          <Anchor component={Link} href="/wallet" underline="always">
            About the wallet
          </Anchor>
        </Text>
      );
  }
}
