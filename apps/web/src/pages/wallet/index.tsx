/** The wallet's pages: what stands there depends on whether there is a wallet, and whether it is open. */
import { Alert, Loader, Tabs, Text } from "@mantine/core";
import { Route, Switch, useLocation } from "wouter";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { notStarted, useStanding, WalletTrouble } from "../../wallet/client.ts";
import type { Trouble } from "../../wallet/desk.ts";
import { Coins } from "./Coins.tsx";
import { Create } from "./Create.tsx";
import { History } from "./History.tsx";
import { Overview } from "./Overview.tsx";
import { Page } from "./Page.tsx";
import { Restore } from "./Restore.tsx";
import { Settings } from "./Settings.tsx";
import { Unlock } from "./Unlock.tsx";
import { Welcome } from "./Welcome.tsx";

export default function Wallet() {
  return (
    <Switch>
      <Route path="/wallet/create" component={Create} />
      <Route path="/wallet/restore" component={Restore} />
      <Route component={Standing} />
    </Switch>
  );
}

function Standing() {
  const standing = useStanding();
  if (standing.isError) {
    return (
      <Page title="Wallet">
        <TroubleAlert trouble={troubleOf(standing.error)} />
      </Page>
    );
  }
  switch (standing.data) {
    case undefined:
      return (
        <Page title="Wallet">
          <Loader aria-label="The wallet is being started" />
        </Page>
      );
    case "none":
      return <Welcome />;
    case "locked":
      return <Unlock />;
    case "elsewhere":
      return (
        <Page title="Wallet">
          <Alert title="The wallet is open in another tab" color="yellow" role="status">
            <Text size="sm">
              One tab at a time has the wallet, so that no coin is used twice. Go on there, or close that tab: this one
              takes over by itself and asks for the passphrase.
            </Text>
          </Alert>
        </Page>
      );
    case "open":
      return <Open />;
  }
}

const SECTIONS = [
  ["/wallet", "Overview"],
  ["/wallet/coins", "Coins"],
  ["/wallet/history", "History"],
  ["/wallet/settings", "Backup and settings"],
] as const;

function Open() {
  const [path, go] = useLocation();
  const here = SECTIONS.findLast(([section]) => path.startsWith(section))?.[0] ?? "/wallet";
  return (
    <Page title="Wallet">
      <Tabs value={here} onChange={(section) => section !== null && go(section)} keepMounted={false}>
        <Tabs.List aria-label="Parts of the wallet">
          {SECTIONS.map(([section, title]) => (
            <Tabs.Tab key={section} value={section}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="/wallet" pt="lg">
          <Overview />
        </Tabs.Panel>
        <Tabs.Panel value="/wallet/coins" pt="lg">
          <Coins />
        </Tabs.Panel>
        <Tabs.Panel value="/wallet/history" pt="lg">
          <History />
        </Tabs.Panel>
        <Tabs.Panel value="/wallet/settings" pt="lg">
          <Settings />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function troubleOf(error: Error): Trouble {
  return error instanceof WalletTrouble ? error.trouble : notStarted(error.message);
}
