import { exportedFunction, type WasmExports } from "./wasm-module.ts";

/** Elements of operands in a kernel's memory, and its sums. */
type Operand = Float32Array | Int32Array | Int16Array;
type Sums = Float32Array | Int32Array;

/** A kernel that multiplies blocks in its fixed memory of 1 MiB, and how elements lie there. */
export type BlockKernel<Element extends Operand, Sum extends Sums> = {
  /** The memory as elements of the operands and as sums. */
  readonly operands: Element;
  readonly sums: Sum;
  /** Depths that are multiplied together; a block of another depth is filled up with zeros. */
  readonly together: 1 | 2;
  /** Most depths of a block, a multiple of `together`. */
  readonly blockDepth: number;
  readonly pack: (b: number, stride: number, packed: number, groups: number, panels: number) => void;
  readonly accumulate: (a: number, b: number, c: number, rows: number, panels: number, groups: number) => void;
};

/** The kernel that two exported functions make, which pack a block of B and multiply with it. */
export function blockKernel<Element extends Operand, Sum extends Sums>(
  exports: WasmExports,
  names: { readonly pack: string; readonly accumulate: string },
  memory: Omit<BlockKernel<Element, Sum>, "pack" | "accumulate">,
): BlockKernel<Element, Sum> | undefined {
  const [pack, accumulate] = [exportedFunction(exports, names.pack), exportedFunction(exports, names.accumulate)];
  return pack === undefined || accumulate === undefined ? undefined : { ...memory, pack, accumulate };
}

const panelColumns = 8;
const rowsTogether = 4;
const blockRows = 128;
const blockColumns = 256;
/** Bytes at the beginning of the memory that belong to the kernel. */
const kernelReserve = 8192;
const sumBytes = 4;

/**
 * C = start + A B (row-major, m x k and k x n) in blocks that stay in a second-level cache; `start` may be C itself, without
 * it sums start at 0. Sums of earlier depths come back in as start values, so that additions stay in order of k over all blocks.
 */
export function blockedProduct<Element extends Operand, Sum extends Sums>(
  kernel: BlockKernel<Element, Sum>,
  a: Element,
  b: Element,
  c: Sum,
  m: number,
  n: number,
  k: number,
  start: Sum | undefined,
): void {
  const { operands, sums, together, blockDepth, pack, accumulate } = kernel;
  const elementBytes = operands.BYTES_PER_ELEMENT;
  const aPlace = kernelReserve / elementBytes;
  const packedPlace = aPlace + blockRows * blockDepth;
  const cByte = (packedPlace + blockDepth * blockColumns) * elementBytes;
  const cPlace = cByte / sumBytes;
  const bPlace = (cByte + blockRows * blockColumns * sumBytes) / elementBytes;
  for (let column = 0; column < n; column += blockColumns) {
    const columns = Math.min(blockColumns, n - column);
    const panels = Math.ceil(columns / panelColumns);
    const pitch = panels * panelColumns;
    for (let depth = 0; depth < k; depth += blockDepth) {
      const depths = Math.min(blockDepth, k - depth);
      const groups = Math.ceil(depths / together);
      const padded = groups * together;
      copyRows(b, depth * n + column, n, operands, bPlace, columns, depths, columns);
      // A row of zeros stands for the missing depth; what A has there is multiplied by them.
      if (padded > depths) operands.fill(0, bPlace + depths * columns, bPlace + padded * columns);
      pack(bPlace * elementBytes, columns * elementBytes, packedPlace * elementBytes, groups, panels);
      for (let row = 0; row < m; row += blockRows) {
        const rows = Math.min(blockRows, m - row);
        copyRows(a, row * k + depth, k, operands, aPlace, padded, rows, depths);
        const before = depth === 0 ? start : c;
        if (before === undefined) sums.fill(0, cPlace, cPlace + rows * pitch);
        else copyRows(before, row * n + column, n, sums, cPlace, pitch, rows, columns);
        const paddedRows = Math.ceil(rows / rowsTogether) * rowsTogether;
        accumulate(aPlace * elementBytes, packedPlace * elementBytes, cByte, paddedRows, panels, groups);
        copyRows(sums, cPlace, pitch, c, row * n + column, n, rows, columns);
      }
    }
  }
}

/** Copies rows of `count` elements; both sides have their own distance from one row to the next. */
function copyRows<Elements extends Operand>(
  from: Elements,
  start: number,
  pitch: number,
  to: Elements,
  place: number,
  toPitch: number,
  rows: number,
  count: number,
): void {
  if (pitch === count && toPitch === count) {
    const whole = rows * count;
    to.set(whole === from.length ? from : from.subarray(start, start + whole), place);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const at = start + row * pitch;
    to.set(from.subarray(at, at + count), place + row * toPitch);
  }
}
