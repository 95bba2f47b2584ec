import { traceCauses } from "kpu-sim";
import type { TraceStore } from "../state/trace-store.ts";
import { type Lane, membersOf } from "./lanes.ts";
import type { Flows, PortFlow } from "./port-flows.ts";
import { cycleAt, markDistance, pixelOf, type TimeWindow } from "./time-window.ts";
import { unitBars } from "./unit-bars.ts";
import type { WorkKinds } from "./work-kinds.ts";

export const laneHeight = 20;
export const rulerHeight = 22;
const barTop = 3;
const barHeight = laneHeight - 6;
const waitTop = 12;
const waitHeight = 5;

/** Colours by name, as the page's style has them at present. */
export type Colours = {
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly pane: string;
  readonly accent: string;
  readonly busy: string;
  readonly data: string;
  readonly space: string;
  readonly ports: string;
};

/** The ruler and the marks through all lanes. */
export type Frame = {
  readonly window: TimeWindow;
  readonly height: number;
  readonly marked: { readonly begin: number; readonly end: number } | undefined;
  readonly colours: Colours;
};

export type Picture = Frame & {
  readonly trace: TraceStore;
  /** From top to bottom; a place without a lane stays empty. */
  readonly lanes: readonly (Lane | undefined)[];
  /** Where several runs share a canvas: rows from one lane to the next, and the row of the first. */
  readonly rows?: { readonly every: number; readonly offset: number };
  /** The first lane that is seen, with fractions. */
  readonly firstLane: number;
  readonly flows: Flows;
  readonly cursor: number;
  readonly selected: number | undefined;
  /** Colours work by its kind instead of by what slowed it down. */
  readonly kinds?: WorkKinds | undefined;
};

const everyRow = { every: 1, offset: 0 } as const;

/** Rectangles of one colour, filled together: changing the colour costs more than a rectangle. */
class Rectangles {
  readonly #numbers: number[] = [];

  add(x: number, y: number, width: number, height: number): void {
    this.#numbers.push(x, y, width, height);
  }

  fill(canvas: CanvasRenderingContext2D, colour: string, alpha: number = 1): void {
    canvas.fillStyle = colour;
    canvas.globalAlpha = alpha;
    const numbers = this.#numbers;
    for (let at = 0; at < numbers.length; at += 4) {
      canvas.fillRect(numbers[at] ?? 0, numbers[at + 1] ?? 0, numbers[at + 2] ?? 0, numbers[at + 3] ?? 0);
    }
    canvas.globalAlpha = 1;
  }
}

/** Draws the lanes that are seen: a bar for each piece of work, or for several that share a pixel. */
export function draw(canvas: CanvasRenderingContext2D, picture: Picture): void {
  drawFrame(canvas, picture);
  drawLanes(canvas, picture);
  drawCursor(canvas, picture);
}

/** Clears the canvas and draws what lies below all lanes. */
export function drawFrame(canvas: CanvasRenderingContext2D, frame: Frame): void {
  canvas.clearRect(0, 0, frame.window.width, frame.height);
  drawMarks(canvas, frame);
}

/** Draws the lanes of one run, without ruler and cursor. */
export function drawLanes(canvas: CanvasRenderingContext2D, picture: Picture): void {
  const { window, height, colours, lanes, firstLane, rows: { every, offset } = everyRow } = picture;
  canvas.save();
  canvas.beginPath();
  canvas.rect(0, rulerHeight, window.width, height - rulerHeight);
  canvas.clip();
  const first = Math.max(Math.floor((firstLane - offset) / every), 0);
  const count = Math.ceil((height - rulerHeight) / laneHeight / every) + 1;
  const layers = {
    busy: new Rectangles(),
    slowed: new Rectangles(),
    data: new Rectangles(),
    space: new Rectangles(),
    flow: new Rectangles(),
    kinds: (picture.kinds?.kinds ?? []).map(() => new Rectangles()),
  };
  for (let place = first; place < Math.min(first + count, lanes.length); place++) {
    const lane = lanes[place];
    const y = rulerHeight + (place * every + offset - firstLane) * laneHeight;
    if (lane?.kind === "unit") addUnit(layers, picture, lane.unit, y);
    else if (lane !== undefined) addFlow(layers.flow, picture, lane, y);
  }
  layers.data.fill(canvas, colours.data, 0.7);
  layers.space.fill(canvas, colours.space, 0.7);
  layers.busy.fill(canvas, colours.busy);
  layers.slowed.fill(canvas, colours.ports);
  for (const [place, layer] of layers.kinds.entries()) layer.fill(canvas, picture.kinds?.kinds[place]?.colour ?? "");
  layers.flow.fill(canvas, colours.accent, 0.55);
  drawSelected(canvas, picture);
  canvas.restore();
}

type Layers = Readonly<Record<"busy" | "slowed" | "data" | "space" | "flow", Rectangles>> & {
  readonly kinds: readonly Rectangles[];
};

function addUnit(layers: Layers, { trace, window, kinds }: Picture, unit: number, y: number): void {
  const events = trace.eventsOf(unit);
  const { begin, waitedCycles, cause, slowedByPorts } = trace.columns;
  unitBars(trace, unit, window, (bar) => {
    const x = pixelOf(window, bar.beginCycle);
    const width = Math.max(pixelOf(window, bar.endCycle) - x, 0.7);
    const event = events[bar.first] ?? 0;
    const tall = bar.end - bar.first > 1 ? Math.max(barHeight * bar.busyShare, 1) : barHeight;
    const byState = slowedByPorts[event] === 1 ? layers.slowed : layers.busy;
    const layer = kinds === undefined ? byState : (layers.kinds[kinds.placeOf(event)] ?? byState);
    // Neighbours keep apart by a hair where there is room for it.
    layer.add(x, y + barTop + barHeight - tall, width > 3 ? width - 0.8 : width, tall);
    const waited = waitedCycles[event] ?? 0;
    if (waited === 0) return;
    const from = pixelOf(window, (begin[event] ?? 0) - waited);
    if (x - from < 0.5) return;
    const meaning = traceCauses[cause[event] ?? 0];
    (meaning === "space" ? layers.space : layers.data).add(from, y + waitTop, x - from, waitHeight);
  });
}

function flowOf(flows: Flows, lane: Exclude<Lane, { kind: "unit" }>): PortFlow {
  if (lane.kind === "port") return flows.ofPorts(lane.id, [lane.region]);
  if (lane.kind === "link") return flows.ofLinks(lane.id, [lane.link]);
  const members = membersOf(lane);
  if (members === "ports") return flows.ofPorts(lane.id, lane.members);
  return members === "links" ? flows.ofLinks(lane.id, lane.members) : flows.ofUnits(lane.id, lane.members);
}

/** The share of a port or link that is used, or of a group that is busy, as an area. */
function addFlow(
  layer: Rectangles,
  { flows, window, trace }: Picture,
  lane: Exclude<Lane, { kind: "unit" }>,
  y: number,
): void {
  if (trace.length === 0) return;
  const flow = flowOf(flows, lane);
  for (let x = 0; x < window.width; x++) {
    const share = flow.flow.mean(cycleAt(window, x), cycleAt(window, x + 1)) / flow.bytesPerCycle;
    const tall = Math.min(share, 1) * barHeight;
    if (tall > 0.05) layer.add(x, y + barTop + barHeight - tall, 1, Math.max(tall, 0.7));
  }
}

/** Lines through all lanes at round cycles, and their numbers. */
function drawMarks(canvas: CanvasRenderingContext2D, { window, height, colours, marked }: Frame): void {
  if (marked !== undefined) {
    canvas.globalAlpha = 0.15;
    canvas.fillStyle = colours.accent;
    const x = pixelOf(window, marked.begin);
    canvas.fillRect(x, 0, pixelOf(window, marked.end) - x, height);
    canvas.globalAlpha = 1;
  }
  const distance = markDistance(window, 90);
  canvas.font = "11px system-ui, sans-serif";
  canvas.textBaseline = "middle";
  for (let cycle = Math.ceil(window.begin / distance) * distance; cycle <= window.end; cycle += distance) {
    const x = Math.round(pixelOf(window, cycle)) + 0.5;
    canvas.fillStyle = colours.line;
    canvas.fillRect(x, rulerHeight - 5, 1, height);
    canvas.fillStyle = colours.faint;
    canvas.fillText(cycle.toLocaleString("en"), x + 4, rulerHeight / 2);
  }
}

/** The selected event's outline, and arrows to it from what it waited for and from it to what waited for it. */
function drawSelected(canvas: CanvasRenderingContext2D, picture: Picture): void {
  const { selected, trace, colours } = picture;
  if (selected === undefined) return;
  const { producer } = trace.columns;
  const place = placeOf(picture, selected);
  if (place !== undefined) {
    canvas.strokeStyle = colours.text;
    canvas.lineWidth = 2;
    canvas.strokeRect(place.x, place.y + barTop - 1, Math.max(place.width, 2), barHeight + 2);
  }
  const before = producer[selected] ?? -1;
  if (before >= 0) drawArrow(canvas, picture, before, selected);
  for (const event of consumersOf(trace, selected)) drawArrow(canvas, picture, selected, event);
}

/** Events whose last credit the event gave: they begin when it ends, so few have to be looked at. */
export function consumersOf(trace: TraceStore, event: number): readonly number[] {
  const { producer, end } = trace.columns;
  const consumers: number[] = [];
  const at = end[event] ?? 0;
  for (let unit = 0; unit < trace.unitCount; unit++) {
    const events = trace.eventsOf(unit);
    const place = trace.placeAfter(unit, at);
    for (const candidate of [events[place - 1], events[place]]) {
      if (candidate !== undefined && producer[candidate] === event) consumers.push(candidate);
    }
  }
  return consumers;
}

function placeOf(
  { trace, lanes, firstLane, window, rows: { every, offset } = everyRow }: Picture,
  event: number,
): { readonly x: number; readonly width: number; readonly y: number } | undefined {
  const { unit, begin, end } = trace.columns;
  const lane = lanes.findIndex((each) => each?.kind === "unit" && each.unit === unit[event]);
  if (lane < 0) return undefined;
  const x = pixelOf(window, begin[event] ?? 0);
  return {
    x,
    width: pixelOf(window, end[event] ?? 0) - x,
    y: rulerHeight + (lane * every + offset - firstLane) * laneHeight,
  };
}

function drawArrow(canvas: CanvasRenderingContext2D, picture: Picture, from: number, to: number): void {
  const start = placeOf(picture, from);
  const target = placeOf(picture, to);
  if (start === undefined || target === undefined) return;
  const [x1, y1] = [start.x + start.width, start.y + laneHeight / 2];
  const [x2, y2] = [target.x, target.y + laneHeight / 2];
  canvas.strokeStyle = picture.colours.text;
  canvas.lineWidth = 1.3;
  canvas.beginPath();
  canvas.moveTo(x1, y1);
  canvas.bezierCurveTo(x1 + 24, y1, x2 - 24, y2, x2, y2);
  canvas.moveTo(x2 - 6, y2 - 4);
  canvas.lineTo(x2, y2);
  canvas.lineTo(x2 - 6, y2 + 4);
  canvas.stroke();
}

/** A line through all lanes at the cursor. */
export function drawCursor(
  canvas: CanvasRenderingContext2D,
  { window, height, cursor, colours }: Frame & { readonly cursor: number },
): void {
  const x = pixelOf(window, cursor);
  if (x < 0 || x > window.width) return;
  canvas.fillStyle = colours.accent;
  canvas.fillRect(x - 0.75, 0, 1.5, height);
}
