import type { TraceOrigin } from "kpu-sim";
import { createEffect, createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from "solid-js";
import { grouped, hexText } from "../shell/format.ts";
import type { RunState } from "../state/run-state.ts";
import type { AddressWindow } from "./address-window.ts";
import { drawMap, type MapFrame, placeAt } from "./map-drawing.ts";
import type { Writes } from "./writes.ts";

type Props = {
  readonly state: RunState;
  readonly memory: TraceOrigin["memories"][number];
  readonly writes: Writes;
  readonly window: AddressWindow;
  readonly begin: number;
  readonly end: number;
  readonly onPick: (offset: number, cycle: number) => void;
  readonly onWindow: (window: AddressWindow) => void;
};

const height = 260;
/** Colours for so many units; the others share one. */
const mostColours = 6;

/** A canvas with time to the right and addresses downwards; what was written is filled in the colour of the unit that wrote it. */
export function AddressMap(props: Props): JSX.Element {
  const [width, setWidth] = createSignal(600);
  const [hover, setHover] = createSignal<{ readonly x: number; readonly y: number }>();
  let canvas: HTMLCanvasElement | undefined;
  let drag: { readonly x: number; readonly y: number } | undefined;
  const origin = () => props.state.run()?.description.origin;
  /** Units in order of how often they wrote. */
  const writers = createMemo(() => {
    const counts = new Map<number, number>();
    for (const { unit, members } of props.writes.columns) {
      if (unit !== undefined) counts.set(unit, (counts.get(unit) ?? 0) + members.length);
    }
    return [...counts].sort(([, one], [, other]) => other - one).map(([unit]) => unit);
  });
  const colourOf = (unit: number | undefined): number => {
    const place = unit === undefined ? -1 : writers().indexOf(unit);
    return place >= 0 && place < mostColours ? place + 1 : 0;
  };
  const frame = (): MapFrame => ({
    width: width(),
    height,
    window: props.window,
    begin: props.begin,
    end: props.end,
  });
  onMount(() => {
    if (canvas === undefined) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(entry?.contentRect.width ?? 600, 200)));
    observer.observe(canvas);
    onCleanup(() => observer.disconnect());
  });
  createEffect(() => {
    const changes = props.state.changes();
    if (canvas === undefined || changes === undefined) return;
    drawMap(canvas, frame(), {
      changes,
      columns: props.writes.columns,
      colourOf,
      base: props.memory.base,
      cursor: props.state.cursor(),
    });
  });
  const pointOf = ({ clientX, clientY }: MouseEvent): { readonly x: number; readonly y: number } => {
    const box = canvas?.getBoundingClientRect();
    return { x: clientX - (box?.left ?? 0), y: clientY - (box?.top ?? 0) };
  };
  const hoverText = (): string => {
    const point = hover();
    if (point === undefined) return "";
    const { offset, cycle } = placeAt(frame(), point);
    const column = props.writes.columns.findLast(({ begin }) => begin <= cycle);
    const written = props.writes.columns.filter(({ begin, end }) => begin <= cycle && cycle < end);
    const names = written.map(({ unit, members }) =>
      unit === undefined ? `${members.length} pieces of work` : (origin()?.units[unit]?.name ?? ""),
    );
    const by = names.length === 0 ? "" : `; writing then: ${names.slice(0, 4).join(", ")}`;
    const last = names.length > 0 || column === undefined ? "" : `; last write until cycle ${grouped(column.end)}`;
    return `${hexText(props.memory.base + offset)} at cycle ${grouped(cycle)}${by}${last}`;
  };
  return (
    <figure class="map">
      <canvas
        ref={(element) => {
          canvas = element;
        }}
        style={{ height: `${height}px` }}
        role="img"
        aria-label={`Writes into ${props.memory.name} over time: ${props.writes.events} pieces of work. The table below shows the bytes at the cursor.`}
        onPointerDown={(event) => {
          drag = pointOf(event);
        }}
        onPointerMove={(event) => setHover(pointOf(event))}
        onPointerLeave={() => {
          drag = undefined;
          setHover(undefined);
        }}
        onPointerUp={(event) => {
          const [from, to] = [drag, pointOf(event)];
          drag = undefined;
          if (from === undefined) return;
          const [one, other] = [placeAt(frame(), from), placeAt(frame(), to)];
          if (Math.abs(from.x - to.x) < 5 && Math.abs(from.y - to.y) < 5) {
            props.onPick(one.offset, one.cycle);
            return;
          }
          if (Math.abs(from.x - to.x) >= 5) {
            props.state.select({ begin: Math.min(one.cycle, other.cycle), end: Math.max(one.cycle, other.cycle) });
          }
          const offset = Math.min(one.offset, other.offset);
          if (Math.abs(from.y - to.y) >= 5) props.onWindow({ offset, bytes: Math.abs(one.offset - other.offset) });
        }}
      />
      <figcaption>
        <span class="writers">
          <For each={writers().slice(0, mostColours)}>
            {(unit) => (
              <span>
                <span class={`swatch writer-${colourOf(unit)}`} /> {origin()?.units[unit]?.name}
              </span>
            )}
          </For>
          <Show when={writers().length > mostColours || props.writes.columns.some(({ unit }) => unit === undefined)}>
            <span>
              <span class="swatch writer-0" /> others, or several
            </span>
          </Show>
        </span>
        <span class="faint">{hoverText() || "Click: the bytes there and then. Drag: zoom."}</span>
      </figcaption>
    </figure>
  );
}
