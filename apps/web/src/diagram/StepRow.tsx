/** One row of a diagram: an arrow with its label, or a note on a lane; and below it what it says, once it is chosen. */
import { memo, type ReactNode, useRef } from "react";
import { Arrow } from "./Arrow.tsx";
import { FieldPanel } from "./FieldPanel.tsx";
import { Lifelines, shareOf } from "./Lifelines.tsx";
import classes from "./sequence.module.css";
import type { Lane, Step } from "./sequence.ts";
import { FATES, sentenceOf } from "./words.ts";

export interface StepRowProps {
  readonly step: Step;
  readonly lanes: readonly Lane[];
  readonly gone: readonly boolean[];
  readonly chosen: boolean;
  onChoose(id: string | null): void;
}

/** A diagram grows by a row at a time; those that stay as they are cost nothing. */
export const StepRow = memo(Row, isSameRow);

function isSameRow(a: StepRowProps, b: StepRowProps): boolean {
  return (
    a.chosen === b.chosen && a.gone.join() === b.gone.join() && isSameStep(a.step, b.step) && isSame(a.lanes, b.lanes)
  );
}

function isSameStep(a: Step, b: Step): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Step>;
  return [...keys].every((key) => a[key] === b[key]);
}

function isSame(a: readonly Lane[], b: readonly Lane[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every(({ id, title, gone }, at) => {
        const other = b[at];
        return id === other?.id && title === other.title && gone === other.gone;
      }))
  );
}

function Row(props: StepRowProps) {
  const { step, lanes, gone, chosen, onChoose } = props;
  const row = useRef<HTMLLIElement>(null);
  // Whoever closes it stands where it was opened.
  const close = () => {
    row.current?.querySelector("button")?.focus();
    onChoose(null);
  };
  return (
    <li
      ref={row}
      onKeyDown={(event) => {
        if (event.key === "Escape" && chosen) close();
      }}
    >
      <div className={classes.drawn}>
        <Lifelines count={lanes.length} gone={gone} />
        {step.kind === "message" ? <Message {...props} step={step} /> : <Note {...props} step={step} />}
      </div>
      {chosen && <FieldPanel id={panelId(step)} step={step} onClose={close} />}
    </li>
  );
}

function Message({ step, ...props }: StepRowProps & { step: Extract<Step, { kind: "message" }> }) {
  const { lanes } = props;
  const from = lanes.findIndex(({ id }) => id === step.from);
  const to = lanes.findIndex(({ id }) => id === step.to);
  const [left, right] = spanOf(from, to, lanes.length);
  const place = { marginLeft: `${left}%`, width: `${right - left}%` };
  return (
    <>
      <div className={classes.label} style={place}>
        <Chooser {...props} step={step}>
          {step.label}
          {step.fate !== "delivered" && (
            <span className={classes.fate} data-fate={step.fate}>
              {FATES[step.fate]}
            </span>
          )}
        </Chooser>
      </div>
      <Arrow from={from} to={to} lanes={lanes.length} fate={step.fate} />
    </>
  );
}

/** A message to oneself takes the room of one lane. */
function spanOf(from: number, to: number, lanes: number): readonly [number, number] {
  if (from === to) return [(100 * from) / lanes, (100 * (from + 1)) / lanes];
  return [shareOf(Math.min(from, to), lanes), shareOf(Math.max(from, to), lanes)];
}

function Note({ step, ...props }: StepRowProps & { step: Extract<Step, { kind: "event" }> }) {
  const { lanes } = props;
  const middle = shareOf(
    lanes.findIndex(({ id }) => id === step.at),
    lanes.length,
  );
  const half = "calc(var(--note-px) / 2)";
  const left = `clamp(0px, calc(${middle}% - ${half}), calc(100% - var(--note-px)))`;
  return (
    <div className={classes.note} data-tone={step.tone} style={{ marginLeft: left }}>
      <Chooser {...props} step={step}>
        {step.tone !== "plain" && (step.tone === "good" ? "✓ " : "× ")}
        {step.label}
      </Chooser>
    </div>
  );
}

function Chooser({ step, lanes, chosen, onChoose, children }: Omit<StepRowProps, "gone"> & { children: ReactNode }) {
  const said = (
    <>
      <span className={classes.heard}>{sentenceOf(step, lanes)}</span>
      <span aria-hidden="true">{children}</span>
    </>
  );
  if (step.kind === "event" && step.fields === undefined) return <span className={classes.said}>{said}</span>;
  return (
    <button
      type="button"
      className={classes.chooser}
      aria-expanded={chosen}
      aria-controls={chosen ? panelId(step) : undefined}
      onClick={() => onChoose(chosen ? null : step.id)}
    >
      {said}
    </button>
  );
}

function panelId({ id }: Step): string {
  return `step-${id}`;
}
