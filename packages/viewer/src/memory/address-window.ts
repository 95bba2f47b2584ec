import { mostBytesRead } from "../engine/session.ts";
import type { ChangeMap } from "../state/run-state.ts";

/** A part of a memory: byte offset in it, and bytes. */
export type AddressWindow = { readonly offset: number; readonly bytes: number };

/** The least that is shown. */
const leastBytes = 64;
/** Rows of the map at most. */
const mostRows = 192;

/** All of a memory, or as much from its start as can be looked at once. */
export function wholeWindow(capacityBytes: number): AddressWindow {
  return { offset: 0, bytes: Math.min(capacityBytes, mostBytesRead) };
}

/** A window in its bounds: within the memory, not too small and not too large, from a multiple of 16 on. */
export function bounded({ offset, bytes }: AddressWindow, capacityBytes: number): AddressWindow {
  const size = Math.min(Math.max(Math.round(bytes / 16) * 16, leastBytes), mostBytesRead, capacityBytes);
  const from = Math.min(Math.max(Math.round(offset / 16) * 16, 0), capacityBytes - size);
  return { offset: from, bytes: size };
}

/** Larger or smaller by a factor, so that the byte at the share `at` of the window stays where it is. */
export function zoomed(window: AddressWindow, factor: number, at: number, capacityBytes: number): AddressWindow {
  const bytes = Math.min(window.bytes * factor, mostBytesRead, capacityBytes);
  return bounded({ offset: window.offset + at * (window.bytes - bytes), bytes }, capacityBytes);
}

/** Moved by a share of its size. */
export function moved(window: AddressWindow, share: number, capacityBytes: number): AddressWindow {
  return bounded({ ...window, offset: window.offset + share * window.bytes }, capacityBytes);
}

/** Bytes of a row of the map: a power of two, so that rows begin at round addresses. */
export function bytesPerMapRow({ bytes }: AddressWindow): number {
  return 2 ** Math.max(Math.ceil(Math.log2(bytes / mostRows)), 2);
}

/** The part of a scanned window in which something changed, with some room around it; undefined if nothing did. */
export function changedWindow({ request, rows, cells }: ChangeMap, capacityBytes: number): AddressWindow | undefined {
  let [first, last] = [rows, -1];
  for (const [cell, share] of cells.entries()) {
    if (share === 0) continue;
    first = Math.min(first, cell % rows);
    last = Math.max(last, cell % rows);
  }
  if (last < 0) return undefined;
  const bytes = (last - first + 1) * request.bytesPerRow;
  return bounded({ offset: request.offset + first * request.bytesPerRow, bytes: bytes * 1.05 }, capacityBytes);
}
