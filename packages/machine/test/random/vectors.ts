import fc from "fast-check";
import type { SynchronizationUnderTest, VectorUnderTest } from "../machine-under-test.ts";
import { type ReferenceActivation, secondCount, type VectorOrder } from "../reference/vector.ts";
import type { RandomCallback, RandomVector } from "./program.ts";

/** Vector operations in random programs. */

interface Common extends SynchronizationUnderTest {
  readonly scratchpad: number;
  readonly onComplete?: () => void;
}

/** Issues an operation; `offsetOf` gives the byte offset of a place with so many elements. */
export function issueVector(
  unit: VectorUnderTest,
  { rows, cols, order, source, second, third, destination }: RandomVector,
  common: Common,
  offsetOf: (place: number, elements: number) => number,
): void {
  const resultCount = order.kind === "reduction" ? rows : rows * cols;
  const places = {
    ...common,
    rows,
    cols,
    source: offsetOf(source, rows * cols),
    destination: offsetOf(destination, resultCount),
  };
  const optional = (place: number | undefined): number | undefined =>
    place === undefined ? undefined : offsetOf(place, secondCount(order, rows, cols));
  switch (order.kind) {
    case "activation":
      unit.activation({ ...places, activation: order.activation, slope: order.slope, bias: optional(second) });
      break;
    case "elementwise": {
      const at = offsetOf(second ?? 0, secondCount(order, rows, cols));
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
    source: offset,
    second: fc.option(offset, { nil: undefined }),
    third: fc.option(offset, { nil: undefined }),
    destination: offset,
    callback,
  });
}
