import { For, type JSX, Show } from "solid-js";
import { byteText } from "../shell/format.ts";
import type { ViewProps } from "../views.ts";
import { activityOf, flowOf, memoryLevels } from "./levels.ts";

/** The machine at the cursor: its levels, what flows through them, and what each unit does. */
export function HierarchyView(props: ViewProps): JSX.Element {
  const machine = () => {
    const run = props.state.run();
    if (run === undefined) return undefined;
    props.state.traceVersion();
    const cycle = props.state.cursor();
    const { origin } = run.description;
    const flow = flowOf(run.trace, origin, cycle);
    return {
      levels: memoryLevels.map((kind) => {
        const regions = [...origin.memories.entries()].filter(([, memory]) => memory.kind === kind);
        return {
          kind,
          count: regions.length,
          capacityBytes: regions.reduce((sum, [, memory]) => sum + memory.capacityBytes, 0),
          bytesPerCycle: regions.reduce((sum, [region]) => sum + (flow[region] ?? 0), 0),
        };
      }),
      busy: [...origin.units.keys()].filter((unit) => activityOf(run.trace, unit, cycle).state === "busy").length,
    };
  };
  return (
    <Show when={machine()}>
      {(shown) => (
        <ul class="levels">
          <For each={shown().levels}>
            {(level) => (
              <li>
                {level.count} x {level.kind}, {byteText(level.capacityBytes)}: {level.bytesPerCycle.toFixed(1)} B/cycle
              </li>
            )}
          </For>
          <li>{shown().busy} units busy</li>
        </ul>
      )}
    </Show>
  );
}
