import { createEffect, createSignal, type JSX, onCleanup, onMount } from "solid-js";
import { coloursOf } from "../timeline/page-colours.ts";
import { elementAt, type GridFrame, gridFrame } from "./grid-frame.ts";

type Colours = ReturnType<typeof coloursOf>;
type Element = { readonly row: number; readonly col: number };

/** What one element of the array looks like. */
export type Cell = {
  readonly colour: string;
  /** Of the colour, from 0 to 1. */
  readonly alpha: number;
  /** Written into the cell where there is room for it. */
  readonly lines: readonly string[];
};

/** The elements of an array as a grid; a click picks one, which is outlined. */
export function GridCanvas(props: {
  readonly rows: number;
  readonly cols: number;
  readonly height: number;
  readonly label: string;
  readonly picked: Element;
  readonly onPick: (element: Element) => void;
  /** Looks at all that the picture depends on, and gives how a cell looks; `place` is row-major. */
  readonly cells: () => ((place: number, colours: Colours, hasText: boolean) => Cell) | undefined;
}): JSX.Element {
  const [width, setWidth] = createSignal(400);
  let canvas: HTMLCanvasElement | undefined;
  let room: HTMLDivElement | undefined;
  const frame = () => gridFrame(props.rows, props.cols, width(), props.height);
  onMount(() => {
    if (room === undefined) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(entry?.contentRect.width ?? 400, 100)));
    observer.observe(room);
    onCleanup(() => observer.disconnect());
  });
  createEffect(() => {
    const [shown, cellOf, picked] = [frame(), props.cells(), props.picked];
    if (canvas === undefined || cellOf === undefined) return;
    drawGrid(canvas, shown, picked, cellOf);
  });
  return (
    <div
      class="grid-room"
      ref={(element) => {
        room = element;
      }}
    >
      <canvas
        ref={(element) => {
          canvas = element;
        }}
        role="img"
        aria-label={props.label}
        onClick={(event) => {
          const { left, top } = event.currentTarget.getBoundingClientRect();
          const element = elementAt(frame(), event.clientX - left, event.clientY - top);
          if (element !== undefined) props.onPick(element);
        }}
      />
    </div>
  );
}

function drawGrid(
  canvas: HTMLCanvasElement,
  frame: GridFrame,
  picked: Element,
  cellOf: (place: number, colours: Colours, hasText: boolean) => Cell,
): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { rows, cols, cellWidth, cellHeight, hasText } = frame;
  const [width, height] = [cols * cellWidth, rows * cellHeight];
  const scale = devicePixelRatio;
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context.scale(scale, scale);
  const colours = coloursOf(canvas);
  // Lines between cells only where they do not cover the cells.
  const gap = cellWidth >= 6 && cellHeight >= 6 ? 1 : 0;
  context.fillStyle = gap === 0 ? colours.pane : colours.line;
  context.fillRect(0, 0, width, height);
  context.font = "10px ui-monospace, monospace";
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let place = 0; place < rows * cols; place++) {
    const [x, y] = [(place % cols) * cellWidth, Math.floor(place / cols) * cellHeight];
    const { colour, alpha, lines } = cellOf(place, colours, hasText);
    context.fillStyle = colours.pane;
    context.fillRect(x, y, cellWidth - gap, cellHeight - gap);
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    context.fillRect(x, y, cellWidth - gap, cellHeight - gap);
    context.globalAlpha = 1;
    if (!hasText) continue;
    context.fillStyle = colours.text;
    for (const [line, text] of lines.entries()) {
      context.fillText(text, x + cellWidth - 4, y + ((line + 0.5) * cellHeight) / lines.length, cellWidth - 7);
    }
  }
  context.strokeStyle = colours.text;
  context.lineWidth = 2;
  context.strokeRect(picked.col * cellWidth, picked.row * cellHeight, cellWidth, cellHeight);
}
