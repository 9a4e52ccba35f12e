/** One thing that a form asks of the wallet: under way, done, or in trouble. */
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { answerOf, desk, lookAgain } from "./client.ts";
import type { Answer, Desk } from "./desk.ts";

/** @param ask what is asked of the desk; what is shown of the wallet is then asked for again. */
export function useDoing<Asked, T>(
  ask: (desk: Desk, asked: Asked) => Promise<Answer<T>>,
): UseMutationResult<T, Error, Asked> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (asked: Asked) => answerOf(ask(desk(), asked)),
    onSettled: () => lookAgain(queries),
    gcTime: 0, // an answer may be money
  });
}

/** A secret on its way to the worker: it can be taken once, and then the page has it no more. */
export function handing(secret: string): () => string {
  let held = secret;
  return () => {
    const taken = held;
    held = "";
    return taken;
  };
}
