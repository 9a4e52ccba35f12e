import { Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";

export interface PageProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** A page of the wallet: its heading, and what stands below it, no wider than is read with ease. */
export function Page({ title, children }: PageProps) {
  return (
    <Stack gap="lg" maw={860}>
      <Title order={1}>{title}</Title>
      {children}
    </Stack>
  );
}
