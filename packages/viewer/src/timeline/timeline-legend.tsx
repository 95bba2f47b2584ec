import type { JSX } from "solid-js";

/** What the colours of the lanes mean, and the keys that move them. */
export function TimelineLegend(props: { readonly hint: string }): JSX.Element {
  return (
    <p class="legend">
      <span class="busy">busy</span> <span class="ports">slowed by ports</span>{" "}
      <span class="data">waiting for data</span> <span class="space">waiting for space</span>
      <span class="hint">{props.hint}</span>
    </p>
  );
}
