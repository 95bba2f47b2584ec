import { componentIdError } from "../../address-map/address-map.ts";
import type { HandleParts } from "../../engine/handle-parts.ts";
import { hex, hexRange, KpuError, requireFunction, requireWhole } from "../../errors.ts";
import { synchronizationOf } from "../../movement/semaphore.ts";
import { requireFormat } from "../../number-format/number-format.ts";
import { resultEncoding } from "./vector-formats.ts";
import {
  type ActivationRequest,
  activationOperation,
  type ElementwiseRequest,
  elementwiseOperation,
  type LayerNormRequest,
  normOperation,
  operandOf,
  type ReductionRequest,
  type RmsNormRequest,
  reductionOperation,
  scaleOf,
  type VectorRequest,
} from "./vector-requests.ts";
import {
  extentBytes,
  type OperandExtent,
  resultExtent,
  secondExtent,
  type VectorOperation,
  vectorBytes,
} from "./vector-task.ts";

/** What an operation has besides its matrix, by offset and name. */
type FurtherOperands = {
  readonly second?: number | undefined;
  readonly secondName?: string;
  readonly third?: number | undefined;
  readonly scales?: number | undefined;
};

/**
 * The vector unit of a compute tile: element by element functions, combinations and reductions of matrices in a scratchpad, of
 * any number format, computed in float32. It takes several elements a cycle and serves its queue in order of issue, so that nothing is refused because it is busy.
 * Operands are read when an operation starts, its result is written when it completes; it uses no port. Refused, with nothing queued:
 * a dimension below 1 (KPU_DIMENSION), an operand that leaves the scratchpad (KPU_ADDRESS_RANGE), an unknown operation or format, and a
 * scale that is not a positive finite float32 (KPU_ARGUMENT).
 */
export class VectorUnit {
  readonly id: number;
  readonly #parts: HandleParts;

  constructor(parts: HandleParts, id: number) {
    const { count } = parts.layout.rangeOf("vector");
    if (!Number.isInteger(id) || id < 0 || id >= count) throw componentIdError("vector unit", id, count);
    this.#parts = parts;
    this.id = id;
  }

  /** Elements that it takes a cycle. */
  get width(): number {
    return this.#parts.config.vectorUnits.width;
  }

  /** Operations issued and not complete, those that the array's products end with included. */
  get queueLength(): number {
    const { engine, layout } = this.#parts;
    return engine.units.outstanding[layout.rangeOf("vector").first + this.id] ?? 0;
  }

  get isBusy(): boolean {
    return this.queueLength > 0;
  }

  /** Multiplies by a scale, adds a bias to each row and applies an activation function: what of these there is. */
  activation(request: ActivationRequest): void {
    const { factor, place } = scaleOf(request.scale);
    const operation = activationOperation(request.activation, request.slope, factor);
    this.#issue(request, operation, { second: request.bias, secondName: "bias", scales: place });
  }

  /** Adds, subtracts, multiplies or takes the larger of each element and that of another operand. */
  elementwise(request: ElementwiseRequest): void {
    const { shape, value } = operandOf(request.operand);
    const isScalar = shape === "scalar";
    const operation = elementwiseOperation(request.operator, shape, isScalar ? value : 0);
    this.#issue(request, operation, { second: isScalar ? undefined : value, secondName: "operand" });
  }

  /** The largest element, the sum or the mean of each row. */
  reduce(request: ReductionRequest): void {
    this.#issue(request, reductionOperation(request.reduction), {});
  }

  /** e^(x - largest) over the sum of these, for each row. */
  softmax(request: VectorRequest): void {
    this.#issue(request, { kind: "softmax" }, {});
  }

  /** Each row less its mean, over its standard deviation; then times gamma, plus beta. */
  layerNorm(request: LayerNormRequest): void {
    const operation = normOperation("layerNorm", request.epsilon);
    this.#issue(request, operation, { second: request.gamma, secondName: "gamma", third: request.beta });
  }

  /** Each row over its root mean square; then times gamma. */
  rmsNorm(request: RmsNormRequest): void {
    this.#issue(request, normOperation("rmsNorm", request.epsilon), { second: request.gamma, secondName: "gamma" });
  }

  #issue(request: VectorRequest, operation: VectorOperation, further: FurtherOperands): void {
    const { scratchpad, rows, cols, format = "float32", source, destination, onComplete } = request;
    const { second, secondName = "", third, scales } = further;
    const { engine, layout, map, semaphores } = this.#parts;
    const region = map.regionOf("scratchpad", scratchpad);
    requireWhole(rows, "the number of rows", "KPU_DIMENSION", 1);
    requireWhole(cols, "the number of columns", "KPU_DIMENSION", 1);
    requireFormat(format);
    const size = { operation, rows, cols, format, result: resultEncoding(format, request) };
    const memory = { name: map.nameOf(region), capacityBytes: map.capacityOf(region) };
    const parameters: OperandExtent = { rows: 1, cols, format: "float32" };
    requireOperandInside(memory, "the source", source, { rows, cols, format });
    if (second !== undefined) requireOperandInside(memory, secondName, second, secondExtent(size));
    if (third !== undefined) requireOperandInside(memory, "beta", third, parameters);
    if (scales !== undefined) requireOperandInside(memory, "scale", scales, parameters);
    requireOperandInside(memory, "the result", destination, resultExtent(size));
    requireFunction(onComplete);
    const synchronization = synchronizationOf(request, semaphores, engine);
    const number = layout.rangeOf("vector").first + this.id - engine.units.firstVector;
    const places = { source, second, third, scales };
    const bytes = vectorBytes({ ...size, ...places });
    engine.issueVector(number, { region, ...size, ...places, destination, bytes, synchronization, onComplete });
  }
}

/** Refuses an operand that leaves its scratchpad. */
export function requireOperandInside(
  memory: { readonly name: string; readonly capacityBytes: number },
  operand: string,
  offset: number,
  extent: OperandExtent,
): void {
  const { name, capacityBytes } = memory;
  const bytes = extentBytes(extent);
  if (Number.isInteger(offset) && offset >= 0 && offset + bytes <= capacityBytes) return;
  throw new KpuError(
    "KPU_ADDRESS_RANGE",
    `${operand} (${extent.rows * extent.cols} ${extent.format}, ${bytes} bytes) at offset ${hex(offset)} leaves ${name}, whose offsets are ` +
      hexRange(0, capacityBytes),
    { operand, offset: hex(offset), bytes, capacityBytes },
  );
}
