import { For, type JSX, Show } from "solid-js";
import type { WorkKind } from "./work-kinds.ts";

/** By what lanes can be coloured. */
export type ColouredBy = "state" | "kind";

/** What the colours of the lanes mean, and the keys that move them. */
export function TimelineLegend(props: {
  readonly hint: string;
  /** Kinds of work, where lanes are coloured by them. */
  readonly kinds?: readonly WorkKind[] | undefined;
  /** Chooses between the two; without it there is no choice. */
  readonly onChoose?: (by: ColouredBy) => void;
}): JSX.Element {
  return (
    <p class="legend">
      <Show when={props.onChoose}>
        {(choose) => (
          <label>
            Colours{" "}
            <select onChange={({ currentTarget }) => choose()(currentTarget.value === "kind" ? "kind" : "state")}>
              <option value="state">by state</option>
              <option value="kind">by kind of work</option>
            </select>
          </label>
        )}
      </Show>
      <Show
        when={props.kinds}
        fallback={
          <>
            <span class="busy">busy</span> <span class="ports">slowed by ports</span>
          </>
        }
      >
        {(kinds) => (
          <For each={kinds()}>
            {({ title, colour }) => (
              <span class="kind" style={{ "--kind": colour }}>
                {title}
              </span>
            )}
          </For>
        )}
      </Show>{" "}
      <span class="data">waiting for data</span> <span class="space">waiting for space</span>
      <span class="hint">{props.hint}</span>
    </p>
  );
}
