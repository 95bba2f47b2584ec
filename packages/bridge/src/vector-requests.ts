import {
  type Activation,
  activations,
  type ElementwiseOperand,
  elementwiseOperators,
  formatOfCode,
  KpuError,
  type Machine,
  type NumberFormat,
  operandShapes,
  type ProductEpilogue,
  type ResultRequest,
  reductions,
  type Semaphore,
} from "@kpu-sim/machine";
import type { FrameReader } from "./frame-reader.ts";
import { readCredits } from "./requests.ts";

/** Kinds of vector operations by their numbers on the wire. */
const kinds = ["activation", "elementwise", "reduction", "softmax", "layerNorm", "rmsNorm"] as const;

/** Reads a vector operation and queues it; `callbackOf` makes a completion callback of its number. */
export function issueVector(
  reader: FrameReader,
  machine: Machine,
  semaphores: ReadonlyMap<number, Semaphore>,
  callbackOf: (number: number) => (() => void) | undefined,
): void {
  const unit = machine.vector(reader.u32());
  const scratchpad = reader.u32();
  const kind = named(kinds, reader.u8(), "kind of vector operation");
  const [code, shape, present] = [reader.u8(), reader.u8(), reader.u8()];
  const [rows, cols, source] = [reader.f64(), reader.f64(), reader.f64()];
  const [secondPlace, thirdPlace, destination] = [reader.f64(), reader.f64(), reader.f64()];
  const number = reader.f64();
  const onComplete = callbackOf(reader.u32());
  const credits = readCredits(reader, semaphores);
  const { formats, scale } = readFormats(reader);
  const places = { scratchpad, rows, cols, source, destination, onComplete, ...credits, ...formats };
  const second = (present & 1) === 1 ? secondPlace : undefined;
  const third = (present & 2) === 2 ? thirdPlace : undefined;
  switch (kind) {
    case "activation":
      unit.activation({ ...places, scale, bias: second, activation: activationOf(code), slope: number });
      break;
    case "elementwise": {
      const operator = named(elementwiseOperators, code, "elementwise operation");
      unit.elementwise({ ...places, operator, operand: operandOf(shape, secondPlace, number) });
      break;
    }
    case "reduction":
      unit.reduce({ ...places, reduction: named(reductions, code, "reduction") });
      break;
    case "softmax":
      unit.softmax(places);
      break;
    case "layerNorm":
      unit.layerNorm({ ...places, gamma: second, beta: third, epsilon: number });
      break;
    case "rmsNorm":
      unit.rmsNorm({ ...places, gamma: second, epsilon: number });
      break;
  }
}

/** What the vector unit does with the sums of a product; stands before the product's own arguments. */
export function readEpilogue(reader: FrameReader): ProductEpilogue {
  const activation = activationOf(reader.u8());
  const present = reader.u8();
  const [bias, slope] = [reader.f64(), reader.f64()];
  return { activation, bias: (present & bits.bias) === 0 ? undefined : bias, slope, ...readScales(reader, present) };
}

/** Bits of what is there. */
const bits = { bias: 1, scale: 2, scaleByColumn: 4, resultScale: 8, resultZeroPoint: 16 } as const;

type Scales = Pick<ProductEpilogue, "scale" | "resultScale" | "resultZeroPoint">;

function readScales(reader: FrameReader, present: number): Scales {
  const [scale, resultScale, resultZeroPoint] = [reader.f64(), reader.f64(), reader.f64()];
  const byColumn = (present & bits.scaleByColumn) === 0 ? undefined : { row: scale };
  return {
    scale: (present & bits.scale) === 0 ? byColumn : scale,
    resultScale: (present & bits.resultScale) === 0 ? undefined : resultScale,
    resultZeroPoint: (present & bits.resultZeroPoint) === 0 ? undefined : resultZeroPoint,
  };
}

/** The formats of a vector operation and its scales; a frame that ends before them is of float32. */
function readFormats(reader: FrameReader): {
  readonly formats: ResultRequest & { readonly format?: NumberFormat };
  readonly scale: ProductEpilogue["scale"];
} {
  if (reader.left === 0) return { formats: {}, scale: undefined };
  const format = formatOfCode(reader.u8());
  const resultCode = reader.u8();
  const { scale, ...result } = readScales(reader, reader.u8());
  const resultFormat = resultCode === 0 ? undefined : formatOfCode(resultCode - 1);
  return { formats: { format, resultFormat, ...result }, scale };
}

function operandOf(shapeCode: number, place: number, scalar: number): ElementwiseOperand {
  switch (named(operandShapes, shapeCode, "shape of an operand")) {
    case "matrix":
      return { matrix: place };
    case "row":
      return { row: place };
    case "column":
      return { column: place };
    case "scalar":
      return { scalar };
  }
}

function activationOf(code: number): Activation {
  return named(activations, code, "activation");
}

function named<T extends string>(names: readonly T[], code: number, what: string): T {
  const name = names[code];
  if (name === undefined) throw new KpuError("KPU_ARGUMENT", `unknown ${what}: ${code}`);
  return name;
}
