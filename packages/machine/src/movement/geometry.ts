import { elementBytes as float32Bytes } from "../config/widths.ts";
import { requireWhole } from "../errors.ts";
import { fixedLayout, geometryError, type Layout, type TransferLayout } from "./layout.ts";

/**
 * The named shapes of transfers. Each gives the layout of both ends, for any engine's `transfer({ layout })`. Matrices are
 * row-major; sizes are in elements, strides and offsets in bytes; elements have 4 bytes unless said otherwise.
 */

/** Any other layout, checked once, for many transfers. */
export function custom(source: Layout, destination: Layout): TransferLayout {
  return fixedLayout(source, destination);
}

/** A matrix, or a part of a larger one: `rows` x `cols` elements, its rows so many bytes apart (default: one behind the other). */
export type MatrixShape = {
  readonly rows: number;
  readonly cols: number;
  readonly elementBytes?: number | undefined;
  readonly sourceRowStride?: number | undefined;
  readonly destinationRowStride?: number | undefined;
};

/** The matrix as it is: cuts a tile out of a larger matrix, or puts one into it. */
export function tile(shape: MatrixShape): TransferLayout {
  const { rows, cols, elementBytes, sourceRowStride, destinationRowStride } = strided(shape, shape.cols);
  const end = (rowStride: number): Layout => ({
    elementBytes,
    counts: [rows, cols],
    strides: [rowStride, elementBytes],
  });
  return fixedLayout(end(sourceRowStride), end(destinationRowStride));
}

/**
 * Blocks of a matrix, packed one behind the other: `count` blocks of `rows` x `cols`, their rows `sourceRowStride` and the blocks
 * themselves `sourceBlockStride` bytes apart.
 */
export function blocks(shape: {
  readonly count: number;
  readonly rows: number;
  readonly cols: number;
  readonly sourceRowStride: number;
  readonly sourceBlockStride: number;
  readonly elementBytes?: number | undefined;
}): TransferLayout {
  const { count, rows, cols, sourceRowStride, sourceBlockStride, elementBytes = float32Bytes } = shape;
  const counts = [count, rows, cols];
  return fixedLayout(
    { elementBytes, counts, strides: [sourceBlockStride, sourceRowStride, elementBytes] },
    { elementBytes, counts, strides: rowMajor(counts, elementBytes) },
  );
}

/** The transposed matrix: element (i, j) of the source becomes element (j, i) of the destination, which has `cols` rows. */
export function transpose(shape: MatrixShape): TransferLayout {
  const { rows, cols, elementBytes, sourceRowStride, destinationRowStride } = strided(shape, shape.rows);
  return fixedLayout(
    { elementBytes, counts: [rows, cols], strides: [sourceRowStride, elementBytes] },
    { elementBytes, counts: [rows, cols], strides: [elementBytes, destinationRowStride] },
  );
}

/** Size of the blocks into which a matrix is cut; the whole matrix as one block is plain row-major order. */
export type BlockShape = { readonly rows: number; readonly cols: number };

/**
 * Another tiling of a matrix: in memory its blocks follow one another, row of blocks by row of blocks, each block row-major. The
 * blocks of both ends must divide the matrix.
 */
export function blockReshape(shape: {
  readonly rows: number;
  readonly cols: number;
  readonly elementBytes?: number | undefined;
  /** Default: the whole matrix. */
  readonly sourceBlock?: BlockShape | undefined;
  readonly destinationBlock?: BlockShape | undefined;
}): TransferLayout {
  const { rows, cols, elementBytes = float32Bytes } = shape;
  const end = (block: BlockShape, name: string): Layout => {
    if (!(block.rows > 0 && block.cols > 0) || rows % block.rows !== 0 || cols % block.cols !== 0) {
      throw geometryError(
        `blocks of ${block.rows} x ${block.cols} (${name}) do not divide a matrix of ${rows} x ${cols}: its rows and columns must be ` +
          "multiples of the block's",
      );
    }
    const blockBytes = block.rows * block.cols * elementBytes;
    const blocksAcross = cols / block.cols;
    return {
      elementBytes,
      counts: [rows / block.rows, block.rows, blocksAcross, block.cols],
      strides: [blocksAcross * blockBytes, block.cols * elementBytes, blockBytes, elementBytes],
    };
  };
  const { sourceBlock = { rows, cols }, destinationBlock = { rows, cols } } = shape;
  return fixedLayout(end(sourceBlock, "sourceBlock"), end(destinationBlock, "destinationBlock"));
}

/**
 * A permutation of the axes of an array with any number of dimensions: axis d of the destination is axis `order[d]` of the source.
 * `order` [1, 0] is the transpose of a matrix.
 */
export function permute(shape: {
  readonly counts: readonly number[];
  readonly order: readonly number[];
  readonly elementBytes?: number | undefined;
}): TransferLayout {
  const { counts, order, elementBytes = float32Bytes } = shape;
  const axes = counts.map((_, axis) => axis);
  if (order.length !== counts.length || !axes.every((axis) => order.includes(axis))) {
    throw geometryError(
      `order must name each axis of ${counts.length} once, 0 to ${counts.length - 1}, got [${order.join(", ")}]`,
    );
  }
  const sourceStrides = rowMajor(counts, elementBytes);
  const destinationCounts = order.map((axis) => counts[axis] ?? 0);
  return fixedLayout(
    { elementBytes, counts: destinationCounts, strides: order.map((axis) => sourceStrides[axis] ?? 0) },
    { elementBytes, counts: destinationCounts, strides: rowMajor(destinationCounts, elementBytes) },
  );
}

/**
 * Interleaves sequences: `sequences` runs of `length` elements, one behind the other, become the first element of each, then
 * the second of each, and so on. With the two numbers exchanged it takes them apart again.
 */
export function interleave(shape: {
  readonly sequences: number;
  readonly length: number;
  readonly elementBytes?: number | undefined;
}): TransferLayout {
  const { sequences, length, elementBytes } = shape;
  return permute({ counts: [sequences, length], order: [1, 0], elementBytes });
}

/** An image of height x width x channels (channels fastest) and the windows that a convolution takes from it. */
export type WindowShape = {
  readonly height: number;
  readonly width: number;
  readonly channels?: number | undefined;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Elements from one window to the next, in both directions. */
  readonly stride?: number | undefined;
  readonly elementBytes?: number | undefined;
};

/**
 * im2col: the windows of an image as the rows of a matrix, so that a convolution is a matrix product. The result has
 * OH x OW rows with OH = floor((height - kernelHeight) / stride) + 1 and OW likewise, and kernelHeight x kernelWidth x channels
 * columns. Padding is part of the image: put it into a larger one of zeros.
 */
export function im2col(shape: WindowShape): TransferLayout {
  const { height, width, channels = 1, kernelHeight, kernelWidth, stride = 1, elementBytes = float32Bytes } = shape;
  requireWhole(stride, "the stride of the windows", "KPU_GEOMETRY", 1);
  requireWhole(kernelHeight, "kernelHeight", "KPU_GEOMETRY", 1);
  requireWhole(kernelWidth, "kernelWidth", "KPU_GEOMETRY", 1);
  if (kernelHeight > height || kernelWidth > width) {
    throw geometryError(`windows of ${kernelHeight} x ${kernelWidth} do not fit into an image of ${height} x ${width}`);
  }
  const rowBytes = width * channels * elementBytes;
  const counts = [
    Math.floor((height - kernelHeight) / stride) + 1,
    Math.floor((width - kernelWidth) / stride) + 1,
    kernelHeight,
    kernelWidth * channels,
  ];
  return fixedLayout(
    { elementBytes, counts, strides: [stride * rowBytes, stride * channels * elementBytes, rowBytes, elementBytes] },
    { elementBytes, counts, strides: rowMajor(counts, elementBytes) },
  );
}

/** Rows of a table that are picked by number. */
export type PickedRows = {
  /** Row numbers in the table, in the order in which they lie packed. */
  readonly indices: readonly number[];
  /** Elements of a row. */
  readonly cols: number;
  readonly elementBytes?: number | undefined;
  /** Bytes from row to row of the table; default: one behind the other. */
  readonly rowStride?: number | undefined;
};

/** Gathers rows of a table into a packed matrix: row i is row `indices[i]` of the table. A row may be taken several times. */
export function gatherRows(rows: PickedRows): TransferLayout {
  const { table, packed } = pickedRows(rows);
  return fixedLayout(table, packed);
}

/** Scatters the rows of a packed matrix into a table: row i becomes row `indices[i]`. Each row of the table at most once. */
export function scatterRows(rows: PickedRows): TransferLayout {
  const { table, packed } = pickedRows(rows);
  return fixedLayout(packed, table);
}

/** One row of `cols` elements, repeated as the `rows` rows of a matrix. */
export function broadcastRow(shape: MatrixShape): TransferLayout {
  const { rows, cols, elementBytes, destinationRowStride } = strided(shape, shape.cols);
  return fixedLayout(
    { elementBytes, counts: [rows, cols], strides: [0, elementBytes] },
    { elementBytes, counts: [rows, cols], strides: [destinationRowStride, elementBytes] },
  );
}

/** A column of `rows` elements (`sourceRowStride` bytes apart, default packed), repeated as the `cols` columns of a matrix. */
export function broadcastColumn(shape: MatrixShape): TransferLayout {
  const { elementBytes = float32Bytes } = shape;
  const { rows, cols, sourceRowStride, destinationRowStride } = strided(
    { ...shape, sourceRowStride: shape.sourceRowStride ?? elementBytes },
    shape.cols,
  );
  return fixedLayout(
    { elementBytes, counts: [rows, cols], strides: [sourceRowStride, 0] },
    { elementBytes, counts: [rows, cols], strides: [destinationRowStride, elementBytes] },
  );
}

/** A matrix shape with its defaults; rows of the destination have `destinationCols` elements. */
function strided(shape: MatrixShape, destinationCols: number): Required<{ readonly [K in keyof MatrixShape]: number }> {
  const { rows, cols, elementBytes = float32Bytes } = shape;
  const { sourceRowStride = cols * elementBytes, destinationRowStride = destinationCols * elementBytes } = shape;
  return { rows, cols, elementBytes, sourceRowStride, destinationRowStride };
}

function rowMajor(counts: readonly number[], elementBytes: number): readonly number[] {
  let stride = elementBytes;
  return counts
    .toReversed()
    .map((count) => {
      const own = stride;
      stride *= count;
      return own;
    })
    .toReversed();
}

function pickedRows({ indices, cols, elementBytes = float32Bytes, rowStride = cols * elementBytes }: PickedRows): {
  readonly table: Layout;
  readonly packed: Layout;
} {
  const row = { elementBytes, counts: [cols], strides: [elementBytes] };
  for (const [place, index] of indices.entries()) requireWhole(index, `indices[${place}]`, "KPU_GEOMETRY");
  return {
    table: { ...row, starts: indices.map((index) => index * rowStride) },
    packed: { elementBytes, counts: [indices.length, cols], strides: [cols * elementBytes, elementBytes] },
  };
}
