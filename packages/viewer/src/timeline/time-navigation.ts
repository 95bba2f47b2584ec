import { type Accessor, createSignal, onCleanup, onMount } from "solid-js";
import type { CycleRange } from "../state/run-state.ts";
import { laneHeight, rulerHeight } from "./draw.ts";
import { cycleAt, framed, panned, type TimeWindow, wholeRun, zoomed } from "./time-window.ts";

const zoomStep = 1.4;
const panShare = 0.15;
/** A press that moves less than this, in pixels, is a click. */
const dragStart = 4;

type Point = { readonly x: number; readonly y: number };
type Size = { readonly width: number; readonly height: number };

/** What navigation needs to know of what is shown, and whom it tells. */
export type Navigated = {
  readonly lastCycle: () => number;
  /** Rows from top to bottom, seen or not. */
  readonly rowCount: () => number;
  /** What F fits: a range, or without one the whole run. */
  readonly fitted: () => CycleRange | undefined;
  readonly onClick: (point: Point) => void;
  readonly onMark: (range: CycleRange) => void;
  /** Keys beside those for zooming, panning and scrolling. */
  readonly keys: Readonly<Record<string, () => void>>;
};

/** The part of time and of the rows that a canvas shows; wheel, pointer and keys move it. To be made in a component. */
export class TimeNavigation {
  readonly #size = createSignal<Size>({ width: 600, height: 300 });
  readonly #ownWindow = createSignal<TimeWindow>(wholeRun(1, 600));
  /** Until somebody zooms, the whole run is shown however long it becomes. */
  readonly #isWhole = createSignal(true);
  readonly #firstLane = createSignal(0);
  readonly size: Accessor<Size> = this.#size[0];
  /** The first row that is seen, with fractions. */
  readonly firstLane: Accessor<number> = this.#firstLane[0];
  readonly #of: Navigated;
  #canvas: HTMLCanvasElement | undefined;
  #drag: { readonly from: number; readonly isPan: boolean } | undefined;

  constructor(of: Navigated) {
    this.#of = of;
    const onKey = (event: KeyboardEvent): void => this.#onKey(event);
    onMount(() => addEventListener("keydown", onKey));
    onCleanup(() => removeEventListener("keydown", onKey));
  }

  /** The cycles that are seen. */
  shown(): TimeWindow {
    const { width } = this.size();
    return this.#isWhole[0]() ? wholeRun(this.#of.lastCycle(), width) : { ...this.#ownWindow[0](), width };
  }

  /** Numbers of the first row that is seen, and of the one behind the last. */
  visibleRows(): { readonly first: number; readonly end: number } {
    const first = Math.floor(this.firstLane());
    return { first, end: first + Math.ceil(this.size().height / laneHeight) + 1 };
  }

  /** The row at a height of the canvas; undefined above the first. */
  rowAt(y: number): number | undefined {
    return y < rulerHeight ? undefined : Math.floor(this.firstLane() + (y - rulerHeight) / laneHeight);
  }

  /** Shows all of a run from its first row on. */
  reset(): void {
    this.#isWhole[1](true);
    this.#firstLane[1](0);
  }

  /** Shows a range with some room around it. */
  frame({ begin, end }: CycleRange): void {
    this.#show(framed(begin, end, this.shown(), this.#of.lastCycle()));
  }

  /** Connects the canvas and the element that gives it its size. */
  attach(canvas: HTMLCanvasElement, room: HTMLElement): void {
    this.#canvas = canvas;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      if (width > 0 && height > 0) this.#size[1]({ width, height });
    });
    observer.observe(room);
    canvas.addEventListener("pointerdown", (event) => this.#onPointerDown(event));
    canvas.addEventListener("pointermove", (event) => this.#onPointerMove(event));
    canvas.addEventListener("pointerup", (event) => this.#onPointerUp(event));
    // Only a listener that is not passive may keep the page from scrolling.
    canvas.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    onCleanup(() => observer.disconnect());
  }

  #scroll(rows: number): void {
    const last = Math.max(this.#of.rowCount() - (this.size().height - rulerHeight) / laneHeight, 0);
    this.#firstLane[1](Math.min(Math.max(this.firstLane() + rows, 0), last));
  }

  #show(next: TimeWindow): void {
    this.#isWhole[1](false);
    this.#ownWindow[1](next);
  }

  #zoom(factor: number, pixel: number): void {
    this.#show(zoomed(this.shown(), factor, pixel, this.#of.lastCycle()));
  }

  #pan(pixels: number): void {
    this.#show(panned(this.shown(), pixels, this.#of.lastCycle()));
  }

  #pointOf(event: MouseEvent): Point {
    const { left, top } = this.#canvas?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #onPointerDown(event: PointerEvent): void {
    const { x, y } = this.#pointOf(event);
    this.#canvas?.setPointerCapture(event.pointerId);
    this.#drag = { from: x, isPan: event.shiftKey || event.button === 1 || y < rulerHeight };
  }

  #onPointerMove(event: PointerEvent): void {
    const held = this.#drag;
    if (held === undefined) return;
    const { x } = this.#pointOf(event);
    if (held.isPan) {
      this.#pan(held.from - x);
      this.#drag = { ...held, from: x };
    } else if (Math.abs(x - held.from) >= dragStart) {
      const window = this.shown();
      const [begin, end] = [cycleAt(window, Math.min(x, held.from)), cycleAt(window, Math.max(x, held.from))];
      this.#of.onMark({ begin: Math.max(Math.floor(begin), 0), end: Math.ceil(end) });
    }
  }

  #onPointerUp(event: PointerEvent): void {
    const held = this.#drag;
    this.#drag = undefined;
    const point = this.#pointOf(event);
    if (held === undefined || held.isPan || Math.abs(point.x - held.from) >= dragStart) return;
    this.#of.onClick(point);
  }

  #onWheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      this.#zoom(event.deltaY > 0 ? zoomStep : 1 / zoomStep, this.#pointOf(event).x);
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.#pan(event.deltaX + event.deltaY);
    } else {
      this.#scroll(event.deltaY / laneHeight);
    }
  }

  #onKey(event: KeyboardEvent): void {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
    const act = this.#of.keys[event.key] ?? this.#actOf(event.key);
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  #actOf(key: string): (() => void) | undefined {
    const { width } = this.size();
    const acts: Readonly<Record<string, () => void>> = {
      w: () => this.#zoom(1 / zoomStep, width / 2),
      s: () => this.#zoom(zoomStep, width / 2),
      a: () => this.#pan(-panShare * width),
      d: () => this.#pan(panShare * width),
      f: () => {
        const range = this.#of.fitted();
        if (range === undefined) this.#isWhole[1](true);
        else this.frame(range);
      },
      ArrowDown: () => this.#scroll(1),
      ArrowUp: () => this.#scroll(-1),
      PageDown: () => this.#scroll(10),
      PageUp: () => this.#scroll(-10),
    };
    return acts[key];
  }
}
