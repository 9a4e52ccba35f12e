/** What the wallet holds, at the top of every page, and the way to it. */
import { showMoney } from "@counterfoil/base";
import { Box, Button } from "@mantine/core";
import { Link } from "wouter";
import { useFunds, useStanding } from "./client.ts";
import type { WalletStanding } from "./desk.ts";

export default function WalletChip() {
  const { data: standing } = useStanding();
  const { data: funds } = useFunds();
  const balance = standing === "open" && funds !== undefined ? showMoney(funds.balanceMinor, funds.unit) : null;
  return (
    <Button
      component={Link}
      href="/wallet"
      variant="default"
      size="xs"
      px="xs"
      h={36}
      // On a narrow screen in two lines, and whole.
      styles={{ label: { whiteSpace: "normal", textWrap: "balance", lineHeight: 1.25 } }}
    >
      {balance === null ? (
        WORDS[standing ?? "unknown"]
      ) : (
        <>
          <Box component="span" visibleFrom="sm">
            Wallet:&nbsp;
          </Box>
          {balance}
        </>
      )}
    </Button>
  );
}

const WORDS: Readonly<Record<WalletStanding | "unknown", string>> = {
  open: "Wallet open",
  none: "Make a wallet",
  locked: "Wallet locked",
  elsewhere: "Wallet in another tab",
  unknown: "Wallet",
};
