import { type ComponentKind, statisticDefinitions } from "kpu-sim";
import { For, type JSX, Show } from "solid-js";
import type { ViewProps } from "../views.ts";

/** Every declared figure at the cursor; what it means shows on it. */
export function StatisticsView(props: ViewProps): JSX.Element {
  const kinds = Object.keys(statisticDefinitions) as ComponentKind[];
  return (
    <Show when={props.state.statistics() ?? props.state.finalStatistics()}>
      {(statistics) => (
        <For each={kinds}>
          {(kind) => (
            <details open={kind === "machine"}>
              <summary>{kind}</summary>
              <pre>{JSON.stringify(statistics()[kind], undefined, 1).slice(0, 4000)}</pre>
            </details>
          )}
        </For>
      )}
    </Show>
  );
}
