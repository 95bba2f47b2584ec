import { createMemo, For, type JSX, Show } from "solid-js";
import { grouped, percent } from "../shell/format.ts";
import type { ViewProps } from "../views.ts";
import { type Difference, differences, relativeText } from "./totals.ts";

/** Figures of the present run beside those of the one with which it is compared. */
export function DifferenceTable(props: Pick<ViewProps, "state">): JSX.Element {
  const compared = createMemo(() => {
    const [baseline, statistics, run] = [props.state.baseline(), props.state.finalStatistics(), props.state.run()];
    if (baseline === undefined || statistics === undefined || run === undefined) return undefined;
    if (baseline.statistics === statistics) return undefined;
    return { baseline, title: run.description.title, rows: differences(baseline.statistics, statistics) };
  });
  return (
    <Show when={compared()}>
      {(shown) => (
        <section aria-label="Difference" class="difference">
          <p>
            <b>{shown().title}</b> against <b>{shown().baseline.title}</b>
          </p>
          <Show when={shown().rows.length > 0} fallback={<p>All figures are equal.</p>}>
            <table>
              <thead>
                <tr>
                  <th scope="col">figure</th>
                  <th scope="col">before</th>
                  <th scope="col">after</th>
                  <th scope="col">change</th>
                </tr>
              </thead>
              <tbody>
                <For each={shown().rows}>
                  {(row) => (
                    <tr title={row.definition}>
                      <th scope="row">
                        {row.kind === "machine" ? "" : `${row.kind} `}
                        {row.name}
                      </th>
                      <td>{valueText(row, row.before)}</td>
                      <td>{valueText(row, row.after)}</td>
                      <td>{relativeText(row)}</td>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
          </Show>
        </section>
      )}
    </Show>
  );
}

function valueText({ unit }: Difference, value: number): string {
  return unit === "ratio" ? percent(value) : `${grouped(value)} ${unit}`;
}
