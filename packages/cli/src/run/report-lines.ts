import type { Insight } from "kpu-sim";

const mostInsights = 3;

/** A share as people read it. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** The name of a kind of components as people write it: `blockMover` is a block mover. */
export function spelledOut(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** What stands out in a run, the most important first; empty where nothing does. */
export function insightLines(insights: readonly Insight[]): string {
  if (insights.length === 0) return "";
  const lines = insights
    .slice(0, mostInsights)
    .map(({ finding, cause, action }) => `- ${finding}: ${cause}. Try: ${action}.\n`);
  return `\nWhat stands out:\n${lines.join("")}`;
}
