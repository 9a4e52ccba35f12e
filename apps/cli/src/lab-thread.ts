/** One thread of `lab table`: asks what it is told to, one question after the other. */
import { parentPort } from "node:worker_threads";
import { portableCrypto } from "@counterfoil/crypto";
import { questionOf, studiesOf } from "@counterfoil/lab";
import type { Asking, FromThread } from "./lab-questions.ts";

const say = (message: FromThread) => parentPort?.postMessage(message);
const studies = studiesOf(await portableCrypto());

parentPort?.on("message", ({ study, question }: Asking) => {
  try {
    const from = performance.now();
    const asked = questionOf(studies, study, question);
    if (asked === null) throw new Error("there is no such question");
    const answered = asked.ask((found, looked) => say({ kind: "progress", found, looked }));
    say({ kind: "answered", answered, ms: performance.now() - from });
  } catch (error) {
    say({ kind: "failed", reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
