/** A colour per validator: hues a golden angle apart, so that neighbours differ however many there are. */

const goldenAngle = 137.508;

export function colorOf(validator: number | null): string {
  if (validator === null) return "var(--soft)";
  return `hsl(${(210 + validator * goldenAngle) % 360} 62% var(--tone))`;
}

/** For a canvas, which knows no variables. */
export function canvasColorOf(validator: number | null, isDark: boolean): string {
  if (validator === null) return isDark ? "#8a94a0" : "#77818c";
  return `hsl(${(210 + validator * goldenAngle) % 360} 62% ${isDark ? 62 : 46}%)`;
}

export const darkQuery = "(prefers-color-scheme: dark)";
