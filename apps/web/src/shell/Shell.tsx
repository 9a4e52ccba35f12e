import { AppShell, Burger, Group } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { ErrorBoundary } from "./ErrorBoundary.tsx";
import { Foot } from "./Foot.tsx";
import { Navigation } from "./Navigation.tsx";
import classes from "./shell.module.css";
import { useArrival } from "./useArrival.ts";

const WalletChip = lazy(() => import("../wallet/WalletChip.tsx"));

/** What stands around every page. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation();
  useArrival(path);
  return (
    <AppShell header={{ height: 56 }} padding={{ base: "md", sm: "xl" }}>
      <a className={classes.skip} href="#main">
        Skip to the page
      </a>
      <AppShell.Header>
        <Head />
      </AppShell.Header>
      <AppShell.Main id="main" tabIndex={-1} className={classes.room}>
        <div className={classes.main}>
          <ErrorBoundary key={path}>{children}</ErrorBoundary>
        </div>
      </AppShell.Main>
      <Foot />
    </AppShell>
  );
}

function Head() {
  return (
    <Group
      h="100%"
      px={{ base: "md", sm: "xl" }}
      gap="md"
      wrap="nowrap"
      justify="space-between"
      className={classes.head}
    >
      <Group gap="sm" wrap="nowrap">
        <Menu />
        <Link href="/" className={classes.brand}>
          Counterfoil
        </Link>
      </Group>
      <Group visibleFrom="md">
        <Navigation wide />
      </Group>
      <ErrorBoundary quiet>
        <Suspense fallback={null}>
          <WalletChip />
        </Suspense>
      </ErrorBoundary>
    </Group>
  );
}

/** On a narrow screen. Escape closes it and gives the focus back; going somewhere closes it and gives it to the page. */
function Menu() {
  const [open, setOpen] = useState(false);
  const burger = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const close = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      burger.current?.focus();
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, [open]);
  return (
    <Group hiddenFrom="md">
      <Burger
        ref={burger}
        size="sm"
        opened={open}
        onClick={() => setOpen(!open)}
        aria-label={open ? "Close the menu" : "Open the menu"}
        aria-expanded={open}
        aria-controls="menu"
      />
      <div id="menu" className={classes.menu} hidden={!open}>
        <Navigation wide={false} onGo={() => setOpen(false)} />
      </div>
    </Group>
  );
}
