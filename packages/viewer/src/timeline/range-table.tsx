import { createMemo, For, type JSX, Show } from "solid-js";
import { byteText, grouped, percent } from "../shell/format.ts";
import type { CycleRange, LoadedRun } from "../state/run-state.ts";
import { rangeSums } from "./range-sums.ts";

/** What happened in the marked cycles, by unit and operation. */
export function RangeTable(props: { readonly run: LoadedRun; readonly range: CycleRange | undefined }): JSX.Element {
  const sums = createMemo(() => {
    const { range, run } = props;
    if (range === undefined) return undefined;
    return rangeSums(run.trace, run.description.origin, range.begin, range.end);
  });
  const cycles = (): number => (props.range === undefined ? 0 : props.range.end - props.range.begin);
  return (
    <Show when={sums()}>
      {(rows) => (
        <table class="sums">
          <caption>
            Cycles {grouped(props.range?.begin ?? 0)} to {grouped(props.range?.end ?? 0)}: {grouped(cycles())}
          </caption>
          <thead>
            <tr>
              <th scope="col">unit</th>
              <th scope="col">operation</th>
              <th scope="col">pieces</th>
              <th scope="col">bytes</th>
              <th scope="col">busy</th>
              <th scope="col">waiting for data</th>
              <th scope="col">waiting for space</th>
            </tr>
          </thead>
          <tbody>
            <For each={rows()}>
              {(row) => (
                <tr>
                  <th scope="row">{row.unit}</th>
                  <td>{row.operation}</td>
                  <td>{grouped(row.events)}</td>
                  <td>{byteText(row.bytes)}</td>
                  <td>{percent(row.busyCycles / cycles())}</td>
                  <td>{percent(row.waitingForDataCycles / cycles())}</td>
                  <td>{percent(row.waitingForSpaceCycles / cycles())}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      )}
    </Show>
  );
}
