/** A game as a file: what `counterfoil lab replay` takes, and what `lab table --traces` writes. */

export interface Trace {
  readonly study: string;
  readonly question: string;
  /** Null where nothing is wrong at its end. */
  readonly fault: string | null;
  readonly way: readonly string[];
}

/** Far longer than any shortest way, and than anybody plays. */
const [WAY_LIMIT, LIMIT_BYTES] = [10_000, 2 ** 20];

/** @returns null where it is no trace. */
export async function readTrace(file: File): Promise<Trace | null> {
  if (file.size > LIMIT_BYTES) return null;
  try {
    const read: unknown = JSON.parse(await file.text());
    return isTrace(read) ? read : null;
  } catch {
    return null;
  }
}

function isTrace(read: unknown): read is Trace {
  if (typeof read !== "object" || read === null) return false;
  const { study, question, fault, way } = read as Record<keyof Trace, unknown>;
  const isText = (value: unknown) => typeof value === "string";
  if (!isText(study) || !isText(question) || !(fault === null || isText(fault))) return false;
  return Array.isArray(way) && way.length <= WAY_LIMIT && way.every(isText);
}

export function saveTrace(trace: Trace): void {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(trace, null, 2)}\n`], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${trace.study}-${trace.question}.json`.replace(/[^a-z0-9.-]+/gi, "-");
  link.click();
  URL.revokeObjectURL(url);
}
