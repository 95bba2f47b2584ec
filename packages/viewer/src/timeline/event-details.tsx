import { traceCauses, traceOperations } from "kpu-sim";
import { For, type JSX, Show } from "solid-js";
import { grouped } from "../shell/format.ts";
import type { LoadedRun } from "../state/run-state.ts";
import { consumersOf } from "./draw.ts";

/** What is known of one event, and the events before and after it along the credits. */
export function EventDetails(props: {
  readonly run: LoadedRun;
  readonly event: number | undefined;
  readonly onSelect: (event: number) => void;
}): JSX.Element {
  const nameOf = (event: number): string => {
    const { trace, description } = props.run;
    return `${description.origin.units[trace.columns.unit[event] ?? 0]?.name ?? ""} (${grouped(trace.columns.begin[event] ?? 0)})`;
  };
  const details = () => {
    const { event, run } = props;
    if (event === undefined) return undefined;
    const producer = run.trace.columns.producer[event] ?? -1;
    const consumers = consumersOf(run.trace, event);
    return { rows: rowsOf(run, event), producers: producer >= 0 ? [producer] : [], consumers };
  };
  return (
    <Show when={details()}>
      {(shown) => (
        <section class="details" aria-label="Selected work" aria-live="polite">
          <dl>
            <For each={shown().rows}>
              {([name, value]) => (
                <div>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              )}
            </For>
          </dl>
          <For each={[["Waited last for", shown().producers] as const, ["Then began", shown().consumers] as const]}>
            {([title, events]) => (
              <Show when={events.length > 0}>
                <p>
                  {title}:{" "}
                  <For each={events}>
                    {(event) => (
                      <button type="button" onClick={() => props.onSelect(event)}>
                        {nameOf(event)}
                      </button>
                    )}
                  </For>
                </p>
              </Show>
            )}
          </For>
        </section>
      )}
    </Show>
  );
}

function rowsOf({ trace, description, links }: LoadedRun, event: number): readonly (readonly [string, string])[] {
  const { origin } = description;
  const { columns } = trace;
  const numberOf = (column: ArrayLike<number>): number => column[event] ?? 0;
  const [unit, source, destination] = [columns.unit, columns.source, columns.destination].map(numberOf);
  const [begin, end, bytes] = [numberOf(columns.begin), numberOf(columns.end), numberOf(columns.bytes)];
  const waited = numberOf(columns.waitedCycles);
  const placeOf = (memory: number): string => {
    const { name = "", base = 0 } = origin.memories[memory] ?? {};
    return `${name}, at 0x${base.toString(16)}`;
  };
  const over = Array.from(links.passedBy(unit ?? 0, source ?? 0, destination ?? 0), (link) => links.links[link]?.name);
  return [
    ["unit", origin.units[unit ?? 0]?.name ?? ""],
    ["operation", traceOperations[numberOf(columns.operation)] ?? ""],
    ["from", placeOf(source ?? 0)],
    ["to", placeOf(destination ?? 0)],
    ...(over.length === 0 ? [] : [["over", over.join(", ")] as const]),
    ["bytes", `${grouped(bytes)}, ${(bytes / Math.max(end - begin, 1)).toFixed(1)} a cycle`],
    [
      "cycles",
      `${grouped(begin)} to ${grouped(end)}: ${grouped(end - begin)} (${grouped((end - begin) / origin.clockGhz)} ns)`,
    ],
    ["waited", waited === 0 ? "no" : `${grouped(waited)} cycles for ${traceCauses[numberOf(columns.cause)] ?? ""}`],
    ["slowed by ports", numberOf(columns.slowedByPorts) === 1 ? "yes" : "no"],
  ];
}
