import fc from "fast-check";
import type { Dataflow } from "../reference/hardware.ts";
import { type RandomGeometry, randomGeometry } from "./geometries.ts";
import type {
  RandomCallback,
  RandomHostAccess,
  RandomOp,
  RandomOrdering,
  RandomProduct,
  RandomProgram,
  RandomRun,
  RandomStagger,
  RandomTransfer,
  RandomVector,
} from "./program.ts";
import { randomVector, someActivation, someFormats, someScale } from "./vectors.ts";

/** Generators of random programs. */

const pick = fc.nat({ max: 19 });
/** In elements of a granule. Close together, so that ranges meet; the driver mirrors negative ones to the region's end. */
const offset = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 80 }) },
  { weight: 1, arbitrary: fc.integer({ min: -24, max: -1 }) },
);
const fewElements = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 120 }) },
  { weight: 1, arbitrary: fc.integer({ min: 120, max: 400 }) },
);
const dimension = fc.integer({ min: 1, max: 6 });

const stagger: fc.Arbitrary<RandomStagger | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.record({
      lanes: fc.oneof(
        { weight: 12, arbitrary: fc.integer({ min: 1, max: 24 }) },
        { weight: 1, arbitrary: fc.constantFrom(0, -1, 2.5) },
      ),
      onAnyMover: fc.nat({ max: 7 }).map((value) => value === 7),
    }),
  },
);
const someGeometry = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: randomGeometry },
);

function transfer(
  callback: fc.Arbitrary<RandomCallback | undefined>,
  elements: fc.Arbitrary<number> = fewElements,
  geometry: fc.Arbitrary<RandomGeometry | undefined> = someGeometry,
): fc.Arbitrary<RandomTransfer> {
  return fc.record({
    op: fc.constant("transfer" as const),
    mover: pick,
    source: pick,
    sourceOffset: offset,
    destination: pick,
    destinationOffset: offset,
    bytes: elements,
    geometry,
    stagger,
    columns: fc.boolean(),
    callback,
  });
}

/**
 * Two transfers whose elements lie next to each other's: what the first writes, the second writes or reads one element further on. Even
 * and odd columns that way are no hazard, dense rows are one.
 */
export const randomTwins: fc.Arbitrary<readonly [RandomTransfer, RandomTransfer]> = fc
  .tuple(transfer(fc.constant(undefined), fewElements, randomGeometry), fc.boolean())
  .map(([first, reads]) => {
    const mover = first.mover + 1;
    const written = first.geometry?.layout.destination;
    const next = first.destinationOffset + (written?.elementBytes ?? 1);
    if (!reads || first.geometry === undefined || written === undefined) {
      return [first, { ...first, mover, destinationOffset: next }];
    }
    const geometry = { ...first.geometry, layout: { source: written, destination: written } };
    const ends = { source: first.destination, sourceOffset: next, destination: first.source };
    return [first, { ...first, ...ends, mover, geometry }];
  });

function product(callback: fc.Arbitrary<RandomCallback | undefined>): fc.Arbitrary<RandomProduct> {
  return fc.record({
    op: fc.constant("matmul" as const),
    tile: pick,
    scratchpad: pick,
    m: dimension,
    n: dimension,
    k: dimension,
    a: offset,
    b: offset,
    c: offset,
    accumulate: fc.option(fc.boolean(), { nil: undefined }),
    formats: someFormats,
    epilogue: fc.option(
      fc.record({
        scale: someScale(offset),
        bias: fc.option(offset, { nil: undefined }),
        activation: someActivation,
        slope: fc.constantFrom(undefined, 0.25),
      }),
      { nil: undefined },
    ),
    dataflow: fc.option(fc.constantFrom<Dataflow>("output_stationary", "weight_stationary", "input_stationary"), {
      nil: undefined,
    }),
    callback,
  });
}

const hostAccess: fc.Arbitrary<RandomHostAccess> = fc.record({
  op: fc.constantFrom("hostWrite" as const, "hostRead" as const),
  region: pick,
  offset,
  elements: fc.integer({ min: 0, max: 60 }),
  value: fc.nat({ max: 250 }),
});

/** Callbacks that issue work whose callbacks issue work, `depth` deep; the innermost ones are only noted. */
function callbackOf(depth: number): fc.Arbitrary<RandomCallback | undefined> {
  if (depth === 0) {
    return fc.option(fc.constant([]), { nil: undefined });
  }
  const inner = callbackOf(depth - 1);
  const action = fc.oneof(
    { weight: 6, arbitrary: transfer(inner) },
    { weight: 2, arbitrary: product(inner) },
    { weight: 2, arbitrary: randomVector(pick, offset, inner) },
    { weight: 2, arbitrary: hostAccess },
    { weight: 1, arbitrary: fc.record({ op: fc.constantFrom("run" as const, "raise" as const) }) },
  );
  const actions = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(action, { maxLength: 3 }) },
  );
  return fc.option(actions, { nil: undefined });
}

const cycles = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 60 }));
const run: fc.Arbitrary<RandomRun> = fc.record({
  op: fc.constantFrom("step" as const, "runUntil" as const, "runFor" as const),
  cycles,
});

const callback = callbackOf(2);
const op: fc.Arbitrary<RandomOp> = fc.oneof(
  { weight: 16, arbitrary: transfer(callback) },
  { weight: 4, arbitrary: product(callback) },
  { weight: 4, arbitrary: randomVector(pick, offset, callback) },
  { weight: 4, arbitrary: hostAccess },
  { weight: 8, arbitrary: run },
  { weight: 2, arbitrary: fc.constant({ op: "runUntilIdle" as const }) },
  { weight: 1, arbitrary: fc.constant({ op: "reset" as const }) },
);

export const randomProgram: fc.Arbitrary<RandomProgram> = fc.record({
  granule: fc.constantFrom(1 as const, 4 as const),
  skew: fc.nat({ max: 3 }),
  windowBytes: fc.constant(2048),
  ops: fc
    .array(fc.oneof({ weight: 12, arbitrary: op.map((each) => [each]) }, { weight: 1, arbitrary: randomTwins }), {
      minLength: 1,
      maxLength: 30,
      size: "max",
    })
    .map((parts) => parts.flat()),
});

/**
 * Bursts of transfers with few cycles between, each of up to `mostElements`: joining, leaving, merging and splitting of groups, and the
 * long stretches between, over which an event-driven engine jumps.
 */
export function randomTraffic(mostElements: number): fc.Arbitrary<RandomProgram> {
  const someElements = fc.integer({ min: 1, max: mostElements });
  // Only how many bytes there are makes time, and layouts have few.
  const contiguous = fc.constant(undefined);
  const issue = transfer(fc.oneof(fc.constant(undefined), fc.constant([])), someElements, contiguous);
  const chained = transfer(
    issue.map((next) => [next]),
    someElements,
    contiguous,
  );
  const trafficOp: fc.Arbitrary<RandomOp> = fc.oneof(
    { weight: 6, arbitrary: issue },
    { weight: 2, arbitrary: chained },
    { weight: 3, arbitrary: run },
  );
  return fc.record({
    granule: fc.constantFrom(1 as const, 4 as const),
    skew: fc.nat({ max: 3 }),
    windowBytes: fc.constant(8 * Math.ceil(mostElements / 2) + 512),
    ops: fc.array(trafficOp, { minLength: 2, maxLength: 24, size: "max" }),
  });
}

/** Each piece of work is issued by the callback of the one before, on whichever unit: everything is ordered. */
export const randomChain: fc.Arbitrary<RandomProgram> = fc.record({
  granule: fc.constant(4 as const),
  skew: fc.nat({ max: 3 }),
  windowBytes: fc.constant(2048),
  ops: fc
    .array(fc.oneof(transfer(fc.constant([])), product(fc.constant([])), randomVector(pick, offset, fc.constant([]))), {
      minLength: 1,
      maxLength: 12,
      size: "max",
    })
    .map((works) => {
      const first = works.reduceRight<RandomTransfer | RandomProduct | RandomVector | undefined>(
        (next, work) => ({ ...work, callback: next === undefined ? [] : [next] }),
        undefined,
      );
      return first === undefined ? [] : [first, { op: "runUntilIdle" }];
    }),
});

/** Any number of transfers on the one engine number 0. */
export const randomQueue: fc.Arbitrary<RandomProgram> = fc.record({
  granule: fc.constantFrom(1 as const, 4 as const),
  skew: fc.nat({ max: 3 }),
  windowBytes: fc.constant(2048),
  ops: fc
    .array(transfer(fc.constant([])), { minLength: 1, maxLength: 12, size: "max" })
    .map((works) => [...works.map((work) => ({ ...work, mover: 0 })), { op: "runUntilIdle" }]),
});

/** The driver's semaphores start with 0, 1 and 2 credits. */
export const semaphoreCount = 3;
const someSemaphores = fc.uniqueArray(fc.nat({ max: semaphoreCount - 1 }), { maxLength: 2 });
const ordering: fc.Arbitrary<RandomOrdering> = fc.record({
  waitFor: someSemaphores,
  signal: someSemaphores,
  count: fc.integer({ min: 1, max: 2 }),
});

/** Work of which much waits for credits and gives some: pipelines, and now and then a deadlock that the host ends. */
export const randomCredits: fc.Arbitrary<RandomProgram> = fc.record({
  granule: fc.constantFrom(1 as const, 4 as const),
  skew: fc.nat({ max: 3 }),
  windowBytes: fc.constant(2048),
  ops: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.tuple(transfer(callback), ordering).map(([work, by]) => ({ ...work, ordering: by })) },
      { weight: 4, arbitrary: fc.tuple(product(callback), ordering).map(([work, by]) => ({ ...work, ordering: by })) },
      {
        weight: 4,
        arbitrary: fc
          .tuple(randomVector(pick, offset, callback), ordering)
          .map(([work, by]) => ({ ...work, ordering: by })),
      },
      { weight: 4, arbitrary: run },
      { weight: 2, arbitrary: fc.constant({ op: "runUntilIdle" as const }) },
      {
        weight: 2,
        arbitrary: fc.record({
          op: fc.constant("signal" as const),
          semaphore: fc.nat({ max: semaphoreCount - 1 }),
          count: fc.integer({ min: 1, max: 3 }),
        }),
      },
      { weight: 1, arbitrary: fc.constant({ op: "reset" as const }) },
    ),
    { minLength: 1, maxLength: 30, size: "max" },
  ),
});
