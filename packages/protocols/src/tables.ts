/**
 * Rows and the shape of the tables that hold them. An engine makes real tables with typed columns from a shape, so that
 * an operator can query them; a query never feeds a decision.
 */
export type Cell = string | number | bigint | boolean | Uint8Array | null;
export type Row = { readonly [column: string]: Cell };
export type Tables = Record<string, Row>;

/** `money` is a bigint of minor units, `integer` a safe integer, `flag` a boolean. "?" allows null. */
export type Column = "text" | "integer" | "money" | "flag" | "bytes";
export type ColumnShape = Column | `${Column}?`;
export type TableShape = { readonly [column: string]: ColumnShape };

/** The shape of every table of an authority: table and column names are lower case with underscores. */
export type Shapes = { readonly [table: string]: TableShape };

type CellOf<C> = C extends `${infer Inner}?`
  ? CellOf<Inner> | null
  : C extends "text"
    ? string
    : C extends "integer"
      ? number
      : C extends "money"
        ? bigint
        : C extends "flag"
          ? boolean
          : Uint8Array;

/** The row types that a shape describes. */
export type TablesOf<S extends Shapes> = {
  -readonly [N in keyof S & string]: { readonly [C in keyof S[N] & string]: CellOf<S[N][C]> };
};
