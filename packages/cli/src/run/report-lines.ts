import type { Insight } from "kpu-sim";

const mostInsights = 3;

/** A share as people read it. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** What stands out in a run, the most important first; empty where nothing does. */
export function insightLines(insights: readonly Insight[]): string {
  if (insights.length === 0) return "";
  const lines = insights
    .slice(0, mostInsights)
    .map(({ finding, cause, action }) => `- ${finding}: ${cause}. Try: ${action}.\n`);
  return `\nWhat stands out:\n${lines.join("")}`;
}
