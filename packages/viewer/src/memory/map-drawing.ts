import { grouped, hexText } from "../shell/format.ts";
import type { ChangeMap } from "../state/run-state.ts";
import type { AddressWindow } from "./address-window.ts";
import type { WriteColumn } from "./writes.ts";

/** Margins around the part of the canvas that has data, CSS pixels. */
export const plot = { left: 104, right: 10, top: 6, bottom: 22 };

/** What the canvas shows: a range of cycles to the right, a window of addresses downwards. */
export type MapFrame = {
  readonly width: number;
  readonly height: number;
  readonly window: AddressWindow;
  readonly begin: number;
  readonly end: number;
};

type MapContent = {
  readonly changes: ChangeMap;
  readonly columns: readonly WriteColumn[];
  /** Number of the colour of a unit; 0 for several units. */
  readonly colourOf: (unit: number | undefined) => number;
  readonly base: number;
  readonly cursor: number;
};

/** Offset in the memory and cycle at a point of the canvas. */
export function placeAt(
  { width, height, window, begin, end }: MapFrame,
  { x, y }: { readonly x: number; readonly y: number },
): { readonly offset: number; readonly cycle: number } {
  const across = share(x - plot.left, width - plot.left - plot.right);
  const down = share(y - plot.top, height - plot.top - plot.bottom);
  return {
    offset: window.offset + Math.min(Math.floor(down * window.bytes), window.bytes - 1),
    cycle: Math.round(begin + across * (end - begin)),
  };
}

function share(part: number, whole: number): number {
  return Math.min(Math.max(part / whole, 0), 1);
}

/** Draws everything anew: at most some hundred columns. */
export function drawMap(canvas: HTMLCanvasElement, frame: MapFrame, content: MapContent): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { width, height, begin, end } = frame;
  const scale = devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.scale(scale, scale);
  const styles = getComputedStyle(canvas);
  const colour = (name: string): string => styles.getPropertyValue(name);
  const room = { x: width - plot.left - plot.right, y: height - plot.top - plot.bottom };
  const xOf = (cycle: number): number => plot.left + (room.x * (cycle - begin)) / Math.max(end - begin, 1);
  context.fillStyle = colour("--page");
  context.fillRect(plot.left, plot.top, room.x, room.y);

  const { changes, columns, colourOf } = content;
  const { rows, cells, known } = changes;
  const rowHeight = (room.y * changes.request.bytesPerRow) / frame.window.bytes;
  for (let index = 0; index < Math.min(known, columns.length); index++) {
    const column = columns[index];
    if (column === undefined) continue;
    context.fillStyle = colour(`--writer-${colourOf(column.unit)}`);
    const left = Math.max(xOf(column.begin), plot.left);
    const drawn = Math.max(xOf(column.end) - left, 1.5);
    for (const { first, count, level } of runsOf(cells, index * rows, rows)) {
      context.globalAlpha = 0.35 + 0.65 * level;
      context.fillRect(left, plot.top + first * rowHeight, drawn, Math.max(count * rowHeight, 1));
    }
  }
  context.globalAlpha = 1;
  drawAxes(context, frame, content, colour);
  const x = xOf(content.cursor);
  if (x < plot.left || x > plot.left + room.x) return;
  context.fillStyle = colour("--ports");
  context.fillRect(x - 0.5, plot.top, 1, room.y);
}

type RowRun = { readonly first: number; readonly count: number; readonly level: number };

/** Rows of a column next to each other in which something changed, with the largest share that did. */
export function* runsOf(cells: Uint8Array, start: number, rows: number): Generator<RowRun, void, undefined> {
  let first = -1;
  let most = 0;
  for (let row = 0; row <= rows; row++) {
    const level = row < rows ? (cells[start + row] ?? 0) : 0;
    if (level > 0) {
      if (first < 0) first = row;
      most = Math.max(most, level);
    } else if (first >= 0) {
      yield { first, count: row - first, level: most / 255 };
      first = -1;
      most = 0;
    }
  }
}

function drawAxes(
  context: CanvasRenderingContext2D,
  { width, height, window, begin, end }: MapFrame,
  { base }: MapContent,
  colour: (name: string) => string,
): void {
  const room = { x: width - plot.left - plot.right, y: height - plot.top - plot.bottom };
  context.fillStyle = colour("--faint");
  context.strokeStyle = colour("--line");
  context.font = "11px ui-monospace, monospace";
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (let tick = 0; tick <= 4; tick++) {
    const y = plot.top + (room.y * tick) / 4;
    context.fillText(hexText(base + window.offset + Math.round((window.bytes * tick) / 4)), plot.left - 8, y);
    context.strokeRect(plot.left - 4, y, 4, 0);
  }
  context.strokeRect(plot.left, plot.top, room.x, room.y);
  context.textBaseline = "top";
  for (let tick = 0; tick <= 4; tick++) {
    context.textAlign = tick === 4 ? "right" : tick === 0 ? "left" : "center";
    const x = plot.left + (room.x * tick) / 4;
    context.fillText(grouped(begin + ((end - begin) * tick) / 4), x, height - plot.bottom + 6);
  }
}
