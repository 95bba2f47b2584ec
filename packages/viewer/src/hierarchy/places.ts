import type { MemoryKind, TraceOrigin } from "kpu-sim";

/** Kinds of units that a machine has. */
type UnitKind = TraceOrigin["units"][number]["kind"];
type ComponentKind = MemoryKind | UnitKind;

/** A box of the diagram: one memory or unit, or several that stand next to each other. */
export type Place = {
  readonly kind: ComponentKind;
  readonly isMemory: boolean;
  /** Region numbers of memories, unit numbers of units: all that the box stands for. */
  readonly members: readonly number[];
  /** `L2 bank 3`, or `L2 banks 0 to 7`. */
  readonly label: string;
  /** What fits into the box: `3`, or `0-7`. */
  readonly short: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** A class of components with its boxes, and where its name stands. */
export type Row = {
  readonly kind: ComponentKind;
  readonly title: string;
  readonly count: number;
  readonly places: readonly Place[];
  readonly y: number;
  readonly height: number;
};

/** The diagram from the host at the top to the arrays at the bottom, in units of its own. */
export type Diagram = {
  readonly rows: readonly Row[];
  readonly width: number;
  readonly height: number;
  /** The box of each memory by region number, and of each unit by unit number. */
  readonly placeOfMemory: readonly Place[];
  readonly placeOfUnit: readonly Place[];
};

type RowStyle = {
  readonly kind: ComponentKind;
  readonly isMemory: boolean;
  readonly one: string;
  readonly many: string;
  readonly height: number;
};

const memoryHeight = 42;
const unitHeight = 28;
const rowStyles: readonly RowStyle[] = [
  { kind: "host", isMemory: true, one: "Host region", many: "Host regions", height: memoryHeight },
  { kind: "external", isMemory: true, one: "External bank", many: "External banks", height: memoryHeight },
  { kind: "dma", isMemory: false, one: "DMA engine", many: "DMA engines", height: unitHeight },
  { kind: "l3", isMemory: true, one: "L3 tile", many: "L3 tiles", height: memoryHeight },
  { kind: "blockMover", isMemory: false, one: "Block mover", many: "Block movers", height: unitHeight },
  { kind: "l2", isMemory: true, one: "L2 bank", many: "L2 banks", height: memoryHeight },
  { kind: "streamer", isMemory: false, one: "Streamer", many: "Streamers", height: unitHeight },
  { kind: "scratchpad", isMemory: true, one: "Scratchpad", many: "Scratchpads", height: memoryHeight },
  { kind: "tile", isMemory: false, one: "Compute tile", many: "Compute tiles", height: unitHeight + 8 },
  { kind: "vector", isMemory: false, one: "Vector unit", many: "Vector units", height: unitHeight },
];

const size = { width: 600, left: 124, right: 8, top: 8, rowGap: 26, boxGap: 6, mostBoxWidth: 108 };
/** Components of a class that get boxes of their own; of more, several share one. */
export const mostBoxes = 8;

/** Lays out the machine of a run. The same machine always looks the same. */
export function diagramOf({ memories, units }: TraceOrigin): Diagram {
  const placeOfMemory: Place[] = [];
  const placeOfUnit: Place[] = [];
  const rows: Row[] = [];
  let y = size.top;
  for (const style of rowStyles) {
    const all = style.isMemory ? memories : units;
    const numbers = [...all.keys()].filter((number) => all[number]?.kind === style.kind);
    if (numbers.length === 0) continue;
    const places = boxesOf(style, numbers, y);
    const boxes = style.isMemory ? placeOfMemory : placeOfUnit;
    for (const place of places) for (const member of place.members) boxes[member] = place;
    rows.push({
      kind: style.kind,
      title: numbers.length === 1 ? style.one : style.many,
      count: numbers.length,
      places,
      y,
      height: style.height,
    });
    y += style.height + size.rowGap;
  }
  return { rows, width: size.width, height: y - size.rowGap + size.top, placeOfMemory, placeOfUnit };
}

function boxesOf({ kind, isMemory, one, many, height }: RowStyle, numbers: readonly number[], y: number): Place[] {
  const perBox = Math.ceil(numbers.length / mostBoxes);
  const count = Math.ceil(numbers.length / perBox);
  const room = size.width - size.left - size.right;
  const width = Math.min((room + size.boxGap) / count - size.boxGap, size.mostBoxWidth);
  const first = size.left + (room - count * (width + size.boxGap) + size.boxGap) / 2;
  return Array.from({ length: count }, (_, box) => {
    const from = box * perBox;
    const members = numbers.slice(from, from + perBox);
    const last = from + members.length - 1;
    return {
      kind,
      isMemory,
      members,
      label: members.length === 1 ? `${one} ${from}` : `${many} ${from} to ${last}`,
      short: members.length === 1 ? `${from}` : `${from}–${last}`,
      x: first + box * (width + size.boxGap),
      y,
      width,
      height,
    };
  });
}
