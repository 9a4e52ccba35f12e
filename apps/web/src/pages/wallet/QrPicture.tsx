import { encode } from "uqr";

export interface QrPictureProps {
  readonly text: string;
  readonly title: string;
}

/** Dark on light whatever the page's scheme: readers want it so, and a border of four modules around it. */
export function QrPicture({ text, title }: QrPictureProps) {
  const { data, size } = encode(text, { ecc: "L", border: 4 });
  const dark = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      role="img"
      aria-label={title}
      viewBox={`0 0 ${size} ${size}`}
      style={{ width: "100%", maxWidth: 600 }}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="white" />
      <path d={dark} fill="black" />
    </svg>
  );
}
