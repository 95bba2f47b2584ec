import { type MemoryKind, memoryKinds, type TraceOrigin } from "kpu-sim";
import { createEffect, createMemo, createSignal, For, type JSX, on, Show, untrack } from "solid-js";
import { byteText, grouped, hexText } from "../shell/format.ts";
import type { ViewProps } from "../views.ts";
import { AddressMap } from "./address-map.tsx";
import {
  type AddressWindow,
  bounded,
  bytesPerMapRow,
  changedWindow,
  moved,
  wholeWindow,
  zoomed,
} from "./address-window.ts";
import { BytesTable } from "./bytes-table.tsx";
import "./memory.css";
import { type Writes, writesInto } from "./writes.ts";
import { writtenCells } from "./written-cells.ts";

const kindNames: Readonly<Record<MemoryKind, string>> = {
  host: "Host region",
  external: "External bank",
  l3: "L3 tile",
  l2: "L2 bank",
  scratchpad: "Scratchpad",
};
/** Cycles at which the memory is looked at for one picture. */
const mostColumns = 400;

type Memory = TraceOrigin["memories"][number];
type Scanned = {
  readonly writes: Writes;
  readonly window: AddressWindow;
  readonly begin: number;
  readonly end: number;
};

/** What was written where and when in one memory, and what it holds at the cursor. */
export function MemoryView(props: ViewProps): JSX.Element {
  const [kind, setKind] = createSignal<MemoryKind>("scratchpad");
  const [id, setId] = createSignal(0);
  const [window, setWindow] = createSignal<AddressWindow>();
  const [tableOffset, setTableOffset] = createSignal(0);
  const [scanned, setScanned] = createSignal<Scanned>();
  const origin = (): TraceOrigin | undefined => props.state.run()?.description.origin;
  const ofKind = createMemo(() => (origin()?.memories ?? []).filter((memory) => memory.kind === kind()));
  const kinds = createMemo(() =>
    memoryKinds.filter((each) => origin()?.memories.some((memory) => memory.kind === each)),
  );
  const memory = (): Memory | undefined => ofKind()[id()];
  const hasValues = (): boolean => props.state.run()?.description.config["timing_only"] !== true;
  let shouldFit = true;

  const show = (next: MemoryKind, number: number): void => {
    setKind(next);
    setId(number);
    setWindow(undefined);
    setTableOffset(0);
    shouldFit = true;
  };
  createEffect(
    on(props.state.run, () => {
      const known = untrack(kinds);
      const [first] = known;
      if (first !== undefined)
        show(known.includes(kind()) ? kind() : first, Math.min(id(), Math.max(ofKind().length - 1, 0)));
    }),
  );
  const timeRange = () => props.state.selection() ?? { begin: 0, end: props.state.latestCycle() };
  const scan = (): void => {
    const [run, known] = [props.state.run(), memory()];
    if (run === undefined || known === undefined || !hasValues()) return;
    const shown = window() ?? wholeWindow(known.capacityBytes);
    const region = run.description.origin.memories.indexOf(known);
    const { begin, end } = timeRange();
    const writes = writesInto(run.trace, region, { begin, end }, mostColumns);
    setScanned({ writes, window: shown, begin, end });
    const bytesPerRow = bytesPerMapRow(shown);
    const { cells, isExact } = writtenCells(run.trace.columns, writes.columns, shown, bytesPerRow);
    props.state.scan(
      { memory: known.kind, id: known.id, ...shown, bytesPerRow, cycles: writes.cycles },
      cells,
      isExact,
    );
  };
  // Looking at the past of a run that goes on would slow it down, so the map waits for its end.
  createEffect(
    on([props.state.run, memory, window, props.state.selection, props.state.isFinished], ([run, , , , isFinished]) => {
      setScanned(undefined);
      if (run !== undefined && isFinished) scan();
    }),
  );
  createEffect(() => {
    const [changes, known] = [props.state.changes(), memory()];
    if (changes === undefined || known === undefined || !changes.isComplete || !shouldFit) return;
    shouldFit = false;
    const fitting = changedWindow(changes, known.capacityBytes);
    if (fitting === undefined) return;
    setTableOffset(fitting.offset);
    if (fitting.bytes < changes.request.bytes / 2) setWindow(fitting);
  });

  const change = (by: (shown: AddressWindow, capacityBytes: number) => AddressWindow): void => {
    const known = memory();
    if (known !== undefined) setWindow(by(window() ?? wholeWindow(known.capacityBytes), known.capacityBytes));
  };
  const button = (sign: string, name: string, run: () => void): JSX.Element => (
    <button type="button" aria-label={name} title={name} onClick={run}>
      {sign}
    </button>
  );
  return (
    <Show when={memory()} fallback={<p>This machine has no memories.</p>}>
      {(known) => (
        <div class="memory">
          <div class="controls">
            <label>
              Memory{" "}
              <select
                value={kind()}
                onChange={({ currentTarget }) =>
                  show(kinds().find((each) => each === currentTarget.value) ?? kind(), 0)
                }
              >
                <For each={kinds()}>{(each) => <option value={each}>{kindNames[each]}</option>}</For>
              </select>
            </label>
            <label>
              <span class="unseen">Number</span>
              <input
                type="number"
                min="0"
                max={ofKind().length - 1}
                value={id()}
                onChange={({ currentTarget }) => {
                  const wanted = Math.trunc(Number(currentTarget.value));
                  show(kind(), Math.min(Math.max(Number.isNaN(wanted) ? 0 : wanted, 0), ofKind().length - 1));
                  currentTarget.value = `${id()}`;
                }}
              />{" "}
              of {ofKind().length}
            </label>
            <span class="group">
              {button("+", "Zoom into the addresses", () => change((shown, most) => zoomed(shown, 0.5, 0.5, most)))}
              {button("−", "Zoom out of the addresses", () => change((shown, most) => zoomed(shown, 2, 0.5, most)))}
              {button("↑", "To lower addresses", () => change((shown, most) => moved(shown, -0.5, most)))}
              {button("↓", "To higher addresses", () => change((shown, most) => moved(shown, 0.5, most)))}
              {button("Fit", "Fit the addresses that were written", () => {
                shouldFit = true;
                setWindow(wholeWindow(known().capacityBytes));
                scan();
              })}
              {button("All", "All of the memory and of the run", () => {
                shouldFit = false;
                setWindow(wholeWindow(known().capacityBytes));
                props.state.select(undefined);
              })}
            </span>
          </div>
          <Show when={hasValues()} fallback={<p>This machine simulates times only: its memories hold no values.</p>}>
            <p class="caption">
              {known().name}, {byteText(known().capacityBytes)} from {hexText(known().base)}.{" "}
              <Show when={scanned()} fallback="What was written where is shown when the run has ended.">
                {(what) => (
                  <>
                    {grouped(what().writes.events)} pieces of work wrote into it from cycle {grouped(what().begin)} to{" "}
                    {grouped(what().end)}
                    <Show when={what().writes.events > what().writes.columns.length}>, several to a column</Show>.
                  </>
                )}
              </Show>
            </p>
            <Show when={scanned()}>
              {(what) => (
                <AddressMap
                  state={props.state}
                  memory={known()}
                  writes={what().writes}
                  window={what().window}
                  begin={what().begin}
                  end={what().end}
                  onPick={(offset, cycle) => {
                    setTableOffset(bounded({ offset, bytes: 16 }, known().capacityBytes).offset);
                    props.state.moveTo(cycle);
                  }}
                  onWindow={(next) => setWindow(bounded(next, known().capacityBytes))}
                />
              )}
            </Show>
            <BytesTable state={props.state} memory={known()} offset={tableOffset()} onOffset={setTableOffset} />
          </Show>
        </div>
      )}
    </Show>
  );
}
