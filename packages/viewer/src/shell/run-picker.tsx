import { For, type JSX } from "solid-js";
import type { RunState } from "../state/run-state.ts";
import { examples } from "../workload/examples.ts";

/** Chooses among the examples. */
export function RunPicker(props: { readonly state: RunState }): JSX.Element {
  const title = (): string => props.state.run()?.description.title ?? "";
  return (
    <label class="picker">
      <span class="unseen">Run</span>
      <select
        onChange={({ currentTarget }) => {
          const request = examples.find((example) => example.title === currentTarget.value);
          if (request !== undefined) props.state.load(request);
        }}
      >
        <For each={examples}>
          {(example) => (
            <option value={example.title} selected={example.title === title()}>
              {example.title}
            </option>
          )}
        </For>
        {examples.every((example) => example.title !== title()) && (
          <option value={title()} selected>
            {title()}
          </option>
        )}
      </select>
    </label>
  );
}
