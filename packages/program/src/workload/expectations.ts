import type { Expectation } from "@kpu-sim/formats";
import { isFloatFormat, KpuError, type Machine, matrixProduct } from "@kpu-sim/machine";
import { atLine, type Block, type LocatedAreas } from "./located-areas.ts";

/** Whether something that was expected holds; undefined where it cannot be told, because the machine simulates times only. */
export type CheckedExpectation = {
  readonly line: number | undefined;
  readonly expected: string;
  readonly isMet: boolean | undefined;
  /** What is the case instead; empty where it holds. */
  readonly found: string;
};

type Numbers = Float32Array | Int32Array | readonly number[];

/** Looks at the machine at the end of a workload. Errors: KPU_GEOMETRY for blocks that cannot be compared. */
export function checkExpectation(
  machine: Machine,
  areas: LocatedAreas,
  hazards: number,
  cycles: number,
  expectation: Expectation,
): CheckedExpectation {
  const { line } = expectation;
  return atLine(line, () => {
    if (expectation.kind === "cycles") {
      const { least, most } = expectation;
      const expected = least === most ? `${least} cycles` : `${least} to ${most} cycles`;
      const isMet = cycles >= least && cycles <= most;
      return { line, expected, isMet, found: isMet ? "" : `${cycles} cycles` };
    }
    if (expectation.kind === "hazards") {
      const isMet = hazards === expectation.count;
      return { line, expected: `hazards: ${expectation.count}`, isMet, found: isMet ? "" : String(hazards) };
    }
    const block = areas.block(expectation.place, noVariables);
    const expected = `${block.name} ${phraseOf(expectation)}`;
    if (machine.config.timingOnly) return { line, expected, isMet: undefined, found: "not looked at: times only" };
    const wanted = wantedNumbers(areas, expectation, block);
    const tolerance = expectation.kind === "values" ? expectation.tolerance : 0;
    const found = firstDifference(areas.read(block), wanted, block, tolerance);
    return { line, expected, isMet: found === "", found };
  });
}

const noVariables: ReadonlyMap<string, number> = new Map();

function phraseOf(expectation: Expectation): string {
  switch (expectation.kind) {
    case "equalArea":
      return `equals ${expectation.other.area}`;
    case "equalProduct":
      return `equals ${expectation.a.area} x ${expectation.b.area}`;
    default:
      return "holds the given values";
  }
}

function wantedNumbers(
  areas: LocatedAreas,
  expectation: Exclude<Expectation, { readonly kind: "cycles" | "hazards" }>,
  block: Block,
): Numbers {
  switch (expectation.kind) {
    case "values":
      return expectation.values;
    case "equalArea":
      return areas.read(areas.block(expectation.other, noVariables));
    case "equalProduct":
      return productOf(areas, areas.block(expectation.a, noVariables), areas.block(expectation.b, noVariables), block);
  }
}

/** The product as arrays compute it, k ascending; of whole numbers modulo 2^32. */
function productOf(areas: LocatedAreas, a: Block, b: Block, c: Block): Numbers {
  const isFloat = isFloatFormat(a.format);
  const hasSums = c.format === (isFloat ? "float32" : "int32");
  if (a.cols !== b.rows || a.format !== b.format || !hasSums) {
    throw new KpuError(
      "KPU_GEOMETRY",
      `${c.name} (${c.format}) cannot be compared with ${a.name} (${a.rows} x ${a.cols} ${a.format}) x ${b.name} ` +
        `(${b.rows} x ${b.cols} ${b.format}): sizes must fit, and ${c.name} have the format of the sums`,
    );
  }
  const [left, right] = [areas.read(a), areas.read(b)];
  if (left instanceof Float32Array && right instanceof Float32Array) {
    return matrixProduct(left, right, a.rows, b.cols, a.cols);
  }
  const sums = new Int32Array(a.rows * b.cols);
  for (let row = 0; row < a.rows; row++) {
    for (let col = 0; col < b.cols; col++) {
      let sum = 0;
      for (let k = 0; k < a.cols; k++) {
        sum = (sum + Math.imul(left[row * a.cols + k] ?? 0, right[k * b.cols + col] ?? 0)) | 0;
      }
      sums[row * b.cols + col] = sum;
    }
  }
  return sums;
}

function firstDifference(found: Numbers, wanted: Numbers, block: Block, tolerance: number): string {
  if (found.length !== wanted.length) return `${found.length} numbers beside ${wanted.length}`;
  for (let index = 0; index < found.length; index++) {
    const [is, should] = [found[index] ?? 0, wanted[index] ?? 0];
    if (is === should || Math.abs(is - should) <= tolerance || (Number.isNaN(is) && Number.isNaN(should))) continue;
    return `${is} instead of ${should} in row ${Math.floor(index / block.cols)}, column ${index % block.cols}`;
  }
  return "";
}
