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
    const { event } = props;
    if (event === undefined) return undefined;
    const { trace, description } = props.run;
    const { columns } = trace;
    const { memories, clockGhz } = description.origin;
    const begin = columns.begin[event] ?? 0;
    const end = columns.end[event] ?? 0;
    const bytes = columns.bytes[event] ?? 0;
    const waited = columns.waitedCycles[event] ?? 0;
    const source = memories[columns.source[event] ?? 0];
    const destination = memories[columns.destination[event] ?? 0];
    const rows: readonly (readonly [string, string])[] = [
      ["unit", description.origin.units[columns.unit[event] ?? 0]?.name ?? ""],
      ["operation", traceOperations[columns.operation[event] ?? 0] ?? ""],
      ["from", `${source?.name ?? ""}, at 0x${(source?.base ?? 0).toString(16)}`],
      ["to", `${destination?.name ?? ""}, at 0x${(destination?.base ?? 0).toString(16)}`],
      ["bytes", `${grouped(bytes)}, ${(bytes / Math.max(end - begin, 1)).toFixed(1)} a cycle`],
      [
        "cycles",
        `${grouped(begin)} to ${grouped(end)}: ${grouped(end - begin)} (${grouped((end - begin) / clockGhz)} ns)`,
      ],
      ["waited", waited === 0 ? "no" : `${grouped(waited)} cycles for ${traceCauses[columns.cause[event] ?? 0] ?? ""}`],
      ["slowed by ports", columns.slowedByPorts[event] === 1 ? "yes" : "no"],
    ];
    const producer = columns.producer[event] ?? -1;
    return { rows, producers: producer >= 0 ? [producer] : [], consumers: consumersOf(trace, event) };
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
