import type { AccessPattern } from "./access-pattern.ts";
import { type PagedMemory, pageBytes } from "./paged-memory.ts";

/** Runs of at least this many bytes are copied by the host's block copy; shorter ones word by word, which is faster for them. */
const blockCopyBytes = 512;

/** Copies what a pattern takes, in its order, from a memory into `target`, packed. Unwritten bytes read 0. */
export function gather(memory: PagedMemory, offset: number, pattern: AccessPattern, target: Uint8Array): void {
  if (pattern.isContiguous) {
    memory.read(offset, target.subarray(0, pattern.bytes));
    return;
  }
  const words = wordsOf(target);
  forEachPiece(offset, pattern, (address, stride, runs, runBytes, done, isAligned) => {
    if (runs === 0) {
      memory.read(address, target.subarray(done, done + runBytes));
      return;
    }
    const page = Math.floor(address / pageBytes);
    const within = address - page * pageBytes;
    const bytes = memory.pageFor(page);
    if (bytes === undefined) target.fill(0, done, done + runs * runBytes);
    else if (isAligned) copyWords(words, done, runBytes, wordsOf(bytes), within, stride, runs, runBytes);
    else copyBytes(target, done, runBytes, bytes, within, stride, runs, runBytes);
  });
}

/** Writes packed bytes to where a pattern puts them, in its order. */
export function scatter(memory: PagedMemory, offset: number, pattern: AccessPattern, source: Uint8Array): void {
  if (pattern.isContiguous) {
    memory.write(offset, source.subarray(0, pattern.bytes));
    return;
  }
  const words = wordsOf(source);
  forEachPiece(offset, pattern, (address, stride, runs, runBytes, done, isAligned) => {
    if (runs === 0) {
      memory.write(address, source.subarray(done, done + runBytes));
      return;
    }
    const page = Math.floor(address / pageBytes);
    const within = address - page * pageBytes;
    const bytes = memory.pageForWriting(page);
    if (isAligned) copyWords(wordsOf(bytes), within, stride, words, done, runBytes, runs, runBytes);
    else copyBytes(bytes, within, stride, source, done, runBytes, runs, runBytes);
  });
}

/** So many runs from `address` on, all in one page; 0 for one that goes over a page's end. `done` bytes come before them. */
type Piece = (
  address: number,
  stride: number,
  runs: number,
  runBytes: number,
  done: number,
  isAligned: boolean,
) => void;

/** Goes through a pattern in its order, page by page. `isAligned`: all of a piece can be copied as words of 4 bytes. */
function forEachPiece(offset: number, pattern: AccessPattern, visit: Piece): void {
  let done = 0;
  pattern.forEachRow((start, stride, count, runBytes) => {
    const first = offset + start;
    const isAligned = ((first | stride | runBytes | done) & 3) === 0 && runBytes < blockCopyBytes;
    let index = 0;
    while (index < count) {
      const address = first + index * stride;
      const runs = runsInPage(address % pageBytes, stride, runBytes, count - index);
      visit(address, stride, runs, runBytes, done, isAligned);
      const taken = Math.max(1, runs);
      done += taken * runBytes;
      index += taken;
    }
  });
}

/** How many of the next runs lie wholly in the page in which the first begins; 0 if the first crosses its end. */
function runsInPage(within: number, stride: number, runBytes: number, most: number): number {
  if (within + runBytes > pageBytes) return 0;
  if (stride === 0) return most;
  return Math.min(most, Math.floor((pageBytes - runBytes - within) / stride) + 1);
}

function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
}

function copyWords(
  to: Int32Array,
  toByte: number,
  toStride: number,
  from: Int32Array,
  fromByte: number,
  fromStride: number,
  runs: number,
  runBytes: number,
): void {
  const runWords = runBytes >>> 2;
  const [toStep, fromStep] = [toStride >>> 2, fromStride >>> 2];
  let target = toByte >>> 2;
  let source = fromByte >>> 2;
  if (runWords === 1) {
    for (let run = 0; run < runs; run++) {
      to[target] = from[source] ?? 0;
      target += toStep;
      source += fromStep;
    }
    return;
  }
  for (let run = 0; run < runs; run++) {
    for (let word = 0; word < runWords; word++) to[target + word] = from[source + word] ?? 0;
    target += toStep;
    source += fromStep;
  }
}

function copyBytes(
  to: Uint8Array,
  toByte: number,
  toStride: number,
  from: Uint8Array,
  fromByte: number,
  fromStride: number,
  runs: number,
  runBytes: number,
): void {
  for (let run = 0; run < runs; run++) {
    const [target, source] = [toByte + run * toStride, fromByte + run * fromStride];
    if (runBytes >= blockCopyBytes) to.set(from.subarray(source, source + runBytes), target);
    else for (let byte = 0; byte < runBytes; byte++) to[target + byte] = from[source + byte] ?? 0;
  }
}
