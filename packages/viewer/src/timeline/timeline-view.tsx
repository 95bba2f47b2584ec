import { createEffect, createMemo, createSignal, type JSX, on, Show } from "solid-js";
import type { CycleRange } from "../state/run-state.ts";
import type { ViewProps } from "../views.ts";
import { draw } from "./draw.ts";
import { EventDetails } from "./event-details.tsx";
import { LaneNames } from "./lane-names.tsx";
import { lanesOf, openAtFirst, toggled } from "./lanes.ts";
import { Flows } from "./port-flows.ts";
import { RangeTable } from "./range-table.tsx";
import { TimeCanvas } from "./time-canvas.tsx";
import { TimeNavigation } from "./time-navigation.ts";
import "./timeline.css";
import { cycleAt } from "./time-window.ts";
import { type ColouredBy, TimelineLegend } from "./timeline-legend.tsx";
import { WorkKinds } from "./work-kinds.ts";

/** One lane for each unit, port and link over the cycles; what is selected is said in words below. */
export function TimelineView(props: ViewProps): JSX.Element {
  const { state } = props;
  const [open, setOpen] = createSignal<ReadonlySet<string>>(new Set());
  const [pinned, setPinned] = createSignal<ReadonlySet<string>>(new Set());
  const run = state.run;
  const flows = createMemo(() => {
    const loaded = run();
    return loaded === undefined ? undefined : new Flows(loaded);
  });
  const [colouredBy, setColouredBy] = createSignal<ColouredBy>("state");
  const workKinds = createMemo(() => {
    const loaded = run();
    if (loaded === undefined || colouredBy() === "state") return undefined;
    return new WorkKinds(loaded.trace, loaded.description.origin);
  });
  const shownKinds = createMemo(() => {
    state.traceVersion();
    return workKinds()?.kinds.slice();
  });
  const lanes = createMemo(() => {
    const loaded = run();
    if (loaded === undefined) return [];
    return lanesOf({ origin: loaded.description.origin, links: loaded.links.links }, open(), pinned());
  });
  const rangeOf = (event: number | undefined): CycleRange | undefined => {
    const columns = run()?.trace.columns;
    if (event === undefined || columns === undefined) return undefined;
    return { begin: columns.begin[event] ?? 0, end: columns.end[event] ?? 0 };
  };
  const select = (event: number | undefined): void => {
    state.selectEvent(event);
    const range = rangeOf(event);
    if (range !== undefined) state.moveTo(range.begin);
  };
  /** The event before or after the selected one in its lane. */
  const step = (by: number): void => {
    const trace = run()?.trace;
    const event = state.selectedEvent();
    if (trace === undefined || event === undefined) return;
    const events = trace.eventsOf(trace.columns.unit[event] ?? 0);
    const next = events[events.indexOf(event) + by];
    const range = rangeOf(next);
    if (range === undefined) return;
    select(next);
    const shown = navigation.shown();
    if (range.begin < shown.begin || range.end > shown.end) navigation.frame(range);
  };
  const navigation = new TimeNavigation({
    lastCycle: state.latestCycle,
    rowCount: () => lanes().length,
    fitted: () => rangeOf(state.selectedEvent()) ?? state.selection(),
    onMark: (range) => state.select(range),
    onClick: ({ x, y }) => {
      state.select(undefined);
      const lane = lanes()[navigation.rowAt(y) ?? -1];
      const cycle = cycleAt(navigation.shown(), x);
      const found = lane?.kind === "unit" ? run()?.trace.eventAt(lane.unit, Math.floor(cycle))?.event : undefined;
      select(found);
      if (found === undefined) state.moveTo(cycle);
    },
    keys: {
      ".": () => step(1),
      ",": () => step(-1),
      Escape: () => {
        state.selectEvent(undefined);
        state.select(undefined);
      },
    },
  });
  createEffect(
    on(run, () => {
      navigation.reset();
      setPinned(new Set<string>());
      setOpen(new Set<string>());
    }),
  );
  // Groups open once it is known which of them work.
  createEffect(() => {
    const loaded = run();
    state.traceVersion();
    if (loaded === undefined || open().size > 0 || loaded.trace.length === 0) return;
    setOpen(openAtFirst(loaded.description.origin, (unit) => loaded.trace.eventsOf(unit).length > 0));
  });
  const painter = () => {
    const [loaded, flow] = [run(), flows()];
    state.traceVersion();
    if (loaded === undefined || flow === undefined) return undefined;
    const picture = {
      trace: loaded.trace,
      lanes: lanes(),
      firstLane: navigation.firstLane(),
      window: navigation.shown(),
      height: navigation.size().height,
      flows: flow,
      cursor: state.cursor(),
      selected: state.selectedEvent(),
      marked: state.selection(),
      kinds: workKinds(),
    };
    return (canvas: CanvasRenderingContext2D, colours: Parameters<typeof draw>[1]["colours"]) =>
      draw(canvas, { ...picture, colours });
  };
  return (
    <div class="timeline">
      <div class="lanes">
        <LaneNames
          navigation={navigation}
          lanes={lanes()}
          rowsOfLane={1}
          onOpen={(id) => setOpen(toggled(open(), id))}
          pinning={{ pinned: pinned(), onPin: (id) => setPinned(toggled(pinned(), id)) }}
        />
        <TimeCanvas
          navigation={navigation}
          label="Timeline: one lane for each unit, port and link; the table below says what is selected"
          painter={painter}
        />
      </div>
      <TimelineLegend
        hint="W S zoom, A D pan, F fit, drag to select, Shift+drag to pan"
        kinds={shownKinds()}
        onChoose={setColouredBy}
      />
      <Show when={run()}>
        {(loaded) => (
          <>
            <EventDetails run={loaded()} event={state.selectedEvent()} onSelect={select} />
            <RangeTable run={loaded()} range={state.selection()} />
          </>
        )}
      </Show>
    </div>
  );
}
