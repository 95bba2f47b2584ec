import type { Colours } from "./draw.ts";

const names = ["text", "faint", "line", "pane", "accent", "busy", "data", "space", "ports"] as const;

/** The colours of the page's style, light or dark, for drawing on a canvas. */
export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const [text = "", faint = "", line = "", pane = "", accent = "", busy = "", data = "", space = "", ports = ""] =
    names.map((name) => style.getPropertyValue(`--${name}`));
  return { text, faint, line, pane, accent, busy, data, space, ports };
}
