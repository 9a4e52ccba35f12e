/**
 * The message diagram of a protocol paper: a lifeline for each party, an arrow for each message, in order. It is one ordered
 * list, whose items a screen reader says as sentences; lines and arrows are drawn behind them. Every message that says
 * something is a button that opens what it says below itself.
 */
import { Lifelines } from "./Lifelines.tsx";
import { StepRow } from "./StepRow.tsx";
import classes from "./sequence.module.css";
import type { Lane, SequenceProps, Step } from "./sequence.ts";
import { sentenceOf } from "./words.ts";

/** The narrowest lane in which a label of two words stands on two lines; narrower pages scroll the diagram inside itself. */
const LANE_PX = 92;

export function Sequence({ lanes, steps, chosen, onChoose, title }: SequenceProps) {
  const last = steps.at(-1);
  return (
    <figure className={classes.figure} aria-label={title}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls inside itself must be scrollable by keyboard */}
      <section className={classes.scroll} aria-label={`${title}: messages`} tabIndex={0}>
        <div style={{ minWidth: lanes.length * LANE_PX }}>
          <Heads lanes={lanes} steps={steps} />
          <ol className={classes.steps}>
            {steps.map((step, at) => (
              <StepRow
                key={step.id}
                step={step}
                lanes={lanes}
                gone={goneAt(lanes, steps, at)}
                chosen={chosen === step.id}
                onChoose={onChoose}
              />
            ))}
          </ol>
          <Lifelines count={lanes.length} gone={goneAt(lanes, steps, steps.length)} className={classes.tail} />
        </div>
      </section>
      <div className={classes.heard} aria-live="polite">
        {last === undefined ? "" : sentenceOf(last, lanes)}
      </div>
    </figure>
  );
}

/** Which lanes, by place, are crossed out at a step. */
function goneAt(lanes: readonly Lane[], steps: readonly Step[], at: number): readonly boolean[] {
  return lanes.map(({ gone }) => {
    const from = steps.findIndex(({ id }) => id === gone);
    return from >= 0 && from <= at;
  });
}

function Heads({ lanes, steps }: Pick<SequenceProps, "lanes" | "steps">) {
  const gone = goneAt(lanes, steps, steps.length);
  return (
    <ul className={classes.heads} aria-label="Parties">
      {lanes.map(({ id, title }, at) => (
        <li key={id} className={classes.head} data-gone={gone[at] || undefined}>
          <span className={classes.name}>{title}</span> {gone[at] && <span className={classes.mark}>× gone</span>}
        </li>
      ))}
    </ul>
  );
}
