import {
  type CheckedExpectation,
  insightRules,
  insightsOf,
  type StatisticDefinition,
  type Statistics,
  statisticDefinitions,
} from "kpu-sim";
import { For, type JSX, Show } from "solid-js";
import { grouped } from "../shell/format.ts";
import type { ViewProps } from "../views.ts";
import "./statistics.css";

const titles = {
  machine: "The machine",
  host: "Host regions",
  external: "External banks",
  l3: "L3 tiles",
  l2: "L2 banks",
  scratchpad: "Scratchpads",
  dma: "DMA engines",
  blockMover: "Block movers",
  streamer: "Streamers",
  tile: "Compute tiles",
  vector: "Vector units",
} as const;
type Kind = keyof typeof titles;
const kinds: readonly Kind[] = [
  "machine",
  "tile",
  "dma",
  "blockMover",
  "streamer",
  "vector",
  "host",
  "external",
  "l3",
  "l2",
  "scratchpad",
];
/** Of very many components the first are shown; the table says so. */
const mostRows = 64;

/** Every declared figure at the cursor, a table for each kind of component; what a figure means shows on its heading. */
export function StatisticsView(props: ViewProps): JSX.Element {
  return (
    <Show when={props.state.statistics() ?? props.state.finalStatistics()}>
      {(statistics) => (
        <>
          <Expectations expectations={props.state.expectations()} />
          <Insights statistics={statistics()} />
          <For each={kinds}>
            {(kind) => (
              <Figures
                title={titles[kind]}
                definitions={statisticDefinitions[kind]}
                rows={rowsOf(statistics(), kind)}
              />
            )}
          </For>
        </>
      )}
    </Show>
  );
}

/** What a workload expects, and whether it holds at the end. */
function Expectations(props: { readonly expectations: readonly CheckedExpectation[] }): JSX.Element {
  return (
    <Show when={props.expectations.length > 0}>
      <section class="expectations" aria-label="Expected">
        <h2>Expected</h2>
        <ul>
          <For each={props.expectations}>
            {({ expected, isMet, found }) => (
              <li classList={{ unmet: isMet === false }}>
                {isMet === undefined ? "–" : isMet ? "✓" : "✗ not met:"} {expected}
                {found === "" ? "" : `: ${found}`}
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}

/** What stands out up to the cursor, the weightiest first; the rule behind each shows on it. */
function Insights(props: { readonly statistics: Statistics }): JSX.Element {
  const insights = () => insightsOf(props.statistics);
  return (
    <Show when={insights().length > 0}>
      <section class="insights" aria-label="What stands out">
        <h2>What stands out</h2>
        <ol>
          <For each={insights()}>
            {({ rule, finding, cause, action }) => (
              <li title={insightRules[rule]}>
                <b>{finding}</b>: {cause}. Try: {action}.
              </li>
            )}
          </For>
        </ol>
      </section>
    </Show>
  );
}

type Figure = Readonly<Record<string, number>>;

function rowsOf(statistics: Statistics, kind: Kind): readonly Figure[] {
  return kind === "machine" ? [statistics.machine] : statistics[kind];
}

function Figures(props: {
  readonly title: string;
  readonly definitions: readonly StatisticDefinition[];
  readonly rows: readonly Figure[];
}): JSX.Element {
  return (
    <Show when={props.rows.length > 0}>
      <details class="figures" open={props.rows.length <= 4}>
        <summary>
          {props.title} ({props.rows.length})
        </summary>
        <section class="wide" tabindex="0" aria-label={props.title}>
          <table>
            <thead>
              <tr>
                <th scope="col">id</th>
                <For each={props.definitions}>
                  {({ name, unit, definition }) => (
                    <th scope="col" title={`${definition} Unit: ${unit}.`}>
                      {name}
                    </th>
                  )}
                </For>
              </tr>
            </thead>
            <tbody>
              <For each={props.rows.slice(0, mostRows)}>
                {(row, id) => (
                  <tr>
                    <th scope="row">{id()}</th>
                    <For each={props.definitions}>{({ name, unit }) => <td>{shown(row[name] ?? 0, unit)}</td>}</For>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </section>
        <Show when={props.rows.length > mostRows}>
          <p>
            The first {mostRows} of {props.rows.length}.
          </p>
        </Show>
      </details>
    </Show>
  );
}

function shown(value: number, unit: string): string {
  if (unit === "ratio") return `${(100 * value).toFixed(1)} %`;
  return Number.isInteger(value) ? grouped(value) : value.toFixed(3);
}
