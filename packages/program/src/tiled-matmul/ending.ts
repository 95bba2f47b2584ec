import {
  type Activation,
  checkedEpilogue,
  KpuError,
  type NumberFormat,
  numberFormats,
  type ProductEpilogue,
} from "@kpu-sim/machine";

/** A float32 for each column of C; `true` where they lie in host memory already or will be written there before the first run. */
export type ColumnValues = Float32Array | true;

/** What the compute tiles' vector units do with the sums before C is written: C = f(A B x scale + bias), in `resultFormat`. */
export type EndingRequest = {
  readonly bias?: ColumnValues | undefined;
  readonly activation?: Activation | undefined;
  /** Slope of `leaky_relu` below 0 (default 0.01). */
  readonly slope?: number | undefined;
  /** One factor, or one for each column; positive and finite. Needed where whole numbers end in the vector unit. */
  readonly scale?: number | ColumnValues | undefined;
  /** How whole numbers stand for results: result / scale, rounded, plus the zero point. */
  readonly resultScale?: number | undefined;
  readonly resultZeroPoint?: number | undefined;
};

/** An ending, with the rows of parameters that go with the last tile of B of each column of tiles: scales first, then the bias. */
export type Ending = Pick<EndingRequest, "activation" | "slope" | "resultScale" | "resultZeroPoint"> & {
  readonly scale: number | "by column" | undefined;
  readonly hasBias: boolean;
};

/** Bytes of a parameter: all are float32. */
export const parameterBytes = 4;

/** The ending of a product; undefined where its sums are its result. Errors: those of a product with such an epilogue. */
export function endingOf(
  request: EndingRequest,
  format: NumberFormat,
  resultFormat: NumberFormat | undefined,
): Ending | undefined {
  const { bias, activation, slope, scale, resultScale, resultZeroPoint } = request;
  const { accumulator } = numberFormats[format];
  const isPlain = resultFormat === undefined || resultFormat === accumulator;
  const given = [bias, scale, resultScale, resultZeroPoint].some((each) => each !== undefined);
  if (!given && isPlain && (activation ?? "none") === "none") return undefined;
  const byColumn = scale === true || scale instanceof Float32Array;
  const ending: Ending = {
    activation,
    slope,
    resultScale,
    resultZeroPoint,
    scale: byColumn ? "by column" : scale,
    hasBias: bias !== undefined,
  };
  // What the products would refuse when the program runs.
  checkedEpilogue(format, resultFormat, epilogueAt(ending, 0, 1));
  return ending;
}

/** Rows of parameters, one number for each column. */
export function parameterRows(ending: Ending | undefined): number {
  return (ending?.hasBias === true ? 1 : 0) + (ending?.scale === "by column" ? 1 : 0);
}

/** The ending of a product with `cols` columns, whose parameters lie at a byte offset of its scratchpad. */
export function epilogueAt({ scale, hasBias, ...others }: Ending, offset: number, cols: number): ProductEpilogue {
  const byColumn = scale === "by column";
  const bias = offset + (byColumn ? parameterBytes * cols : 0);
  return { ...others, scale: byColumn ? { row: offset } : scale, bias: hasBias ? bias : undefined };
}

/**
 * The parameters that are given, as rows with the number of each, checked. Errors: KPU_DIMENSION for another length than `cols`, KPU_ARGUMENT for a
 * scale that is not positive and finite, KPU_TYPE, KPU_TIMING_ONLY for values on a machine that simulates times only.
 */
export function givenParameters(
  { bias, scale }: EndingRequest,
  cols: number,
  hasValues: boolean,
): readonly { readonly row: number; readonly values: Float32Array }[] {
  const scaleRows = scale === true || scale instanceof Float32Array ? 1 : 0;
  return [
    { row: 0, name: "scale", values: typeof scale === "number" ? undefined : scale },
    { row: scaleRows, name: "bias", values: bias },
  ].flatMap(({ row, name, values }) => {
    if (values === undefined || values === true) return [];
    requireParameters(name, values, cols, hasValues);
    return [{ row, values }];
  });
}

function requireParameters(name: string, values: Float32Array, cols: number, hasValues: boolean): void {
  if (!hasValues) {
    const message = `${name} must be true: this machine simulates times only (timing_only)`;
    throw new KpuError("KPU_TIMING_ONLY", message);
  }
  if (!(values instanceof Float32Array)) throw new KpuError("KPU_TYPE", `${name} must be a Float32Array`);
  if (values.length !== cols) {
    const message = `${name} must have a number for each of the ${cols} columns of C, got ${values.length}`;
    throw new KpuError("KPU_DIMENSION", message, { name, length: values.length, cols });
  }
  if (name !== "scale") return;
  const wrong = values.findIndex((value) => !(value > 0 && value < Number.POSITIVE_INFINITY));
  if (wrong < 0) return;
  throw new KpuError("KPU_ARGUMENT", `scale ${wrong} must be a positive finite float32, got ${values[wrong]}`, {
    index: wrong,
  });
}
