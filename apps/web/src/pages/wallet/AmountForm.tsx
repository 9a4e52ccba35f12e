/** One amount and one thing to do with it. */
import { parseMinor } from "@counterfoil/base";
import { type ReactNode, useState } from "react";
import { DoingForm, type DoingFormProps } from "../../wallet/DoingForm.tsx";
import { AmountField, amountFault } from "./AmountField.tsx";

export interface AmountFormProps extends Pick<DoingFormProps, "action" | "said"> {
  readonly label: string;
  readonly unit: string;
  readonly description?: string;
  readonly doing: DoingFormProps["doing"] & { mutate(amountMinor: bigint): void };
  readonly children?: ReactNode;
}

export function AmountForm({ label, unit, description, action, doing, said = null, children }: AmountFormProps) {
  const [value, setValue] = useState("");
  const [refused, setRefused] = useState<string | null>(null);
  function submit() {
    const fault = amountFault(value);
    setRefused(fault);
    if (fault === null) doing.mutate(parseMinor(value) as bigint);
  }
  return (
    <DoingForm doing={doing} action={action} said={said} onSubmit={submit}>
      <AmountField
        label={label}
        unit={unit}
        {...(description === undefined ? {} : { description })}
        value={value}
        refused={refused}
        onType={(typed) => {
          setRefused(null);
          setValue(typed);
        }}
      />
      {children}
    </DoingForm>
  );
}
