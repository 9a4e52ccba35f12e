import { encode, type QrCodeGenerateResult } from "uqr";

export interface QrPictureProps {
  readonly text: string;
  readonly title: string;
}

/** Whole pixels a module where there is room: that is what readers count best. */
const MODULE_PIXELS = 4;

/** Dark on light whatever the page's scheme: readers want it so, and a border of four modules around it. */
export function QrPicture({ text, title }: QrPictureProps) {
  const { data, size } = readable(text);
  const dark = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      role="img"
      aria-label={title}
      viewBox={`0 0 ${size} ${size}`}
      style={{ width: "100%", maxWidth: size * MODULE_PIXELS }}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="white" />
      <path d={dark} fill="black" />
    </svg>
  );
}

const FORM = { ecc: "L", border: 4 } as const;
/** The reader of these pages has a wrong table for this one size; the next larger one holds the same. */
const UNREAD_VERSION = 23;

function readable(text: string): QrCodeGenerateResult {
  const code = encode(text, FORM);
  return code.version === UNREAD_VERSION ? encode(text, { ...FORM, minVersion: UNREAD_VERSION + 1 }) : code;
}
