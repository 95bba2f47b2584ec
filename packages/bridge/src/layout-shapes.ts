import { geometry, KpuError, type Layout, type TransferLayout } from "@kpu-sim/machine";
import type { JsonObject } from "./json-object.ts";
import { LayoutFields } from "./layout-fields.ts";

type Builder = (fields: LayoutFields) => TransferLayout;
type BlockSize = { readonly rows: number; readonly cols: number };

/** The shapes of `geometry` by name; their fields are the parameters there. */
const shapes: Readonly<Record<string, Builder>> = {
  tile: (fields) => geometry.tile({ ...matrix(fields), ...bothStrides(fields) }),
  blocks: (fields) =>
    geometry.blocks({
      ...matrix(fields),
      count: fields.whole("count"),
      sourceRowStride: fields.whole("sourceRowStride"),
      sourceBlockStride: fields.whole("sourceBlockStride"),
    }),
  transpose: (fields) => geometry.transpose({ ...matrix(fields), ...bothStrides(fields) }),
  blockReshape: (fields) =>
    geometry.blockReshape({
      ...matrix(fields),
      sourceBlock: block(fields.optionalObject("sourceBlock")),
      destinationBlock: block(fields.optionalObject("destinationBlock")),
    }),
  permute: (fields) =>
    geometry.permute({ counts: fields.wholes("counts"), order: fields.wholes("order"), ...elements(fields) }),
  interleave: (fields) =>
    geometry.interleave({ sequences: fields.whole("sequences"), length: fields.whole("length"), ...elements(fields) }),
  im2col: (fields) =>
    geometry.im2col({
      height: fields.whole("height"),
      width: fields.whole("width"),
      channels: fields.optionalWhole("channels"),
      kernelHeight: fields.whole("kernelHeight"),
      kernelWidth: fields.whole("kernelWidth"),
      stride: fields.optionalWhole("stride"),
      ...elements(fields),
    }),
  gatherRows: (fields) => geometry.gatherRows(pickedRows(fields)),
  scatterRows: (fields) => geometry.scatterRows(pickedRows(fields)),
  broadcastRow: (fields) =>
    geometry.broadcastRow({ ...matrix(fields), destinationRowStride: fields.optionalWhole("destinationRowStride") }),
  broadcastColumn: (fields) => geometry.broadcastColumn({ ...matrix(fields), ...bothStrides(fields) }),
  layout: (fields) => geometry.custom(end(fields.object("source")), end(fields.object("destination"))),
};

/** The layout that a request describes: `shape` names it, the other fields are its parameters. */
export function layoutOf(request: JsonObject): TransferLayout {
  const { shape, ...parameters } = request;
  const builder = typeof shape === "string" && Object.hasOwn(shapes, shape) ? shapes[shape] : undefined;
  if (builder === undefined) {
    const known = Object.keys(shapes).join(", ");
    throw new KpuError("KPU_ARGUMENT", `unknown shape of a layout: ${JSON.stringify(shape)}; known are ${known}`);
  }
  const fields = new LayoutFields(parameters, `the layout '${shape}'`);
  const layout = builder(fields);
  fields.requireAllRead();
  return layout;
}

function elements(fields: LayoutFields): { readonly elementBytes: number | undefined } {
  return { elementBytes: fields.optionalWhole("elementBytes") };
}

function matrix(fields: LayoutFields): BlockSize & { readonly elementBytes: number | undefined } {
  return { rows: fields.whole("rows"), cols: fields.whole("cols"), ...elements(fields) };
}

function bothStrides(fields: LayoutFields): Pick<geometry.MatrixShape, "sourceRowStride" | "destinationRowStride"> {
  return {
    sourceRowStride: fields.optionalWhole("sourceRowStride"),
    destinationRowStride: fields.optionalWhole("destinationRowStride"),
  };
}

function block(fields: LayoutFields | undefined): BlockSize | undefined {
  if (fields === undefined) return undefined;
  const size = { rows: fields.whole("rows"), cols: fields.whole("cols") };
  fields.requireAllRead();
  return size;
}

function pickedRows(fields: LayoutFields): geometry.PickedRows {
  return {
    indices: fields.wholes("indices"),
    cols: fields.whole("cols"),
    rowStride: fields.optionalWhole("rowStride"),
    ...elements(fields),
  };
}

function end(fields: LayoutFields): Layout {
  const layout = {
    elementBytes: fields.whole("elementBytes"),
    counts: fields.wholes("counts"),
    strides: fields.wholes("strides"),
    starts: fields.optionalWholes("starts"),
  };
  fields.requireAllRead();
  return layout;
}
