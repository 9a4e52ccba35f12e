/**
 * How the pages look: one accent, the system's own letters, and every text in a contrast of 4.5 to 1 or more against what it
 * stands on, in both schemes. Mantine's own greys and tints fall short of that, so they are set here.
 */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple, SegmentedControl } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#e6f6f4",
  "#cdebe8",
  "#9fd8d2",
  "#6fc4bc",
  "#48b2a9",
  "#2ea59b",
  "#1d9a90",
  "#0f857c",
  "#0b6e69",
  "#075751",
];

export const theme = createTheme({
  colors: { accent },
  primaryColor: "accent",
  primaryShade: 8,
  // Black or white on a colour, whichever can be read: at this luminance both reach 4.5 to 1.
  autoContrast: true,
  luminanceThreshold: 0.18,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.75rem", lineHeight: "1.25" }, h2: { fontSize: "1.25rem", lineHeight: "1.35" } },
  },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  // A label on its way from one colour to the other can be read in neither.
  components: { SegmentedControl: SegmentedControl.extend({ defaultProps: { transitionDuration: 0 } }) },
});

/** Mantine makes these for each colour; text in a colour, and text on a tint of it. */
const TEXTS = ["text", "light-color", "outline-color"];

export const cssVariables: CSSVariablesResolver = ({ colors }) => {
  const names = Object.keys(colors).filter((name) => name !== "dark");
  const texts = (of: (name: string) => string) =>
    Object.fromEntries(
      names.flatMap((name) =>
        [...TEXTS, "outline"].map((kind) => [`--mantine-color-${name}-${kind}`, of(`var(--mantine-color-${name}`)]),
      ),
    );
  return {
    variables: {},
    light: {
      ...texts((name) => `color-mix(in srgb, ${name}-9) 65%, black)`),
      "--mantine-color-dimmed": "#5a626a",
      "--mantine-color-placeholder": "#646d76",
      "--mantine-color-error": "#b42318",
      "--mantine-color-anchor": "var(--mantine-color-accent-8)",
    },
    dark: {
      ...texts((name) => `color-mix(in srgb, ${name}-2) 85%, white)`),
      "--mantine-color-dimmed": "#adb1b5",
      "--mantine-color-placeholder": "#9ca1a6",
      "--mantine-color-error": "#ff9b94",
      "--mantine-color-anchor": "var(--mantine-color-accent-3)",
    },
  };
};
