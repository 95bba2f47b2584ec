import { For, type JSX, Show } from "solid-js";
import { percent } from "../shell/format.ts";
import type { ViewProps } from "../views.ts";
import "./roofline.css";
import { levelRange } from "./level-range.ts";
import { axisOf, decadesOf, dotsOf, type Roof, roofsOf, shareOf } from "./roofline.ts";

const [left, top, width, height] = [60, 20, 560, 340];
const [wholeWidth, wholeHeight] = [left + width + 20, top + height + 50];

/** What each level of memory allows the product, and what it reached. */
export function RooflineView(props: ViewProps): JSX.Element {
  const report = props.state.report;
  /** Marks the time in which the ports of some levels were in use, and goes to the timeline. */
  const select = (levels: readonly string[]): void => {
    const run = props.state.run();
    if (run === undefined) return;
    props.state.select(levelRange(run.trace, run.description.origin, levels));
    props.show("timeline");
  };
  return (
    <Show
      when={report()}
      fallback={<p>The roofline of a matrix product is shown when the product is complete; other runs have none.</p>}
    >
      {(shown) => {
        const roofs = (): readonly Roof[] => roofsOf(shown());
        const peak = (): number => shown().peakFlopsPerCycle;
        const reached = (): number => shown().flopsPerCycle;
        const ridges = (): readonly number[] => roofs().map(({ bytesPerCycle }) => peak() / bytesPerCycle);
        const xAxis = () => axisOf([...roofs().map(({ intensity }) => intensity), ...ridges()]);
        const yAxis = () => axisOf([reached(), peak() * 1.2]);
        const x = (value: number): number => left + width * shareOf(xAxis(), value);
        const y = (value: number): number => top + height * (1 - shareOf(yAxis(), value));
        const lowest = (): number => 10 ** yAxis().low;
        const line = ({ bytesPerCycle }: Roof): string => {
          const from = Math.max(10 ** xAxis().low, lowest() / bytesPerCycle);
          const to = peak() / bytesPerCycle;
          return `M${x(from)},${y(from * bytesPerCycle)} L${x(to)},${y(peak())}`;
        };
        return (
          <div class="roofline">
            <p>
              {reached().toFixed(1)} of {peak()} operations a cycle, {percent(shown().utilization)} of the peak; the
              lowest roof is that of <b>{shown().bound}</b> ({shown().roofFlopsPerCycle.toFixed(1)}).
            </p>
            <div class="roofs">
              <svg
                viewBox={`0 0 ${wholeWidth} ${wholeHeight}`}
                role="img"
                aria-label="Roofline; the table says the same"
              >
                <For each={decadesOf(xAxis())}>
                  {(value) => (
                    <>
                      <line class="grid" x1={x(value)} x2={x(value)} y1={top} y2={top + height} />
                      <text x={x(value)} y={top + height + 18} text-anchor="middle">
                        {value}
                      </text>
                    </>
                  )}
                </For>
                <For each={decadesOf(yAxis())}>
                  {(value) => (
                    <>
                      <line class="grid" x1={left} x2={left + width} y1={y(value)} y2={y(value)} />
                      <text x={left - 8} y={y(value) + 4} text-anchor="end">
                        {value}
                      </text>
                    </>
                  )}
                </For>
                <text x={left + width / 2} y={top + height + 40} text-anchor="middle">
                  operations for each byte through the level's ports
                </text>
                <text x={left} y={top - 6}>
                  operations a cycle
                </text>
                <line class="peak" x1={x(Math.min(...ridges()))} x2={left + width} y1={y(peak())} y2={y(peak())} />
                <For each={roofs()}>
                  {(roof, index) => (
                    <g class={`level level-${index()}`}>
                      <path d={line(roof)} />
                      <line
                        class="up"
                        x1={x(roof.intensity)}
                        x2={x(roof.intensity)}
                        y1={y(reached())}
                        y2={y(Math.min(roof.height, peak()))}
                      />
                      <circle cx={x(roof.intensity)} cy={y(reached())} r="6" />
                    </g>
                  )}
                </For>
              </svg>
              <For each={dotsOf(roofs())}>
                {({ intensity, levels }) => (
                  <button
                    type="button"
                    class="dot"
                    aria-label={`Mark on the timeline when ${levels.join(", ")} was in use`}
                    title={`${levels.join(", ")}: mark on the timeline when it was in use`}
                    style={{
                      left: `${(100 * x(intensity)) / wholeWidth}%`,
                      top: `${(100 * y(reached())) / wholeHeight}%`,
                    }}
                    onClick={() => select(levels)}
                  />
                )}
              </For>
            </div>
            <p class="faint">A click on a dot marks on the timeline when its level was in use.</p>
            <table>
              <thead>
                <tr>
                  <th scope="col">level</th>
                  <th scope="col">bytes a cycle</th>
                  <th scope="col">operations for each byte</th>
                  <th scope="col">roof</th>
                  <th scope="col">reached</th>
                </tr>
              </thead>
              <tbody>
                <For each={roofs()}>
                  {(roof, index) => (
                    <tr>
                      <th scope="row">
                        <span class={`swatch level-${index()}`} /> {roof.level}
                      </th>
                      <td>{Number(roof.bytesPerCycle.toPrecision(4))}</td>
                      <td>{roof.intensity.toFixed(2)}</td>
                      <td>{roof.height.toFixed(1)}</td>
                      <td>{percent(reached() / Math.min(roof.height, peak()))}</td>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
          </div>
        );
      }}
    </Show>
  );
}
