import fc from "fast-check";
import type { ScaleOrder, SynchronizationUnderTest, VectorUnderTest } from "../machine-under-test.ts";
import { matrixBytes, type ReferenceFormat, rangeOf } from "../reference/number-formats.ts";
import { type ReferenceActivation, resultBytes, secondBytes, type VectorOrder } from "../reference/vector.ts";
import type { RandomCallback, RandomFormats, RandomScale, RandomVector } from "./program.ts";

/** Vector operations in random programs. */

interface Common extends SynchronizationUnderTest {
  readonly scratchpad: number;
  readonly onComplete?: () => void;
}

/** A scale as an order has it; `offsetOf` gives the byte offset of the row of factors. */
export function scaleOrder(
  scale: RandomScale | undefined,
  offsetOf: (place: number) => number,
): ScaleOrder | undefined {
  if (scale === undefined) return undefined;
  return "factor" in scale ? scale.factor : { row: offsetOf(scale.place) };
}

/** Issues an operation; `offsetOf` gives the byte offset of a place with so many bytes. */
export function issueVector(
  unit: VectorUnderTest,
  { rows, cols, order, formats, scale, source, second, third, destination }: RandomVector,
  common: Common,
  offsetOf: (place: number, bytes: number) => number,
): void {
  const { format = "float32", resultFormat = format } = formats;
  const places = {
    ...common,
    ...formats,
    rows,
    cols,
    source: offsetOf(source, matrixBytes(format, rows, cols)),
    destination: offsetOf(destination, resultBytes(order, resultFormat, rows, cols)),
  };
  const optional = (place: number | undefined): number | undefined =>
    place === undefined ? undefined : offsetOf(place, secondBytes(order, format, rows, cols));
  switch (order.kind) {
    case "activation":
      unit.activation({
        ...places,
        activation: order.activation,
        slope: order.slope,
        bias: optional(second),
        scale: scaleOrder(scale, (place) => offsetOf(place, 4 * cols)),
      });
      break;
    case "elementwise": {
      const at = offsetOf(second ?? 0, secondBytes(order, format, rows, cols));
      const operands = { matrix: { matrix: at }, row: { row: at }, column: { column: at }, scalar: order };
      unit.elementwise({ ...places, operator: order.operator, operand: operands[order.shape] });
      break;
    }
    case "reduction":
      unit.reduce({ ...places, reduction: order.reduction });
      break;
    case "softmax":
      unit.softmax(places);
      break;
    case "layerNorm":
      unit.layerNorm({ ...places, gamma: optional(second), beta: optional(third), epsilon: order.epsilon });
      break;
    case "rmsNorm":
      unit.rmsNorm({ ...places, gamma: optional(second), epsilon: order.epsilon });
      break;
  }
}

export const someActivation: fc.Arbitrary<ReferenceActivation> = fc.constantFrom(
  "none",
  "relu",
  "gelu",
  "sigmoid",
  "tanh",
  "silu",
  "softplus",
  "leaky_relu",
);

const epsilon = fc.option(fc.constantFrom(0, 1e-3, 0.7), { nil: undefined });
const slope = fc.option(fc.constantFrom(0, 0.3, -2), { nil: undefined });

const someOrder: fc.Arbitrary<VectorOrder> = fc.oneof(
  fc.record({ kind: fc.constant("activation" as const), activation: someActivation, slope }),
  fc.record({
    kind: fc.constant("elementwise" as const),
    operator: fc.constantFrom("add", "subtract", "multiply", "maximum"),
    shape: fc.constantFrom("matrix", "row", "column", "scalar"),
    scalar: fc.constantFrom(0, -0, 0.1, -3.7, Number.POSITIVE_INFINITY),
  }),
  fc.record({ kind: fc.constant("reduction" as const), reduction: fc.constantFrom("max", "sum", "mean") }),
  fc.record({ kind: fc.constant("softmax" as const) }),
  fc.record({ kind: fc.constantFrom("layerNorm" as const, "rmsNorm" as const), epsilon }),
);

const someFormat: fc.Arbitrary<ReferenceFormat> = fc.constantFrom(
  "float32",
  "float16",
  "bfloat16",
  "float8_e4m3",
  "float8_e5m2",
  "int32",
  "int8",
  "uint8",
  "int4",
);

const rarely = fc.nat({ max: 15 }).map((value) => value === 15);

function oftenGood(good: readonly number[], bad: readonly number[]): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );
}

/** Float32 as often as all other formats together. Some say what the machine must refuse. */
export const someFormats: fc.Arbitrary<RandomFormats> = fc
  .record({
    format: fc.option(someFormat, { nil: undefined, freq: 2 }),
    resultFormat: fc.option(someFormat, { nil: undefined, freq: 2 }),
    resultScale: fc.option(oftenGood([0.37, 2, 1e-4], [0, -1, Number.NaN]), { nil: undefined, freq: 2 }),
    resultZeroPoint: fc.option(oftenGood([0, 3, -8], [200, 0.5]), { nil: undefined, freq: 2 }),
    insists: rarely,
  })
  .map(({ insists, ...formats }) => {
    const isWhole = rangeOf(formats.resultFormat ?? formats.format ?? "float32") !== undefined;
    return isWhole || insists ? formats : { ...formats, resultScale: undefined, resultZeroPoint: undefined };
  });

/** Rows of factors are what memory holds, of any sign. */
export function someScale(place: fc.Arbitrary<number>): fc.Arbitrary<RandomScale | undefined> {
  return fc.option(
    fc.oneof(
      fc.record({ factor: oftenGood([1, 0.1, 0.013, 3e-5], [0, -2, Number.POSITIVE_INFINITY]) }),
      fc.record({ place }),
    ),
    { nil: undefined, freq: 2 },
  );
}

/** Operations at places like those of products and transfers. */
export function randomVector(
  pick: fc.Arbitrary<number>,
  offset: fc.Arbitrary<number>,
  callback: fc.Arbitrary<RandomCallback | undefined>,
): fc.Arbitrary<RandomVector> {
  const dimension = fc.integer({ min: 1, max: 6 });
  return fc.record({
    op: fc.constant("vector" as const),
    tile: pick,
    scratchpad: pick,
    rows: dimension,
    cols: dimension,
    order: someOrder,
    formats: someFormats,
    scale: someScale(offset),
    source: offset,
    second: fc.option(offset, { nil: undefined }),
    third: fc.option(offset, { nil: undefined }),
    destination: offset,
    callback,
  });
}
