import { createEffect, createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from "solid-js";
import type { ViewProps } from "../views.ts";
import { draw, laneHeight, rulerHeight } from "./draw.ts";
import { EventDetails } from "./event-details.tsx";
import { lanesOf, openAtFirst } from "./lanes.ts";
import { coloursOf } from "./page-colours.ts";
import { Flows } from "./port-flows.ts";
import { RangeTable } from "./range-table.tsx";
import "./timeline.css";
import { cycleAt, framed, panned, type TimeWindow, wholeRun, zoomed } from "./time-window.ts";

const zoomStep = 1.4;
const panShare = 0.15;
/** A press that moves less than this, in pixels, is a click. */
const dragStart = 4;

/** One lane for each unit and port over the cycles; what is selected is said in words below. */
export function TimelineView(props: ViewProps): JSX.Element {
  const { state } = props;
  let canvas: HTMLCanvasElement | undefined;
  let frame = 0;
  const [size, setSize] = createSignal({ width: 600, height: 300 });
  const [ownWindow, setWindow] = createSignal<TimeWindow>(wholeRun(1, 600));
  /** Until somebody zooms, the whole run is shown however long it becomes. */
  const [isWhole, setWhole] = createSignal(true);
  const [open, setOpen] = createSignal<ReadonlySet<string>>(new Set());
  const [pinned, setPinned] = createSignal<ReadonlySet<string>>(new Set());
  const [firstLane, setFirstLane] = createSignal(0);
  const [selected, setSelected] = createSignal<number>();
  const [drag, setDrag] = createSignal<{ readonly from: number; readonly y: number; readonly isPan: boolean }>();

  const run = state.run;
  const flows = createMemo(() => {
    const loaded = run();
    return loaded === undefined ? undefined : new Flows(loaded.trace, loaded.description.origin);
  });
  createEffect(() => {
    if (run() === undefined) return;
    setWhole(true);
    setSelected(undefined);
    setPinned(new Set<string>());
    setFirstLane(0);
    setOpen(new Set<string>());
  });
  // Groups open once it is known which of them work.
  createEffect(() => {
    const loaded = run();
    state.traceVersion();
    if (loaded === undefined || open().size > 0 || loaded.trace.length === 0) return;
    setOpen(openAtFirst(loaded.description.origin, (unit) => loaded.trace.eventsOf(unit).length > 0));
  });
  const lanes = createMemo(() => {
    const loaded = run();
    return loaded === undefined ? [] : lanesOf(loaded.description.origin, open(), pinned());
  });
  const shown = createMemo((): TimeWindow => {
    const { width } = size();
    return isWhole() ? wholeRun(state.latestCycle(), width) : { ...ownWindow(), width };
  });
  const visibleLanes = createMemo(() => {
    const first = Math.floor(firstLane());
    return lanes().slice(first, first + Math.ceil(size().height / laneHeight) + 1);
  });
  const lastFirstLane = (): number => Math.max(lanes().length - (size().height - rulerHeight) / laneHeight, 0);
  const scroll = (rows: number): void => void setFirstLane(Math.min(Math.max(firstLane() + rows, 0), lastFirstLane()));
  const show = (next: TimeWindow): void => {
    setWhole(false);
    setWindow(next);
  };
  const zoom = (factor: number, pixel: number): void => show(zoomed(shown(), factor, pixel, state.latestCycle()));
  const pan = (pixels: number): void => show(panned(shown(), pixels, state.latestCycle()));

  createEffect(() => {
    const loaded = run();
    const flow = flows();
    state.traceVersion();
    const picture =
      loaded === undefined || flow === undefined
        ? undefined
        : {
            trace: loaded.trace,
            lanes: lanes(),
            firstLane: firstLane(),
            window: shown(),
            height: size().height,
            flows: flow,
            cursor: state.cursor(),
            selected: selected(),
            marked: state.selection(),
          };
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const context = canvas?.getContext("2d");
      if (canvas === undefined || !context || picture === undefined) return;
      const scale = devicePixelRatio;
      canvas.width = picture.window.width * scale;
      canvas.height = picture.height * scale;
      context.setTransform(scale, 0, 0, scale, 0, 0);
      draw(context, { ...picture, colours: coloursOf(canvas) });
    });
  });

  /** The event under a place of the canvas. */
  const eventAt = (x: number, y: number): number | undefined => {
    const lane = lanes()[Math.floor(firstLane() + (y - rulerHeight) / laneHeight)];
    const trace = run()?.trace;
    if (lane?.kind !== "unit" || trace === undefined || y < rulerHeight) return undefined;
    return trace.eventAt(lane.unit, Math.floor(cycleAt(shown(), x)))?.event;
  };
  const select = (event: number | undefined): void => {
    setSelected(event);
    const trace = run()?.trace;
    if (event === undefined || trace === undefined) return;
    state.moveTo(trace.columns.begin[event] ?? 0);
  };
  /** The event before or after the selected one in its lane. */
  const step = (by: number): void => {
    const trace = run()?.trace;
    const event = selected();
    if (trace === undefined || event === undefined) return;
    const events = trace.eventsOf(trace.columns.unit[event] ?? 0);
    const next = events[events.indexOf(event) + by];
    if (next === undefined) return;
    select(next);
    reveal(next);
  };
  const reveal = (event: number): void => {
    const trace = run()?.trace;
    if (trace === undefined) return;
    const from = trace.columns.begin[event] ?? 0;
    const to = trace.columns.end[event] ?? 0;
    if (from < shown().begin || to > shown().end) show(framed(from, to, shown(), state.latestCycle()));
  };

  const place = (event: MouseEvent): { readonly x: number; readonly y: number } => {
    const { left, top } = canvas?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const onPointerDown = (event: PointerEvent): void => {
    const { x, y } = place(event);
    canvas?.setPointerCapture(event.pointerId);
    setDrag({ from: x, y, isPan: event.shiftKey || event.button === 1 || y < rulerHeight });
  };
  const onPointerMove = (event: PointerEvent): void => {
    const held = drag();
    if (held === undefined) return;
    const { x } = place(event);
    if (held.isPan) {
      pan(held.from - x);
      setDrag({ ...held, from: x });
    } else if (Math.abs(x - held.from) >= dragStart) {
      const [begin, end] = [cycleAt(shown(), Math.min(x, held.from)), cycleAt(shown(), Math.max(x, held.from))];
      state.select({ begin: Math.max(Math.floor(begin), 0), end: Math.ceil(end) });
    }
  };
  const onPointerUp = (event: PointerEvent): void => {
    const held = drag();
    setDrag(undefined);
    const { x, y } = place(event);
    if (held === undefined || held.isPan || Math.abs(x - held.from) >= dragStart) return;
    state.select(undefined);
    const found = eventAt(x, y);
    if (found === undefined) {
      setSelected(undefined);
      state.moveTo(cycleAt(shown(), x));
    } else {
      select(found);
    }
  };
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) zoom(event.deltaY > 0 ? zoomStep : 1 / zoomStep, place(event).x);
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX + event.deltaY);
    else scroll(event.deltaY / laneHeight);
  };
  const keys: Readonly<Record<string, () => void>> = {
    w: () => zoom(1 / zoomStep, shown().width / 2),
    s: () => zoom(zoomStep, shown().width / 2),
    a: () => pan(-panShare * shown().width),
    d: () => pan(panShare * shown().width),
    f: () => {
      const event = selected();
      const range = state.selection();
      const trace = run()?.trace;
      if (event !== undefined && trace !== undefined) {
        show(framed(trace.columns.begin[event] ?? 0, trace.columns.end[event] ?? 0, shown(), state.latestCycle()));
      } else if (range !== undefined) {
        show(framed(range.begin, range.end, shown(), state.latestCycle()));
      } else {
        setWhole(true);
      }
    },
    ".": () => step(1),
    ",": () => step(-1),
    ArrowDown: () => scroll(1),
    ArrowUp: () => scroll(-1),
    PageDown: () => scroll(10),
    PageUp: () => scroll(-10),
    Escape: () => {
      setSelected(undefined);
      state.select(undefined);
    },
  };
  const onKey = (event: KeyboardEvent): void => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  const observer = new ResizeObserver(([entry]) => {
    if (entry === undefined) return;
    const { width, height } = entry.contentRect;
    if (width > 0 && height > 0) setSize({ width, height });
  });
  let canvasPlace: HTMLDivElement | undefined;
  onMount(() => {
    if (canvasPlace !== undefined) observer.observe(canvasPlace);
    // Only a listener that is not passive may keep the page from scrolling.
    canvas?.addEventListener("wheel", onWheel, { passive: false });
    addEventListener("keydown", onKey);
  });
  onCleanup(() => {
    observer.disconnect();
    removeEventListener("keydown", onKey);
    cancelAnimationFrame(frame);
  });
  const toggled = (set: ReadonlySet<string>, id: string): ReadonlySet<string> => {
    const next = new Set(set);
    if (!next.delete(id)) next.add(id);
    return next;
  };

  return (
    <div class="timeline">
      <div class="lanes">
        <div class="lane-names" style={{ "padding-top": `${rulerHeight}px` }}>
          <div style={{ transform: `translateY(${-(firstLane() % 1) * laneHeight}px)` }}>
            <For each={visibleLanes()}>
              {(lane) => (
                <div class="lane-name" style={{ height: `${laneHeight}px` }}>
                  {lane.kind === "group" ? (
                    <button
                      type="button"
                      class="group"
                      aria-expanded={lane.isOpen}
                      onClick={() => setOpen(toggled(open(), lane.id))}
                    >
                      {lane.isOpen ? "▾" : "▸"} {lane.title} ({lane.members.length})
                    </button>
                  ) : (
                    <button
                      type="button"
                      aria-pressed={pinned().has(lane.id)}
                      title={pinned().has(lane.id) ? "Unpin" : "Pin to the top"}
                      onClick={() => setPinned(toggled(pinned(), lane.id))}
                    >
                      {lane.title}
                    </button>
                  )}
                </div>
              )}
            </For>
          </div>
        </div>
        <div class="lane-canvas" ref={canvasPlace}>
          <canvas
            ref={canvas}
            role="img"
            aria-label="Timeline: one lane for each unit and port; the table below says what is selected"
            style={{ width: `${size().width}px`, height: `${size().height}px` }}
            onPointerDown={onPointerDown}
            onPointerMove={onPointerMove}
            onPointerUp={onPointerUp}
          />
        </div>
      </div>
      <p class="legend">
        <span class="busy">busy</span> <span class="ports">slowed by ports</span>{" "}
        <span class="data">waiting for data</span> <span class="space">waiting for space</span>
        <span class="hint">W S zoom, A D pan, F fit, drag to select, Shift+drag to pan</span>
      </p>
      <Show when={run()}>
        {(loaded) => (
          <>
            <EventDetails run={loaded()} event={selected()} onSelect={select} />
            <RangeTable run={loaded()} range={state.selection()} />
          </>
        )}
      </Show>
    </div>
  );
}
