/** The way from a message to its answer. */
import type { Result } from "@counterfoil/base";
import { type Hosted, NotAdmitted, type WireRole } from "@counterfoil/host";

/** A role whose every decision is final when made. */
export function roleDoor<Command, Outcome>(
  name: string,
  tags: readonly string[],
  hosted: Hosted<Command, Outcome>,
): WireRole {
  return {
    name,
    tags,
    async handle(message) {
      const { answer } = await hosted.submit(admitted(hosted.admit(message)));
      return answer;
    },
  };
}

/** What is not even a message of ours is refused before anyone decides anything; the server says why. */
export function admitted<Command>(command: Result<Command>): Command {
  if (command.ok) return command.value;
  throw new NotAdmitted(command.reason);
}
