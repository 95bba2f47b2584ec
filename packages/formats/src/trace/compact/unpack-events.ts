import { emptyTraceColumns, type TraceColumns } from "@kpu-sim/machine";
import { columnHeadBytes, eventsHeadBytes, fileColumns, mostBlockEvents, slowedBit } from "./file-layout.ts";
import { readU32, readU64, unpackNumbers, widths } from "./number-bytes.ts";

/** What the numbers of a file must stay below, and what operations and causes are called now. */
export type FileNumbers = {
  readonly units: number;
  readonly memories: number;
  /** By number in the file: number in `traceOperations` and `traceCauses`. */
  readonly operations: readonly number[];
  readonly causes: readonly number[];
};

/** Why the contents of a block are none. */
export class BlockFault extends Error {}

/** How many events a block has, and the number of the first. Errors: BlockFault. */
export function eventsHead(contents: Uint8Array): { readonly count: number; readonly first: number } {
  if (contents.length < eventsHeadBytes) throw new BlockFault(`a block of events has only ${contents.length} bytes`);
  const count = readU32(contents, 0);
  if (count === 0 || count > mostBlockEvents) {
    throw new BlockFault(`a block of events has ${count}; from 1 to ${mostBlockEvents} fit`);
  }
  return { count, first: readU64(contents, 4) };
}

/** The events of a block. Errors: BlockFault for what no trace can have. */
export function unpackEvents(contents: Uint8Array, numbers: FileNumbers): TraceColumns {
  const { count, first } = eventsHead(contents);
  const columns = emptyTraceColumns(count);
  const values = new Float64Array(count);
  let at = eventsHeadBytes;
  for (const column of fileColumns) {
    const width = contents[at] ?? -1;
    if (!widths.some((known) => known === width))
      throw new BlockFault(`column ${column} has numbers of ${width} bytes`);
    const next = at + columnHeadBytes + width * count;
    if (next > contents.length) throw new BlockFault(`column ${column} ends behind the end of its block`);
    unpackNumbers(contents, at + columnHeadBytes, values, count, readU64(contents, at + 1), width);
    takers[column](columns, values, { ...numbers, first, firstEnd: readU64(contents, 12) });
    at = next;
  }
  if (at !== contents.length) throw new BlockFault(`${contents.length - at} bytes behind the last column`);
  return columns;
}

type Surroundings = FileNumbers & { readonly first: number; readonly firstEnd: number };
type Taker = (columns: TraceColumns, values: Float64Array, surroundings: Surroundings) => void;

/** How the numbers of a file become columns; later ones use earlier ones. */
const takers: Readonly<Record<(typeof fileColumns)[number], Taker>> = {
  later: ({ end }, values, { firstEnd }) => {
    let cycle = firstEnd;
    for (let row = 0; row < values.length; row++) {
      cycle += values[row] ?? 0;
      end[row] = cycle;
    }
    requireAtMost(end, Number.MAX_SAFE_INTEGER, "end");
  },
  duration: ({ begin, end }, values) => {
    for (let row = 0; row < values.length; row++) {
      const from = (end[row] ?? 0) - (values[row] ?? 0);
      if (from < 0) throw new BlockFault(`an event begins ${-from} cycles before cycle 0`);
      begin[row] = from;
    }
  },
  waited: ({ waitedCycles }, values) => {
    requireAtMost(values, Number.MAX_SAFE_INTEGER, "waited");
    waitedCycles.set(values);
  },
  bytes: ({ bytes }, values) => {
    requireAtMost(values, Number.MAX_SAFE_INTEGER, "bytes");
    bytes.set(values);
  },
  unit: ({ unit }, values, { units }) => {
    requireAtMost(values, units - 1, "unit");
    unit.set(values);
  },
  source: ({ source }, values, { memories }) => {
    requireAtMost(values, memories - 1, "source");
    source.set(values);
  },
  destination: ({ destination }, values, { memories }) => {
    requireAtMost(values, memories - 1, "destination");
    destination.set(values);
  },
  operation: ({ operation }, values, { operations }) => {
    requireAtMost(values, operations.length - 1, "operation");
    for (let row = 0; row < values.length; row++) operation[row] = operations[values[row] ?? 0] ?? 0;
  },
  cause: ({ cause, slowedByPorts }, values, { causes }) => {
    requireAtMost(values, 2 * slowedBit - 1, "cause");
    for (let row = 0; row < values.length; row++) {
      const code = values[row] ?? 0;
      const known = causes[code % slowedBit];
      if (known === undefined) throw new BlockFault(`cause ${code} of an event is above ${causes.length - 1}`);
      cause[row] = known;
      slowedByPorts[row] = code >= slowedBit ? 1 : 0;
    }
  },
  producer: ({ producer }, values, { first }) => {
    for (let row = 0; row < values.length; row++) {
      const distance = values[row] ?? 0;
      if (distance > first + row) throw new BlockFault(`event ${first + row} has its producer before the first event`);
      producer[row] = distance === 0 ? -1 : first + row - distance;
    }
  },
};

function requireAtMost(values: Float64Array, most: number, column: string): void {
  for (const value of values) {
    if (value > most) throw new BlockFault(`${column} ${value} of an event is above ${most}`);
  }
}
