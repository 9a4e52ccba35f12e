import { Anchor, Group, SegmentedControl, Text, useMantineColorScheme } from "@mantine/core";
import { lazy, Suspense } from "react";
import { marketUrl } from "../market/address.ts";
import { ErrorBoundary } from "./ErrorBoundary.tsx";
import classes from "./shell.module.css";

const PlayMoney = lazy(() => import("./PlayMoney.tsx"));

export function Foot() {
  return (
    <footer className={classes.foot}>
      <Group justify="space-between" px={{ base: "md", sm: "xl" }} py="md" gap="md">
        <Text size="sm" c="dimmed" component="div">
          <ErrorBoundary quiet>
            <Suspense fallback={null}>
              <PlayMoney />
            </Suspense>
          </ErrorBoundary>
          <Anchor href={`${marketUrl()}/docs`} size="sm" underline="always">
            What programs can ask here
          </Anchor>
        </Text>
        <Scheme />
      </Group>
    </footer>
  );
}

const SCHEMES = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "auto", label: "As the system" },
] as const;

function Scheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      aria-label="Colours"
      size="xs"
      data={SCHEMES.map((each) => ({ ...each }))}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as (typeof SCHEMES)[number]["value"])}
    />
  );
}
