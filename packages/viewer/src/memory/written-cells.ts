import { type TraceColumns, traceOperations } from "kpu-sim";
import type { AddressWindow } from "./address-window.ts";
import type { WriteColumn } from "./writes.ts";

/**
 * The cells of the map that work has written, whatever it wrote, as far as the trace knows: for each column and row 0 to 255, the share
 * of its bytes. `isExact` where it knows all of them: a transfer that left gaps has only its extent in the trace, and is left out.
 */
export function writtenCells(
  { writtenExtent, destinationOffset, bytes, operation }: TraceColumns,
  columns: readonly WriteColumn[],
  window: AddressWindow,
  bytesPerRow: number,
): { readonly cells: Uint8Array; readonly isExact: boolean } {
  const rows = Math.ceil(window.bytes / bytesPerRow);
  const cells = new Uint8Array(rows * columns.length);
  if (writtenExtent === undefined || destinationOffset === undefined) return { cells, isExact: columns.length === 0 };
  let isExact = true;
  for (const [index, { members }] of columns.entries()) {
    for (const event of members) {
      const extent = writtenExtent[event] ?? 0;
      if (operation[event] === stridedTransfer && extent !== bytes[event]) {
        isExact = false;
        continue;
      }
      const begin = Math.max((destinationOffset[event] ?? 0) - window.offset, 0);
      const end = Math.min((destinationOffset[event] ?? 0) + extent - window.offset, window.bytes);
      for (let row = Math.floor(begin / bytesPerRow); row * bytesPerRow < end; row++) {
        const first = row * bytesPerRow;
        const last = Math.min(first + bytesPerRow, window.bytes);
        const share = (Math.min(end, last) - Math.max(begin, first)) / (last - first);
        const place = index * rows + row;
        cells[place] = Math.min((cells[place] ?? 0) + Math.ceil(255 * share), 255);
      }
    }
  }
  return { cells, isExact };
}

/** Its number among the operations of a trace. */
const stridedTransfer = traceOperations.indexOf("strided-transfer");
