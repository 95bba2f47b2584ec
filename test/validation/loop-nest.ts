/**
 * Accesses of a convolution that is cut into loops over levels of memory, counted as Timeloop counts them. It is an analysis of published
 * mappings for checking energy figures, not a model of the KPU: it knows neither latency nor bandwidth, and nothing in the simulator uses it.
 */

/** C input channels, K output channels, R and S taps of the filter, P and Q places of the output, in two directions. */
type Dimension = "C" | "K" | "R" | "S" | "P" | "Q";

export const dataSpaces = ["Weights", "Inputs", "Outputs"] as const;
export type DataSpace = (typeof dataSpaces)[number];

export type Loop = readonly [dimension: Dimension, bound: number];

export type Level = Readonly<{
  name: string;
  /** Loops over time, the outermost first. */
  temporal: readonly Loop[];
  /** Loops over instances of this level and of all within it; not along R and P, of which results and inputs of neighbours would overlap. */
  spatial?: readonly Loop[];
  /** What the level holds; the others pass it by. */
  keeps: readonly DataSpace[];
}>;

/** Words for each instance: given to the level within, brought in from outside, and results taken from within. */
export type Accesses = Readonly<{ reads: number; fills: number; updates: number }>;

type Coordinates = Readonly<Record<Dimension, number>>;
type Interval = readonly [from: number, size: number];
type Stepping = Readonly<{ dimension: Dimension; bound: number; stride: number }>;

/** Each axis of a data space is the sum of these dimensions. */
const axes: Readonly<Record<DataSpace, readonly (readonly Dimension[])[]>> = {
  Weights: [["C"], ["K"], ["R"], ["S"]],
  Inputs: [["C"], ["R", "P"], ["S", "Q"]],
  Outputs: [["K"], ["P"], ["Q"]],
};

/** Multiply-accumulates of all instances. */
export function computesOf(levels: readonly Level[]): number {
  return levels.flatMap(loopsOf).reduce((product, [, bound]) => product * bound, 1);
}

/** Cycles where no bandwidth is limited: one multiply-accumulate a cycle in each instance. */
export function cyclesOf(levels: readonly Level[]): number {
  return computesOf(levels) / instancesOf(levels, levels.length - 1);
}

/** Instances of a level: spatial loops of the level and of those around it. */
export function instancesOf(levels: readonly Level[], index: number): number {
  return spatialBound(levels, 0, index, undefined);
}

/**
 * Accesses of one instance of a level, the outermost being 0. An operand is read once for each multiply-accumulate, or for each word that
 * the next level that keeps it brings in; instances that need the same word get it by one read, and results of instances for the same place
 * are added on their way. Results that are written for the first time are not read before. Errors: RangeError for spatial loops over R or P.
 */
export function accessesOf(levels: readonly Level[], index: number, space: DataSpace): Accesses {
  requireChannels(levels);
  if (!levels[index]?.keeps.includes(space)) return { reads: 0, fills: 0, updates: 0 };
  const within = levels.findIndex((level, at) => at > index && level.keeps.includes(space));
  const given =
    within < 0
      ? computesOf(levels) / instancesOf(levels, index)
      : movedInto(levels, within, space) * spatialBound(levels, index + 1, within, space);
  const brought = index === 0 ? 0 : movedInto(levels, index, space);
  if (space !== "Outputs") return { reads: given, fills: brought, updates: 0 };
  const places = volume(boxAt(zero, extentsWithin(levels, 0), space)) / spatialBound(levels, 0, index, space);
  return { reads: given - places, fills: Math.max(0, brought - places), updates: given };
}

/**
 * Words that come into an instance of a level: where one loop moves on, what its tile did not hold yet; where loops within it begin again,
 * all of the tile, unless it is the tile that is there.
 */
function movedInto(levels: readonly Level[], index: number, space: DataSpace): number {
  const around = steppingsAround(levels, index);
  const extents = extentsWithin(levels, index);
  const indices = around.map(() => 0);
  let before = boxAt(zero, extents, space);
  let words = volume(before);
  for (let moved = advance(indices, around); moved >= 0; moved = advance(indices, around)) {
    const now = boxAt(coordinatesOf(indices, around), extents, space);
    const kept = before.map(([from, size], axis) => shared([from, size], now[axis] ?? [0, 0])).reduce(times, 1);
    const begunAgain = around.slice(moved + 1).some(({ bound }) => bound > 1);
    if (kept < volume(now)) words += begunAgain ? volume(now) : volume(now) - kept;
    before = now;
  }
  return words;
}

/** Moves the innermost loop on that has not ended, and begins those within it again. The loop's index; -1 at the end of all. */
function advance(indices: number[], loops: readonly Stepping[]): number {
  for (let at = loops.length - 1; at >= 0; at--) {
    const next = (indices[at] ?? 0) + 1;
    indices[at] = next < (loops[at]?.bound ?? 1) ? next : 0;
    if (indices[at] !== 0) return at;
  }
  return -1;
}

const zero: Coordinates = { C: 0, K: 0, R: 0, S: 0, P: 0, Q: 0 };

function coordinatesOf(indices: readonly number[], loops: readonly Stepping[]): Coordinates {
  const place: Record<Dimension, number> = { ...zero };
  for (const [at, { dimension, stride }] of loops.entries()) place[dimension] += (indices[at] ?? 0) * stride;
  return place;
}

/** The loops over time around a level, with what a step of each moves. */
function steppingsAround(levels: readonly Level[], index: number): readonly Stepping[] {
  const all = levels.flatMap((level, at) => [
    ...(level.spatial ?? []).map((loop) => ({ loop, counted: false })),
    ...level.temporal.map((loop) => ({ loop, counted: at < index })),
  ]);
  return all.flatMap(({ loop: [dimension, bound], counted }, at) => {
    const inner = all.slice(at + 1).filter(({ loop }) => loop[0] === dimension);
    const stride = inner.map(({ loop }) => loop[1]).reduce(times, 1);
    return counted ? [{ dimension, bound, stride }] : [];
  });
}

/** How far each dimension reaches within one instance of a level; for the outermost, in all. */
function extentsWithin(levels: readonly Level[], index: number): Coordinates {
  const extents: Record<Dimension, number> = { C: 1, K: 1, R: 1, S: 1, P: 1, Q: 1 };
  for (const [at, level] of levels.entries()) {
    const loops = at < index ? [] : at === index ? level.temporal : loopsOf(level);
    for (const [dimension, bound] of loops) extents[dimension] *= bound;
  }
  return extents;
}

function boxAt(place: Coordinates, extents: Coordinates, space: DataSpace): readonly Interval[] {
  return axes[space].map((dimensions) => [
    dimensions.map((dimension) => place[dimension]).reduce(plus, 0),
    dimensions.map((dimension) => extents[dimension] - 1).reduce(plus, 1),
  ]);
}

function shared([from, size]: Interval, [otherFrom, otherSize]: Interval): number {
  return Math.max(0, Math.min(from + size, otherFrom + otherSize) - Math.max(from, otherFrom));
}

function volume(box: readonly Interval[]): number {
  return box.map(([, size]) => size).reduce(times, 1);
}

/** Product of the spatial loops of some levels, both ends included; of those only that tell words of a data space apart, if one is given. */
function spatialBound(levels: readonly Level[], from: number, to: number, space: DataSpace | undefined): number {
  return levels
    .slice(from, to + 1)
    .flatMap((level) => level.spatial ?? [])
    .filter(([dimension]) => space === undefined || relevant(space, dimension))
    .map(([, bound]) => bound)
    .reduce(times, 1);
}

function requireChannels(levels: readonly Level[]): void {
  for (const [dimension] of levels.flatMap((level) => level.spatial ?? [])) {
    if (dimension === "R" || dimension === "P") {
      throw new RangeError(
        `a spatial loop over ${dimension}: instances would share parts of words' windows; use C or K`,
      );
    }
  }
}

function relevant(space: DataSpace, dimension: Dimension): boolean {
  return axes[space].some((dimensions) => dimensions.includes(dimension));
}

function loopsOf(level: Level): readonly Loop[] {
  return [...(level.spatial ?? []), ...level.temporal];
}

function times(left: number, right: number): number {
  return left * right;
}

function plus(left: number, right: number): number {
  return left + right;
}
