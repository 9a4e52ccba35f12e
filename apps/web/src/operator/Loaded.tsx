/** What was asked of a server: waiting, in trouble, or there. */
import { Button, Group, Loader } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { TroubleAlert } from "../market/TroubleAlert.tsx";
import { troubleIn } from "./asking.ts";

export interface LoadedProps<T> {
  readonly asked: Pick<UseQueryResult<T>, "data" | "error" | "refetch" | "isFetching">;
  readonly what: string;
  children(answer: T): ReactNode;
}

export function Loaded<T>({ asked, what, children }: LoadedProps<T>) {
  const { data, error, refetch, isFetching } = asked;
  if (data !== undefined) return children(data);
  if (error === null) return <Loader role="status" aria-label={`${what}: being fetched`} />;
  return (
    <TroubleAlert trouble={troubleIn(error)} title={`${what}: not there`}>
      <Group>
        <Button variant="default" size="xs" loading={isFetching} onClick={() => void refetch()}>
          Ask again
        </Button>
      </Group>
    </TroubleAlert>
  );
}
