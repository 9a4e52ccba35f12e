/** What happened, as the message diagram shows it (diagram/sequence.ts). */
import type { Field, Lane, Step } from "../diagram/sequence.ts";
import type { Change, Happened } from "./lab-desk.ts";
import { labelOf } from "./lab-words.ts";

const TIME = "time";
const ANYBODY = "anybody";

/** A lane for each player; one for time where clocks go on, and one for words that anybody may have said. */
export function lanesOf(
  players: readonly string[],
  hasClocks: boolean,
  happened: readonly Happened[],
): readonly Lane[] {
  const hasStranger = happened.some((each) => (each.kind === "heard" || each.kind === "lost") && each.from === null);
  return [
    ...players.map((name) => ({ id: name, title: name.replace(/^the /, "") })),
    ...(hasStranger ? [{ id: ANYBODY, title: "anybody" }] : []),
    ...(hasClocks ? [{ id: TIME, title: "time" }] : []),
  ];
}

export function stepsOf(happened: readonly Happened[]): readonly Step[] {
  return happened.flatMap((each, place) => stepOf(each, `${place}`));
}

function stepOf(happened: Happened, id: string): readonly Step[] {
  switch (happened.kind) {
    case "heard": {
      const { from, player, name, isAgain, crash, change } = happened;
      const label = labelOf(name, from);
      const fate = isAgain ? "repeated" : "delivered";
      return [
        { kind: "message", id, from: from ?? ANYBODY, to: player, label, fate, fields: fieldsOf(player, change) },
        ...crashed(id, player, crash),
      ];
    }
    case "moved":
      return [
        {
          kind: "event",
          id,
          at: happened.player,
          label: happened.what,
          tone: "plain",
          fields: fieldsOf(happened.player, happened.change),
        },
        ...crashed(id, happened.player, happened.crash),
      ];
    case "clock":
      return [{ kind: "event", id, at: TIME, label: happened.what, tone: "plain" }];
    case "lost": {
      const { from, to, name } = happened;
      return [
        { kind: "message", id, from: from ?? ANYBODY, to, label: labelOf(name, from), fate: "lost", fields: NEVER },
      ];
    }
    case "again":
      return [
        { kind: "event", id, at: happened.player, label: `says again: ${happened.names.join(", ")}`, tone: "plain" },
      ];
  }
}

/** What it does to whoever it is about: what a message says, its name tells. */
function fieldsOf(player: string, { before, after }: Change): readonly Field[] {
  return [
    { name: `${player}, before`, value: before },
    { name: `${player}, after`, value: after },
  ];
}

const NEVER: readonly Field[] = [{ name: "what became of it", value: "it has not arrived" }];

function crashed(id: string, at: string, crash: string | null): readonly Step[] {
  return crash === null ? [] : [{ kind: "event", id: `${id} crash`, at, label: `crashes ${crash}`, tone: "bad" }];
}
