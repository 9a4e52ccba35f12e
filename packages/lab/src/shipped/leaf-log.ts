/** A log as far as the optimistic exchange needs one: it enters the bank's PAID leaves and shows them to whoever asks. */
import type { Instant } from "@counterfoil/base";
import type { Row } from "@counterfoil/protocols";
import type { LogBench } from "@counterfoil/protocols/players";
import { logSize, publishedHead } from "@counterfoil/protocols/players";
import { interner, spell } from "../explore/index.ts";
import type { Actor, Rows } from "./players.ts";
import type { Stage } from "./stage.ts";

export interface LeafLogPart {
  readonly stage: Stage;
  readonly name: string;
  readonly log: LogBench;
  readonly nowOf: (instant: number) => Instant;
}

/** Each entry is under a cosigned head at once: that a head comes late makes the same worlds as a posting that does. */
export function leafLogPlayer({ stage, name, log, nowOf }: LeafLogPart): Actor<Rows> {
  // In which order leaves came, and under which head they are shown, changes nothing that they prove.
  const states = interner<Rows>((rows) =>
    spell(
      entriesOf(rows)
        .map(({ entry }) => spell(entry))
        .sort(),
    ),
  );
  const put = (rows: Rows) => {
    log.desk.rows.clear();
    for (const [place, row] of rows) log.desk.rows.set(place, row as never);
  };
  return {
    name,
    states,
    start: states.of(new Map(log.desk.rows)),
    hears(number, message, instant) {
      const { from, bytes } = stage.at(message);
      put(states.at(number));
      // Its clock never steps back, and each head is later than the one before.
      const now = nowOf(instant) + logSize(log);
      const admitted = log.desk.authority.admit(bytes, now);
      if (!admitted.ok) return null;
      const before = logSize(log);
      const answer = log.desk.authority.answer(log.desk.decide(admitted.value, now).outcome, now);
      if (logSize(log) > before) publishedHead(log, now);
      return {
        next: states.of(new Map(log.desk.rows)),
        says: stage.say({ from: name, to: from, bytes: answer, re: null }),
      };
    },
    inWords: (number) => `${entriesOf(states.at(number)).length} leaves`,
  };
}

function entriesOf(rows: Rows): readonly Row[] {
  return [...rows].flatMap(([place, row]) => (place.startsWith("log_entry/") ? [row] : []));
}
