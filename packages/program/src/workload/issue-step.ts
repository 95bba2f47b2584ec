import type { CreditText, EndingStep, ProductStep, TransferStep, VectorStep } from "@kpu-sim/formats";
import {
  type CreditRequest,
  type ElementwiseOperand,
  KpuError,
  type Machine,
  numberFormats,
  type ProductEpilogue,
  type Semaphore,
  type TransferLayout,
} from "@kpu-sim/machine";
import type { Block, LocatedAreas, Variables } from "./located-areas.ts";

/** What steps are issued with. */
export type StepSurroundings = {
  readonly machine: Machine;
  readonly areas: LocatedAreas;
  readonly semaphores: ReadonlyMap<string, Semaphore>;
};

/** Queues a transfer. Errors: those of `DataMover.transfer`, KPU_GEOMETRY for blocks that do not fit together. */
export function issueTransfer(
  { machine, areas, semaphores }: StepSurroundings,
  step: TransferStep,
  variables: Variables,
): void {
  const { engine, gatherRows, scatterRows, transpose, stream, staggerLanes } = step;
  const from = areas.block(step.from, variables);
  const to = areas.block(step.to, variables);
  const source = rowsOf(from, gatherRows, "gather_rows");
  const destination = rowsOf(to, scatterRows, "scatter_rows");
  const [rows, cols] = transpose ? [from.cols, source.starts.length] : [source.starts.length, from.cols];
  if (
    destination.starts.length !== rows ||
    to.cols !== cols ||
    numberFormats[from.format].bits !== numberFormats[to.format].bits
  ) {
    throw new KpuError(
      "KPU_GEOMETRY",
      `${from.name} gives ${rows} x ${cols} ${from.format}${transpose ? " (transposed)" : ""}, ${to.name} takes ` +
        `${destination.starts.length} x ${to.cols} ${to.format}: both must be alike`,
    );
  }
  machine.mover(engine.kind, engine.id).transfer({
    source: from.region.base + from.offset + source.first,
    destination: to.region.base + to.offset + destination.first,
    layout: transpose
      ? transposed(from, source.starts, destination.starts)
      : rowByRow(from, source.starts, destination.starts),
    stream,
    staggerLanes,
    waitFor: creditsOf(step.waitFor, semaphores),
    signal: creditsOf(step.signal, semaphores),
  });
}

/** Queues a product. Errors: those of `ComputeTile.matmul`, KPU_GEOMETRY for blocks that are no operands. */
export function issueProduct(
  { machine, areas, semaphores }: StepSurroundings,
  step: ProductStep,
  variables: Variables,
): void {
  const [a, b, c] = [step.a, step.b, step.c].map((place) => packed(areas.block(place, variables)));
  if (a === undefined || b === undefined || c === undefined) return;
  if (a.cols !== b.rows || c.rows !== a.rows || c.cols !== b.cols || a.format !== b.format) {
    throw new KpuError(
      "KPU_GEOMETRY",
      `${c.name} (${c.rows} x ${c.cols}) is no product of ${a.name} (${a.rows} x ${a.cols} ${a.format}) and ${b.name} ` +
        `(${b.rows} x ${b.cols} ${b.format})`,
    );
  }
  const bias = step.bias && packed(areas.block(step.bias, variables));
  const scratchpad = sharedScratchpad([a, b, c, bias]);
  machine.tile(step.tile).matmul({
    scratchpad,
    m: a.rows,
    n: b.cols,
    k: a.cols,
    a: a.offset,
    b: b.offset,
    c: c.offset,
    format: a.format,
    resultFormat: c.format,
    accumulate: step.accumulate,
    dataflow: step.dataflow,
    epilogue: epilogueOf(step, bias),
    queued: true,
    waitFor: creditsOf(step.waitFor, semaphores),
    signal: creditsOf(step.signal, semaphores),
  });
}

/** Queues an operation of a vector unit. Errors: those of `VectorUnit`, KPU_GEOMETRY for blocks that are no operands. */
export function issueVector(
  { machine, areas, semaphores }: StepSurroundings,
  step: VectorStep,
  variables: Variables,
): void {
  const at = (place: VectorStep["operand"]): Block | undefined => place && packed(areas.block(place, variables));
  const source = packed(areas.block(step.source, variables));
  const destination = packed(areas.block(step.destination, variables));
  const [bias, operand, gamma, beta] = [at(step.bias), at(step.operand), at(step.gamma), at(step.beta)];
  const request = {
    scratchpad: sharedScratchpad([source, destination, bias, operand, gamma, beta]),
    rows: source.rows,
    cols: source.cols,
    format: source.format,
    source: source.offset,
    destination: destination.offset,
    resultFormat: destination.format,
    resultScale: step.resultScale,
    resultZeroPoint: step.resultZeroPoint,
    waitFor: creditsOf(step.waitFor, semaphores),
    signal: creditsOf(step.signal, semaphores),
  };
  const resultRows = destination.rows * destination.cols;
  const wanted = step.operation === "reduce" ? source.rows : source.rows * source.cols;
  if (resultRows !== wanted) {
    throw new KpuError("KPU_GEOMETRY", `${destination.name} has ${resultRows} elements, the result ${wanted}`);
  }
  const unit = machine.vector(step.unit);
  switch (step.operation) {
    case "activation":
      unit.activation({
        ...request,
        activation: step.activation,
        slope: step.slope,
        scale: step.scale,
        bias: bias?.offset,
      });
      return;
    case "elementwise":
      unit.elementwise({
        ...request,
        operator: needed(step.operator, "operator"),
        operand: operandOf(step.scalar, operand, source),
      });
      return;
    case "reduce":
      unit.reduce({ ...request, reduction: needed(step.reduction, "reduction") });
      return;
    case "softmax":
      unit.softmax(request);
      return;
    case "layer_norm":
      unit.layerNorm({ ...request, gamma: gamma?.offset, beta: beta?.offset, epsilon: step.epsilon });
      return;
    case "rms_norm":
      unit.rmsNorm({ ...request, gamma: gamma?.offset, epsilon: step.epsilon });
  }
}

/** Rows of a block in the order of a list, as bytes from the first that is touched on. */
function rowsOf(
  block: Block,
  list: readonly number[] | undefined,
  key: string,
): { readonly first: number; readonly starts: readonly number[] } {
  const rows = list ?? Array.from({ length: block.rows }, (_, row) => row);
  const wrong = rows.find((row) => row >= block.rows);
  if (wrong !== undefined || rows.length === 0) {
    throw new KpuError(
      "KPU_GEOMETRY",
      `${key} ${wrong === undefined ? "is empty" : `has row ${wrong}`}: ${block.name} has ${block.rows} rows here`,
    );
  }
  const least = rows.reduce((lowest, row) => Math.min(lowest, row), block.rows);
  return { first: least * block.rowStride, starts: rows.map((row) => (row - least) * block.rowStride) };
}

function rowByRow(from: Block, source: readonly number[], destination: readonly number[]): TransferLayout {
  const end = (starts: readonly number[]) => ({ elementBytes: from.blockRowBytes, ...nested(starts) });
  return { source: end(source), destination: end(destination) };
}

/** Rows at even distances are a dimension; others are blocks. */
function nested(starts: readonly number[]): {
  readonly counts: readonly number[];
  readonly strides: readonly number[];
  readonly starts?: readonly number[];
} {
  const stride = (starts[1] ?? 0) - (starts[0] ?? 0);
  const isEven = starts.every((start, row) => start === row * stride);
  return isEven ? { counts: [starts.length], strides: [stride] } : { counts: [1], strides: [0], starts };
}

function transposed(from: Block, source: readonly number[], destination: readonly number[]): TransferLayout {
  const { bits } = numberFormats[from.format];
  if (bits % 8 !== 0)
    throw new KpuError("KPU_GEOMETRY", `${from.format} cannot be transposed: two elements share a byte`);
  const elementBytes = bits / 8;
  const stride = (starts: readonly number[]): number => {
    const each = (starts[1] ?? 0) - (starts[0] ?? 0);
    if (starts.every((start, row) => start === row * each)) return each;
    throw new KpuError("KPU_GEOMETRY", "rows of a transposed transfer must be at even distances");
  };
  const counts = [source.length, from.cols];
  return {
    source: { elementBytes, counts, strides: [stride(source), elementBytes] },
    destination: { elementBytes, counts, strides: [elementBytes, stride(destination)] },
  };
}

/** Refuses a block whose rows are not one behind the other. */
function packed(block: Block): Block {
  if (block.rows === 1 || block.blockRowBytes === block.rowStride) return block;
  throw new KpuError("KPU_GEOMETRY", `${block.name} is used with some of its columns only: operands need all of them`);
}

function sharedScratchpad(blocks: readonly (Block | undefined)[]): number {
  const [first, ...others] = blocks.filter((block) => block !== undefined);
  if (first === undefined || first.region.kind !== "scratchpad") {
    throw new KpuError(
      "KPU_REACH",
      `${first?.name ?? "an operand"} lies in ${first?.region.name ?? "no memory"}: operands lie in a scratchpad`,
    );
  }
  const foreign = others.find((block) => block.region.base !== first.region.base);
  if (foreign === undefined) return first.region.id;
  throw new KpuError(
    "KPU_REACH",
    `${first.name} lies in ${first.region.name}, ${foreign.name} in ${foreign.region.name}: operands share one`,
  );
}

/** What a product ends with; undefined where its sums are its result. */
function epilogueOf(step: EndingStep, bias: Block | undefined): ProductEpilogue | undefined {
  const { activation, slope, scale, resultScale, resultZeroPoint } = step;
  const given = [activation, slope, scale, resultScale, resultZeroPoint, bias];
  if (given.every((each) => each === undefined)) return undefined;
  return { activation, slope, scale, resultScale, resultZeroPoint, bias: bias?.offset };
}

function operandOf(scalar: number | undefined, operand: Block | undefined, source: Block): ElementwiseOperand {
  if (scalar !== undefined) return { scalar };
  if (operand === undefined) throw new KpuError("KPU_ARGUMENT", "elementwise needs an operand or a scalar");
  if (operand.rows === source.rows && operand.cols === source.cols) return { matrix: operand.offset };
  if (operand.rows === 1 && operand.cols === source.cols) return { row: operand.offset };
  if (operand.cols === 1 && operand.rows === source.rows) return { column: operand.offset };
  throw new KpuError(
    "KPU_GEOMETRY",
    `${operand.name} (${operand.rows} x ${operand.cols}) is no matrix, row or column of ${source.rows} x ${source.cols}`,
  );
}

function needed<T>(value: T | undefined, key: string): T {
  if (value === undefined) throw new KpuError("KPU_ARGUMENT", `${key} is missing`);
  return value;
}

function creditsOf(credits: readonly CreditText[], semaphores: ReadonlyMap<string, Semaphore>): CreditRequest[] {
  return credits.map(({ semaphore: name, count }) => {
    const semaphore = semaphores.get(name);
    if (semaphore === undefined) throw new KpuError("KPU_ARGUMENT", `there is no semaphore '${name}'`);
    return { semaphore, count };
  });
}
