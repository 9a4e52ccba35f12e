/** The members of something said, one under another, those of a structure inside it indented. */
import { Button, CopyButton, Text } from "@mantine/core";
import { useState } from "react";
import classes from "./sequence.module.css";
import type { Field } from "./sequence.ts";

export function FieldList({ fields }: { readonly fields: readonly Field[] }) {
  const signedBy = signerOfAll(fields);
  return (
    <>
      {signedBy !== null && <Signed name="all of this" by={signedBy} />}
      <dl className={classes.fields}>
        {fields.map((field, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: members have an order, and several may have one name
          <FieldItem key={at} field={field} isSaid={signedBy !== null} />
        ))}
      </dl>
    </>
  );
}

/** A signature covers a whole body as a rule: it is said once then. */
function signerOfAll(fields: readonly Field[]): string | null {
  const [first] = fields;
  return fields.every(({ signedBy }) => signedBy === first?.signedBy) ? (first?.signedBy ?? null) : null;
}

function Signed({ name, by }: { readonly name: string; readonly by: string }) {
  return (
    <Text component="div" size="xs" className={classes.signed}>
      signed by <Value name={`who signed ${name}`} value={by} />
    </Text>
  );
}

function FieldItem({ field, isSaid }: { readonly field: Field; readonly isSaid: boolean }) {
  const { name, value, signedBy, inside, keepsTheGoods } = field;
  return (
    <div className={classes.field}>
      <dt>{name}</dt>
      <dd>
        {keepsTheGoods === true ? <Kept field={field} /> : <Value name={name} value={value} />}
        {signedBy !== undefined && !isSaid && <Signed name={name} by={signedBy} />}
        {inside !== undefined && <FieldList fields={inside} />}
      </dd>
    </div>
  );
}

function Kept({ field: { name, value } }: { readonly field: Field }) {
  const [shown, show] = useState(false);
  if (shown) return <Value name={name} value={value} />;
  return (
    <>
      Keeps the goods: whoever has it has them.{" "}
      <Button size="compact-xs" variant="default" onClick={() => show(true)}>
        Show {name}
      </Button>
    </>
  );
}

const LONGEST = 34;
const ENDS = 10;

/** Long hex is shown by its two ends and copied whole; everything else as it is. */
function Value({ name, value }: { readonly name: string; readonly value: string }) {
  if (!/^[0-9a-f]+$/.test(value) || value.length <= LONGEST) return <span className={classes.value}>{value}</span>;
  return (
    <span className={classes.value}>
      <code>
        {value.slice(0, ENDS)}…{value.slice(-ENDS)}
      </code>{" "}
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="subtle" onClick={copy} aria-label={`Copy ${name}`}>
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
    </span>
  );
}
