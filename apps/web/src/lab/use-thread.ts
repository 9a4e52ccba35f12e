/** Something long that the lab does in a thread of its own: it can be stopped, and is when its page is left. */
import type { Remote } from "comlink";
import { useEffect, useRef, useState } from "react";
import type { LabDesk } from "./lab-desk.ts";
import { startThread, type Thread } from "./threads.ts";

export type Work<T> =
  | { readonly phase: "idle" | "running" | "stopped" }
  | { readonly phase: "done"; readonly value: T }
  | { readonly phase: "failed"; readonly reason: string };

export interface OwnThread<T> {
  readonly work: Work<T>;
  start(ask: (lab: Remote<LabDesk>) => Promise<T>): void;
  stop(): void;
}

export function useThread<T>(): OwnThread<T> {
  const [work, setWork] = useState<Work<T>>({ phase: "idle" });
  const thread = useRef<Thread | null>(null);
  const end = () => {
    thread.current?.stop();
    thread.current = null;
  };
  useEffect(() => () => thread.current?.stop(), []);

  const start: OwnThread<T>["start"] = (ask) => {
    end();
    const own = startThread();
    thread.current = own;
    const become = (next: Work<T>) => {
      if (thread.current !== own) return;
      end();
      setWork(next);
    };
    setWork({ phase: "running" });
    Promise.race([ask(own.lab), own.failed]).then(
      (value) => become({ phase: "done", value }),
      (error) => become({ phase: "failed", reason: error instanceof Error ? error.message : String(error) }),
    );
  };
  return {
    work,
    start,
    stop() {
      end();
      setWork({ phase: "stopped" });
    },
  };
}
