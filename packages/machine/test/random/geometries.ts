import fc from "fast-check";
import type { Layout, LayoutPair } from "../reference/layout.ts";
import { randomFault, withFault } from "./geometry-faults.ts";

/**
 * Random layouts, in granules instead of bytes. Most are made to be legal: a shape, and for either end strides that nest in some order of
 * the dimensions, with gaps between, so that two transfers often lie interleaved in the same bytes without touching each other's.
 */
export interface RandomGeometry {
  readonly layout: LayoutPair;
  /** To be refused: the request gives a number of bytes too. */
  readonly withBytes: boolean;
  /** Granules by which an end that lies at the end of its region stands over it; most often none. */
  readonly overhang: number;
}

/** How one end lies in memory. Lists are as long as any shape may be; shorter shapes use the first of them. */
interface Arrangement {
  readonly form: "nested" | "nested with starts" | "flat" | "anywhere" | "broadcast" | "windows";
  /** Sorts dimensions, and blocks where there are starts. */
  readonly keys: readonly number[];
  /** After each step of a dimension, innermost in memory first. */
  readonly gaps: readonly number[];
  /** Every gap is as wide as an element: even columns, between which odd ones fit. */
  readonly interleaved: boolean;
  /** Starts of blocks that may lie anywhere; used by sources. */
  readonly places: readonly number[];
  /** A further dimension of one index, whose stride must not matter. */
  readonly unit: { readonly position: number; readonly stride: number } | undefined;
}

const mostDimensions = 4;
const mostElements = 120;
/** Programs touch only windows at the ends of regions, so a layout must not reach further. */
const mostGranules = 400;

function byKey<T>(things: readonly T[], keys: readonly number[]): readonly T[] {
  const keyed = things.map((thing, index) => ({ thing, key: keys[index % keys.length] ?? 0 }));
  return keyed.sort((a, b) => a.key - b.key).map(({ thing }) => thing);
}

/** No two elements meet: each dimension steps over all that the dimensions inside of it reach. */
function nestedStrides(
  shape: readonly number[],
  elementBytes: number,
  { keys, gaps, interleaved }: Arrangement,
): readonly number[] {
  const strides = new Map<number, number>();
  let reach = elementBytes;
  for (const [depth, dimension] of byKey([...shape.keys()], keys).entries()) {
    const stride = reach + (interleaved ? elementBytes : (gaps[depth] ?? 0));
    strides.set(dimension, stride);
    reach += stride * Math.max(0, (shape[dimension] ?? 1) - 1);
  }
  return shape.map((_, dimension) => strides.get(dimension) ?? 0);
}

function arrange(shape: readonly number[], elementBytes: number, arrangement: Arrangement): Layout {
  const { form, keys, places } = arrangement;
  const strides = nestedStrides(shape, elementBytes, arrangement);
  const [blocks = 1, ...counts] = shape;
  const [blockStride = 0, ...innerStrides] = strides;
  // A layout has at least one dimension besides its starts.
  const inside =
    counts.length === 0
      ? { elementBytes, counts: [1], strides: [blockStride] }
      : { elementBytes, counts, strides: innerStrides };
  const blockNumbers = Array.from({ length: blocks }, (_, index) => index);
  switch (form) {
    case "nested":
      return { elementBytes, counts: shape, strides };
    case "flat":
      return { elementBytes, counts: [shape.reduce((a, b) => a * b, 1)], strides: [elementBytes] };
    case "nested with starts":
      return { ...inside, starts: byKey(blockNumbers, keys).map((block) => block * blockStride) };
    case "anywhere":
      return { ...inside, starts: blockNumbers.map((block) => places[block % places.length] ?? 0) };
    case "broadcast":
      return {
        elementBytes,
        counts: shape,
        strides: strides.map((stride, index) => ((keys[index] ?? 0) % 2) * stride),
      };
    case "windows":
      return {
        elementBytes,
        counts: shape,
        strides: strides.map((stride, index) => Math.min(stride, places[index] ?? 0)),
      };
  }
}

function withUnit(layout: Layout, { unit }: Arrangement): Layout {
  if (unit === undefined) {
    return layout;
  }
  const at = unit.position % (layout.counts.length + 1);
  return {
    ...layout,
    counts: layout.counts.toSpliced(at, 0, 1),
    strides: layout.strides.toSpliced(at, 0, unit.stride),
  };
}

/** From the address to the end of the last byte, as far as the numbers make any sense. */
export function reachOf({ elementBytes, counts, strides, starts = [0] }: Layout): number {
  if (starts.length === 0 || counts.includes(0)) {
    return 0;
  }
  const inside = counts.reduce((sum, count, index) => sum + (count - 1) * (strides[index] ?? 0), elementBytes);
  const reach = inside + Math.max(...starts);
  return reach > 0 ? reach : 0;
}

/** The layout of granules in bytes. */
export function scaled({ elementBytes, counts, strides, starts }: Layout, granule: number): Layout {
  const inBytes = (granules: number): number => granules * granule;
  return {
    elementBytes: inBytes(elementBytes),
    counts,
    strides: strides.map(inBytes),
    ...(starts === undefined ? {} : { starts: starts.map(inBytes) }),
  };
}

const dimension = fc.oneof(
  { weight: 8, arbitrary: fc.constant(1) },
  { weight: 60, arbitrary: fc.integer({ min: 2, max: 6 }) },
  { weight: 20, arbitrary: fc.integer({ min: 7, max: 24 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);
const shape = fc
  .oneof(
    { weight: 1, arbitrary: fc.array(dimension, { minLength: 1, maxLength: 1 }) },
    { weight: 5, arbitrary: fc.array(dimension, { minLength: 2, maxLength: mostDimensions, size: "max" }) },
  )
  .filter((counts) => counts.reduce((product, count) => product * count, 1) <= mostElements);

/** In about one of ten. */
function rarely<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
}

function arrangement(form: fc.Arbitrary<Arrangement["form"]>): fc.Arbitrary<Arrangement> {
  return fc.record({
    form,
    keys: fc.array(fc.nat({ max: 9 }), { minLength: mostDimensions, maxLength: mostDimensions }),
    gaps: fc.array(fc.constantFrom(0, 0, 0, 1, 3), {
      minLength: mostDimensions,
      maxLength: mostDimensions,
    }),
    interleaved: fc.nat({ max: 3 }).map((value) => value === 3),
    places: fc.array(fc.nat({ max: 60 }), { minLength: mostDimensions, maxLength: 8 }),
    unit: rarely(fc.record({ position: fc.nat({ max: 9 }), stride: fc.nat({ max: 2 ** 24 }) })),
  });
}

const source = arrangement(
  fc.constantFrom("nested", "nested", "nested with starts", "flat", "anywhere", "broadcast", "windows"),
);
const destination = arrangement(fc.constantFrom("nested", "nested", "nested with starts", "flat"));

const legalLayouts: fc.Arbitrary<LayoutPair> = fc
  .record({ shape, elementBytes: fc.constantFrom(1, 1, 1, 2, 3), source, destination })
  .map((drawn) => ({
    source: withUnit(arrange(drawn.shape, drawn.elementBytes, drawn.source), drawn.source),
    destination: withUnit(arrange(drawn.shape, drawn.elementBytes, drawn.destination), drawn.destination),
  }))
  .filter((pair) => Math.max(reachOf(pair.source), reachOf(pair.destination)) <= mostGranules);

export const randomGeometry: fc.Arbitrary<RandomGeometry> = fc
  .record({
    legal: legalLayouts,
    fault: rarely(randomFault),
    withBytes: rarely(fc.boolean()),
    overhang: rarely(fc.integer({ min: 1, max: 3 })),
  })
  .map(({ legal, fault, withBytes = false, overhang = 0 }) => ({
    layout: fault === undefined ? legal : withFault(legal, fault),
    withBytes,
    overhang,
  }));
