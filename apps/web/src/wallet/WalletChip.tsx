/** What the wallet holds, at the top of every page, and the way to it. */
import { showMoney } from "@counterfoil/base";
import { Button } from "@mantine/core";
import { Link } from "wouter";
import { useFunds, useStanding } from "./client.ts";
import type { WalletStanding } from "./desk.ts";

export default function WalletChip() {
  const { data: standing } = useStanding();
  const { data: funds } = useFunds();
  const open = funds === undefined ? "Wallet open" : `Wallet: ${showMoney(funds.balanceMinor, funds.unit)}`;
  return (
    <Button component={Link} href="/wallet" variant="default" size="xs">
      {standing === "open" ? open : WORDS[standing ?? "unknown"]}
    </Button>
  );
}

const WORDS: Readonly<Record<Exclude<WalletStanding, "open"> | "unknown", string>> = {
  none: "Make a wallet",
  locked: "Wallet locked",
  elsewhere: "Wallet in another tab",
  unknown: "Wallet",
};
