import { type TraceColumns, traceCauses, traceOperations, version } from "@kpu-sim/machine";
import type { ByteOutput } from "../byte-output.ts";
import type { TraceRecording } from "../recording.ts";
import { blockEvents, type TraceEncoder } from "../trace-encoder.ts";
import { utf8Bytes } from "../utf8.ts";
import { crc32 } from "./checksum.ts";
import {
  type BlockKind,
  blockHeadBytes,
  blockKinds,
  blockTailBytes,
  columnHeadBytes,
  eventsHeadBytes,
  type FileColumn,
  fileColumns,
  fileHeadBytes,
  fileVersion,
  magic,
  slowedBit,
} from "./file-layout.ts";
import { packNumbers, widthFor, writeU32, writeU64 } from "./number-bytes.ts";

const mostEventsBlock =
  blockHeadBytes + eventsHeadBytes + fileColumns.length * (columnHeadBytes + 8 * blockEvents) + blockTailBytes;

/** The project's own files: everything that a trace has, in about ten bytes an event. */
export function compactEncoder({ origin, definitions }: TraceRecording, out: ByteOutput): TraceEncoder {
  const values = new Float64Array(blockEvents);
  return {
    begin: () => {
      out.reserve(fileHeadBytes);
      out.bytes.set(magic, out.at);
      writeU32(out.bytes, out.at + magic.length, fileVersion);
      out.at += fileHeadBytes;
      const names = { operations: traceOperations, causes: traceCauses };
      writeJson(out, blockKinds.header, { simulator: version, ...origin, ...names, definitions });
    },
    block: (columns, first) => {
      const count = columns.begin.length;
      out.reserve(mostEventsBlock);
      const start = out.at;
      const target = out.bytes;
      let at = start + blockHeadBytes;
      writeU32(target, at, count);
      writeU64(target, at + 4, first);
      writeU64(target, at + 12, columns.end[0] ?? 0);
      at += eventsHeadBytes;
      for (const column of fileColumns) {
        gather(column, columns, first, values);
        at = packColumn(target, at, values, count);
      }
      closeBlock(target, blockKinds.events, start, at);
      out.at = at + blockTailBytes;
    },
    end: (ending, count, dropped) => writeJson(out, blockKinds.ending, { events: count, dropped, ...ending }),
  };
}

/** The numbers of a column as files have them. */
function gather(column: FileColumn, columns: TraceColumns, first: number, values: Float64Array): void {
  const { begin, end, cause, slowedByPorts, producer } = columns;
  const count = begin.length;
  switch (column) {
    case "later":
      values[0] = 0;
      for (let row = 1; row < count; row++) values[row] = (end[row] ?? 0) - (end[row - 1] ?? 0);
      return;
    case "duration":
      for (let row = 0; row < count; row++) values[row] = (end[row] ?? 0) - (begin[row] ?? 0);
      return;
    case "cause":
      for (let row = 0; row < count; row++) values[row] = (cause[row] ?? 0) + slowedBit * (slowedByPorts[row] ?? 0);
      return;
    case "producer":
      for (let row = 0; row < count; row++) {
        const from = producer[row] ?? -1;
        values[row] = from < 0 ? 0 : first + row - from;
      }
      return;
    case "waited":
      values.set(columns.waitedCycles);
      return;
    default:
      values.set(columns[column]);
  }
}

/** Writes a column in the fewest bytes that all its numbers fit into; returns the place behind it. */
function packColumn(target: Uint8Array, at: number, values: Float64Array, count: number): number {
  let least = values[0] ?? 0;
  let most = least;
  for (let row = 1; row < count; row++) {
    const value = values[row] ?? 0;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  const width = widthFor(most - least);
  target[at] = width;
  writeU64(target, at + 1, least);
  packNumbers(target, at + columnHeadBytes, values, count, least, width);
  return at + columnHeadBytes + width * count;
}

function writeJson(out: ByteOutput, kind: BlockKind, value: unknown): void {
  const contents = utf8Bytes(JSON.stringify(value));
  const length = blockHeadBytes + contents.length;
  out.reserve(length + blockTailBytes);
  out.bytes.set(contents, out.at + blockHeadBytes);
  closeBlock(out.bytes, kind, out.at, out.at + length);
  out.at += length + blockTailBytes;
}

/** Writes what stands before and behind the contents of a block that begins at `start`. */
function closeBlock(target: Uint8Array, kind: BlockKind, start: number, end: number): void {
  writeU32(target, start, kind);
  writeU32(target, start + 4, end - start - blockHeadBytes);
  writeU32(target, end, crc32(target.subarray(start, end)));
}
