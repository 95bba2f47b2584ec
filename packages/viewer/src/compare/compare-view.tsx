import { createMemo, createSignal, type JSX, Show } from "solid-js";
import { grouped } from "../shell/format.ts";
import type { FinishedRun, LoadedRun } from "../state/run-state.ts";
import { type Colours, drawCursor, drawFrame, drawLanes, laneHeight, rulerHeight } from "../timeline/draw.ts";
import { LaneNames } from "../timeline/lane-names.tsx";
import { type Lane, lanesOf, openAtFirst, toggled } from "../timeline/lanes.ts";
import { Flows } from "../timeline/port-flows.ts";
import { TimeCanvas } from "../timeline/time-canvas.tsx";
import { TimeNavigation } from "../timeline/time-navigation.ts";
import "../timeline/timeline.css";
import { cycleAt } from "../timeline/time-window.ts";
import { TimelineLegend } from "../timeline/timeline-legend.tsx";
import type { ViewProps } from "../views.ts";
import { DifferenceTable } from "../what-if/difference-table.tsx";
import "./compare.css";
import { eitherOf, pairedLanes } from "./paired-lanes.ts";

/** Two runs on one axis of time, A above B in every lane, and their figures. */
export function CompareView(props: ViewProps): JSX.Element {
  const { state } = props;
  return (
    <div class="compare">
      <div class="controls">
        <button type="button" disabled={!state.isFinished()} onClick={() => state.keepAsBaseline()}>
          Keep this run as A
        </button>
        <button type="button" onClick={() => props.show("what-if")}>
          Edit in What if
        </button>
      </div>
      <Show
        when={state.baseline()}
        keyed
        fallback={
          <p>
            No run has been kept. Keep the present one as A; what is simulated or opened then is B: an edit in What if,
            another run, a trace or a configuration.
          </p>
        }
      >
        {(a) => (
          <Show when={state.run()} keyed>
            {(b) => (
              <Show
                when={a.run !== b}
                fallback={<p>A is the run that is shown. Edit it in What if, choose another run, or open a file.</p>}
              >
                <PairedTimelines state={state} a={a} b={b} />
                <DifferenceTable state={state} />
              </Show>
            )}
          </Show>
        )}
      </Show>
    </div>
  );
}

function PairedTimelines(
  props: Pick<ViewProps, "state"> & { readonly a: FinishedRun; readonly b: LoadedRun },
): JSX.Element {
  const { state, a, b } = props;
  const [open, setOpen] = createSignal<ReadonlySet<string>>(
    openAtFirst(a.run.description.origin, (unit) => a.run.trace.eventsOf(unit).length > 0),
  );
  const none: ReadonlySet<string> = new Set();
  const lanesIn = ({ description, links }: LoadedRun): readonly Lane[] =>
    lanesOf({ origin: description.origin, links: links.links }, open(), none);
  const pairs = createMemo(() => pairedLanes(lanesIn(a.run), lanesIn(b)));
  const runs = [
    { name: "A", run: a.run, flows: new Flows(a.run) },
    { name: "B", run: b, flows: new Flows(b) },
  ] as const;
  const navigation = new TimeNavigation({
    lastCycle: () => Math.max(a.latestCycle, state.latestCycle()),
    rowCount: () => runs.length * pairs().length,
    fitted: state.selection,
    onMark: (range) => state.select(range),
    onClick: ({ x }) => {
      state.select(undefined);
      state.moveTo(cycleAt(navigation.shown(), x));
    },
    keys: { Escape: () => state.select(undefined) },
  });
  const painter = () => {
    state.traceVersion();
    const frame = { window: navigation.shown(), height: navigation.size().height, marked: state.selection() };
    const [lanes, firstLane, cursor] = [pairs(), navigation.firstLane(), state.cursor()];
    return (canvas: CanvasRenderingContext2D, colours: Colours): void => {
      drawFrame(canvas, { ...frame, colours });
      for (const [offset, { name, run, flows }] of runs.entries()) {
        drawLanes(canvas, {
          ...frame,
          colours,
          trace: run.trace,
          flows,
          lanes: lanes.map((pair) => (offset === 0 ? pair.a : pair.b)),
          firstLane,
          rows: { every: runs.length, offset },
          cursor,
          selected: undefined,
        });
        for (let place = 0; place < lanes.length; place++) {
          const y = rulerHeight + (place * runs.length + offset - firstLane + 0.5) * laneHeight;
          if (y < rulerHeight || y > frame.height) continue;
          canvas.fillStyle = colours.pane;
          canvas.fillRect(0, y - 7, 12, 14);
          canvas.fillStyle = colours.text;
          canvas.fillText(name, 2, y);
        }
      }
      drawCursor(canvas, { ...frame, colours, cursor });
    };
  };
  return (
    <section class="timeline" aria-label="Two timelines">
      <p class="caption">
        <b>A</b> {a.title}: {grouped(a.latestCycle)} cycles. <b>B</b> {b.description.title}:{" "}
        {grouped(state.latestCycle())} cycles.
      </p>
      <div class="lanes">
        <LaneNames
          navigation={navigation}
          lanes={pairs().flatMap(eitherOf)}
          rowsOfLane={runs.length}
          onOpen={(id) => setOpen(toggled(open(), id))}
        />
        <TimeCanvas
          navigation={navigation}
          label={`Timelines of two runs, A above B in each lane: A takes ${a.latestCycle} cycles, B ${state.latestCycle()}`}
          painter={painter}
        />
      </div>
      <TimelineLegend hint="W S zoom, A D pan, F fit, drag to mark, Shift+drag to pan; the cursor is in B" />
    </section>
  );
}
