/** The frame around every page, and which page an address means. Each is fetched when somebody goes there. */
import "@mantine/core/styles.css";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Link, Route, Switch } from "wouter";

const Storefront = lazy(() => import("./pages/storefront/index.tsx"));
const Wallet = lazy(() => import("./pages/wallet/index.tsx"));
const Seller = lazy(() => import("./pages/seller/index.tsx"));
const Bank = lazy(() => import("./pages/bank/index.tsx"));
const Trustee = lazy(() => import("./pages/trustee/index.tsx"));
const Log = lazy(() => import("./pages/log/index.tsx"));
const Judge = lazy(() => import("./pages/judge/index.tsx"));
const Lab = lazy(() => import("./pages/lab/index.tsx"));

const queries = new QueryClient();

export function App() {
  return (
    <MantineProvider defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <nav>
          <Link href="/">Market</Link>
        </nav>
        <Suspense>
          <Switch>
            <Route path="/wallet/*?" component={Wallet} />
            <Route path="/sell/*?" component={Seller} />
            <Route path="/bank/*?" component={Bank} />
            <Route path="/trustees/*?" component={Trustee} />
            <Route path="/log/*?" component={Log} />
            <Route path="/judge" component={Judge} />
            <Route path="/lab/*?" component={Lab} />
            <Route component={Storefront} />
          </Switch>
        </Suspense>
      </QueryClientProvider>
    </MantineProvider>
  );
}
