/** The frame around every page, and which page an address means. Each is fetched when somebody goes there. */
import "@mantine/core/styles.css";
import { Loader, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { NotFound } from "./shell/NotFound.tsx";
import { styleNonce } from "./shell/nonce.ts";
import { Shell } from "./shell/Shell.tsx";
import { cssVariables, theme } from "./shell/theme.ts";

const Storefront = lazy(() => import("./pages/storefront/index.tsx"));
const Wallet = lazy(() => import("./pages/wallet/index.tsx"));
const Seller = lazy(() => import("./pages/seller/index.tsx"));
const Bank = lazy(() => import("./pages/bank/index.tsx"));
const Trustee = lazy(() => import("./pages/trustee/index.tsx"));
const Log = lazy(() => import("./pages/log/index.tsx"));
const Judge = lazy(() => import("./pages/judge/index.tsx"));
const Lab = lazy(() => import("./pages/lab/index.tsx"));

/** An answer is asked for again by whoever wants a newer one, and not because somebody looks at another window. */
const queries = new QueryClient({ defaultOptions: { queries: { refetchOnWindowFocus: false, retry: 1 } } });

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queries}>
        <Shell>
          <Suspense fallback={<Loader role="status" aria-label="The page is being fetched" />}>
            <Pages />
          </Suspense>
        </Shell>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={Storefront} />
      <Route path="/items/*" component={Storefront} />
      <Route path="/wallet/*?" component={Wallet} />
      <Route path="/sell/*?" component={Seller} />
      <Route path="/bank/*?" component={Bank} />
      <Route path="/trustees/*?" component={Trustee} />
      <Route path="/log/*?" component={Log} />
      <Route path="/judge" component={Judge} />
      <Route path="/lab/*?" component={Lab} />
      <Route component={NotFound} />
    </Switch>
  );
}
