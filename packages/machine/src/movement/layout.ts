import { KpuError, requireWhole } from "../errors.ts";
import { AccessPattern } from "../memory/access-pattern.ts";

/**
 * Which bytes of a memory one end of a transfer touches, and in which order (timing rule 26). Nested loops: `counts` and
 * `strides` from the outermost dimension to the innermost, which runs fastest. Element (i0, ..., in) lies
 * i0 strides[0] + ... + in strides[n] bytes behind the address. With `starts` there is one more, outermost dimension: block s
 * begins starts[s] bytes behind the address (gather and scatter).
 */
export type Layout = {
  /** Bytes that lie together, at least 1. */
  readonly elementBytes: number;
  readonly counts: readonly number[];
  /** Bytes from one to the next, in each dimension; 0 reads the same again. */
  readonly strides: readonly number[];
  readonly starts?: readonly number[] | undefined;
};

/** Both ends of a transfer: element number e of the source goes to element number e of the destination. */
export type TransferLayout = { readonly source: Layout; readonly destination: Layout };

/** Both ends as the engine works with them. */
export type TransferPatterns = { readonly source: AccessPattern; readonly destination: AccessPattern };

const mostDimensions = 8;
const mostPieces = 2 ** 24;
/** Layouts that cannot change any more are checked and compiled once: programs use one for many transfers. */
const compiled = new WeakMap<TransferLayout, TransferPatterns>();

/** A layout that never changes, checked. Errors: KPU_GEOMETRY. */
export function fixedLayout(source: Layout, destination: Layout): TransferLayout {
  const patterns = compile({ source, destination });
  const layout = Object.freeze({ source: deepFreeze(source), destination: deepFreeze(destination) });
  compiled.set(layout, patterns);
  return layout;
}

/** How far a layout reaches. */
export type LayoutExtents = {
  /** Size of the transfer. */
  readonly bytes: number;
  /** From the address to the end of the last byte that is touched. */
  readonly sourceExtentBytes: number;
  readonly destinationExtentBytes: number;
};

/** Size and reach of a layout. Errors: KPU_GEOMETRY. */
export function layoutExtents(layout: TransferLayout): LayoutExtents {
  const { source, destination } = patternsOf(layout);
  return {
    bytes: source.bytes,
    sourceExtentBytes: source.extentBytes,
    destinationExtentBytes: destination.extentBytes,
  };
}

/** The patterns of a layout. Errors: KPU_GEOMETRY, with what is wrong and where. */
export function patternsOf(layout: TransferLayout): TransferPatterns {
  return compiled.get(layout) ?? compile(layout);
}

function compile(layout: TransferLayout): TransferPatterns {
  const source = patternOf(layout.source, "source");
  const destination = patternOf(layout.destination, "destination");
  if (layout.source.elementBytes !== layout.destination.elementBytes) {
    throw geometryError(
      `elements have ${layout.source.elementBytes} bytes in the source layout and ${layout.destination.elementBytes} in the ` +
        "destination layout: both must be equal",
    );
  }
  if (source.bytes !== destination.bytes) {
    const elements = (pattern: AccessPattern): number => pattern.bytes / layout.source.elementBytes;
    throw geometryError(
      `the source layout has ${elements(source)} elements and the destination layout ${elements(destination)}: both must be equal`,
    );
  }
  if (destination.overlapsItself()) {
    throw geometryError(
      "the destination layout writes some bytes twice: its strides must keep elements apart (only a source may overlap)",
    );
  }
  return { source, destination };
}

function deepFreeze(layout: Layout): Layout {
  const { elementBytes, counts, strides, starts } = layout;
  const fixed = { elementBytes, counts: Object.freeze([...counts]), strides: Object.freeze([...strides]) };
  return Object.freeze(starts === undefined ? fixed : { ...fixed, starts: Object.freeze([...starts]) });
}

function patternOf(layout: Layout, end: string): AccessPattern {
  if (typeof layout !== "object" || layout === null) throw geometryError(`the ${end} layout is missing`);
  const { elementBytes, counts, strides, starts } = layout;
  if (!Array.isArray(counts) || !Array.isArray(strides) || (starts !== undefined && !Array.isArray(starts))) {
    throw geometryError(`counts, strides and starts of the ${end} layout must be lists of numbers`);
  }
  requireWhole(elementBytes, `elementBytes of the ${end} layout`, "KPU_GEOMETRY", 1);
  if (counts.length !== strides.length || counts.length < 1 || counts.length > mostDimensions) {
    throw geometryError(
      `the ${end} layout has ${counts.length} counts and ${strides.length} strides: both must have the same length, 1 to ${mostDimensions}`,
    );
  }
  for (const [dimension, count] of counts.entries())
    requireWhole(count, `counts[${dimension}] of the ${end} layout`, "KPU_GEOMETRY");
  for (const [dimension, stride] of strides.entries())
    requireWhole(stride, `strides[${dimension}] of the ${end} layout`, "KPU_GEOMETRY");
  for (const [block, start] of (starts ?? []).entries())
    requireWhole(start, `starts[${block}] of the ${end} layout`, "KPU_GEOMETRY");
  const elements = counts.reduce((product, count) => product * count, starts?.length ?? 1);
  if (!Number.isSafeInteger(elements * elementBytes)) {
    throw geometryError(`the ${end} layout has ${elements * elementBytes} bytes, more than can be counted`);
  }
  const pattern = new AccessPattern(elementBytes, counts, strides, starts);
  if (pattern.bytes > 0 && pattern.footprint.pieces > mostPieces) {
    throw geometryError(
      `the ${end} layout consists of ${pattern.footprint.pieces} separate pieces; at most ${mostPieces} can be compared with other ` +
        "work: cut the transfer into several",
    );
  }
  return pattern;
}

export function geometryError(message: string): KpuError {
  return new KpuError("KPU_GEOMETRY", message);
}
