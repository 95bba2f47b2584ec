import { describe, expect, test } from "vitest";
import {
  arrayAccesses,
  arrayCycles,
  type Dataflow,
  mappingUtilization,
  overallUtilization,
  SteppedArray,
} from "../src/index.ts";
import {
  loweredConvolution,
  type PublishedProduct,
  registerTransferLevel,
  squareProducts,
} from "./published/figures.ts";
import { csvRows, hasReferenceData, textLines, whyReferenceDataIsMissing } from "./published/reference-data.ts";

const dataflowOf: Readonly<Record<string, Dataflow>> = {
  os: "output_stationary",
  ws: "weight_stationary",
  is: "input_stationary",
};

function dataflowNamed(name: string): Dataflow {
  const dataflow = dataflowOf[name];
  if (dataflow === undefined) throw new Error(`no dataflow ${name}`);
  return dataflow;
}

const square32 = (dataflow: Dataflow) => ({ rows: 32, cols: 32, systolic: true, dataflow });

describe("cited figures", () => {
  test.each([...registerTransferLevel, ...squareProducts.filter(({ m }) => m <= 32)])(
    "$name, $dataflow: a stepped array takes $cycles cycles, too",
    ({ rows, cols, dataflow, m, n, k, cycles }) => {
      const ones = (count: number): Float32Array => new Float32Array(count).fill(1);
      const array = new SteppedArray({ rows, cols, dataflow }, { m, n, k, a: ones(m * k), b: ones(k * n) });
      expect(array.run()).toBe(cycles);
      expect(array.result.every((value) => value === k)).toBe(true);
    },
  );
});

/** Percent over the cycles as SCALE-Sim prints them, one less than there are. */
function printedUtilization({ rows, cols, dataflow, m, n, k, cycles }: PublishedProduct): number {
  const share = overallUtilization({ rows, cols, systolic: true, dataflow }, { m, n, k });
  return (100 * share * cycles) / (cycles - 1);
}

describe.skipIf(!hasReferenceData)(`published data${whyReferenceDataIsMissing}`, () => {
  test.each([
    ["8_8", 141],
    ["16_16", 35_561],
    ["32_32", 18_573],
  ])("LLMCompass: all rows of look_up_table_%s", (size, count) => {
    const rows = csvRows(`llmcompass/look_up_table_${size}.csv`, false);
    const different = rows.filter((cells) => {
      const [m = 0, n = 0, k = 0, height = 0, width = 0] = cells.slice(0, 5).map(Number);
      const shape = { rows: height, cols: width, systolic: true, dataflow: dataflowNamed(cells[5] ?? "") };
      const cycles = arrayCycles(shape, m, n, k);
      const utilization = printedUtilization({ name: "", ...shape, m, n, k, cycles });
      return cycles - 1 !== Number(cells[6]) || Math.abs(utilization - Number(cells[7])) > 0.000_501;
    });
    expect(rows).toHaveLength(count);
    expect(different).toEqual([]);
  });

  test.each(["ws", "os", "is"])("SCALE-Sim: the golden trace %s of a product", (name) => {
    const [layer] = csvRows("scalesim/topologies/GEMM_mnk/test_mnk_input.csv", true);
    const [m = 0, n = 0, k = 0] = (layer ?? []).slice(1, 4).map(Number);
    compareLayers(`scalesim/golden/golden_trace_user_${name}`, name, [{ m, n, k }]);
  });

  test("SCALE-Sim: the golden trace of AlexNet's first convolution, and a run of all five", () => {
    const layers = csvRows("scalesim/topologies/conv_nets/alexnet.csv", true).map((cells) => {
      const [height = 0, width = 0, kernel = 0, , channels = 0, filters = 0, stride = 0] = cells
        .slice(1, 8)
        .map(Number);
      return loweredConvolution({ height, width, kernel, channels, filters, stride });
    });
    expect(layers).toHaveLength(5);
    compareLayers("scalesim/golden/golden_trace_calc", "ws", layers.slice(0, 1));
    compareLayers("scalesim/runs/alexnet_calc_ws", "ws", layers);
  });

  test.each(["ws", "os"])("SCALE-Sim: a run of a vision transformer's products, %s", (name) => {
    const layers = csvRows("scalesim/topologies/GEMM_mnk/vit_s.csv", true).map((cells) => {
      const [m = 0, n = 0, k = 0] = cells.slice(1, 4).map(Number);
      return { m, n, k };
    });
    expect(layers).toHaveLength(5);
    compareLayers(`scalesim/runs/vit_s_${name}_calc_${name}`, name, layers);
  });

  test("SCALE-Sim: N x N x N on N x N", () => {
    const lines = textLines("scalesim/runs/v1_validation_runs.txt");
    expect(lines).toHaveLength(18);
    for (const line of lines) {
      const [, size = "", name = "", , printed = ""] = /^(\d+) (\w\w) \[([\d.]+),\s*([\d.]+)/.exec(line) ?? [];
      const length = Number(size);
      const shape = { rows: length, cols: length, systolic: true, dataflow: dataflowNamed(name) };
      expect(arrayCycles(shape, length, length, length) - 1, line).toBe(Number(printed));
    }
  });
});

type Layer = { readonly m: number; readonly n: number; readonly k: number };

/** Compute cycles (total less stalled), mapping and accesses of each layer of a run on a 32 x 32 array. */
function compareLayers(folder: string, name: string, layers: readonly Layer[]): void {
  const dataflow = dataflowNamed(name);
  const cycles = csvRows(`${folder}/COMPUTE_REPORT.csv`, true);
  const accesses = csvRows(`${folder}/DETAILED_ACCESS_REPORT.csv`, true);
  expect([cycles.length, accesses.length]).toEqual([layers.length, layers.length]);
  for (const [index, { m, n, k }] of layers.entries()) {
    const [, , total = 0, stalled = 0, , mapping = 0] = (cycles[index] ?? []).map(Number);
    const shape = square32(dataflow);
    expect(arrayCycles(shape, m, n, k) - 1).toBe(total - stalled);
    expect(100 * mappingUtilization(shape, { m, n, k })).toBeCloseTo(mapping, 9);
    const [, , , operandAReads, , , operandBReads, , , resultWrites] = (accesses[index] ?? []).map(Number);
    const counted = arrayAccesses(shape, { m, n, k });
    expect(counted).toMatchObject({ operandAReads, operandBReads });
    // Its output-stationary result writes are more than there are results, by a margin that follows no rule.
    if (dataflow === "output_stationary") expect(counted.resultWrites).toBe(m * n);
    else expect(counted.resultWrites).toBe(resultWrites);
  }
}
