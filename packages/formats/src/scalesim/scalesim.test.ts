import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkScaleSimConfig } from "./scalesim-config.ts";
import { scaleSimReports } from "./scalesim-reports.ts";
import { checkTopology } from "./topology.ts";

describe("a topology", () => {
  test("of convolutions is lowered to products", () => {
    const text =
      "Layer name, IFMAP Height, ...\nConv1, 224, 224, 11, 11, 3, 96, 4,\n\n,,,,\nlast, 5, 7, 3, 2, 2, 6, 2, 1:1,";
    const { layers, errors } = checkTopology(text);
    expect(errors).toEqual([]);
    expect(layers[0]).toMatchObject({ name: "Conv1", m: 55 * 55, n: 96, k: 363, line: 2 });
    expect(layers[1]).toMatchObject({ name: "last", m: 2 * 4, n: 6, k: 12, line: 5 });
  });

  test("of products shows in its headings, or is asked for", () => {
    expect(checkTopology("Layer Name, M, N, K,\r\na, 256, 128, 64,").layers).toMatchObject([{ m: 256, n: 128, k: 64 }]);
    expect(checkTopology("what, ever\na, 1, 2, 3", "gemm").layers).toMatchObject([{ m: 1, n: 2, k: 3 }]);
  });

  test("has a layer for each channel of a depthwise convolution", () => {
    const { layers } = checkTopology("Layer name\nDP_a, 5, 5, 3, 3, 3, 2, 1,\nb, 5, 5, 3, 3, 3, 2, 1,");
    expect(layers.map(({ name, k, n, line }) => [name, k, n, line])).toEqual([
      ["DP_aChannel_0", 9, 2, 2],
      ["DP_aChannel_1", 9, 2, 2],
      ["DP_aChannel_2", 9, 2, 2],
      ["b", 27, 2, 3],
    ]);
    expect(checkTopology("Layer name\nDP_a, 5, 5, 3, 3, 99999, 2, 1,").errors[0]?.message).toContain("99999 channels");
    expect(checkTopology("Layer, M, N, K\nDP_a, 5, 5, 3").layers).toHaveLength(1);
  });

  test("says which of its filters' rows are kept", () => {
    const { layers } = checkTopology("Layer, M, N, K, Sparsity\na, 1, 2, 3, 2:4,\nb, 1, 2, 3,");
    expect(layers.map(({ sparsity }) => sparsity)).toEqual([
      { kept: 2, of: 4 },
      { kept: 1, of: 1 },
    ]);
  });

  test.each([
    ["a, 1, , 3", "layer 'a': N is empty"],
    ["a, 1, 2", "layer 'a': K is empty"],
    ["a, 1, 2.5, 3", "N must be a whole number from 1 to 1073741824, got '2.5'"],
    ["a, 1, 1e3, 3", "got '1e3'"],
    ["a, 99999999999, 2, 3", "M must be a whole number"],
    ["a, 1, 2, 3, 5:4", "sparsity must be N:M with N from 1 to M and M up to 65536, got '5:4'"],
    ["a, 1, 2, 3, 0:4", "got '0:4'"],
    ["a, 1, 2, 3, 2:", "got '2:'"],
  ])("%s is refused with its line", (line, message) => {
    const { layers, errors } = checkTopology(`Layer, M, N, K\n${line}\n`);
    expect(layers).toEqual([]);
    expect(errors).toMatchObject([{ line: 2 }]);
    expect(errors[0]?.message).toContain(message);
  });

  test("whose filter is larger than its input, or without layers, is refused", () => {
    expect(checkTopology("Layer name\nc, 3, 3, 4, 1, 1, 1, 1").errors[0]?.message).toContain("larger than the input");
    expect(checkTopology("Layer, M, N, K\n\n").errors[0]?.message).toContain("no layers");
  });

  test("is read or refused, whatever the text", () => {
    const cell = fc.oneof(fc.constant(""), fc.constant("3"), fc.constant("M"), fc.string({ maxLength: 6 }));
    const lines = fc.array(
      fc.array(cell, { maxLength: 10 }).map((cells) => cells.join(",")),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(lines, (texts) => {
        const { layers, errors } = checkTopology(texts.join("\n"));
        expect(layers.length + errors.length).toBeGreaterThan(0);
        for (const { m, n, k } of layers) expect(Math.min(m, n, k)).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

const complete = `[general]
run_name = x
; a comment
[architecture_presets]
ArrayHeight: 8
ArrayWidth = 16
IfmapSramSzkB: 64
FilterSramSzkB: 32
OfmapSramSzkB: 16
Bandwidth : 10
Dataflow : WS
[run_presets]
InterfaceBandwidth: USER`;

describe("a configuration", () => {
  test("says what its reports depend on; banks take the bandwidth that is said for them", () => {
    expect(checkScaleSimConfig(complete).config).toEqual({
      runName: "x",
      arrayHeight: 8,
      arrayWidth: 16,
      ifmapSramKb: 64,
      filterSramKb: 32,
      ofmapSramKb: 16,
      dataflow: "weight_stationary",
      interfaceBandwidth: "user",
      ofmapBandwidth: 10,
      ifmapBandwidth: 10,
      filterBandwidth: 10,
      ifmapOffset: 0,
      filterOffset: 10_000_000,
      ofmapOffset: 20_000_000,
      sparsity: undefined,
    });
    const banks = `${complete}\n[layout]\nIfmapSRAMBankBandwidth: 20\nIfmapCustomLayout: False`;
    expect(checkScaleSimConfig(banks).config).toMatchObject({ ifmapBandwidth: 20, filterBandwidth: 10 });
  });

  const sparse = `${complete}\n[sparsity]\nSparsitySupport: true\nSparseRep: csr`;
  const inBlocks = `${sparse}\nOptimizedMapping: true\nBlockSize: 4\nRandomNumberGeneratorSeed: 0`;

  test("says how sparse filters are kept", () => {
    expect(checkScaleSimConfig(sparse).config?.sparsity).toEqual({
      representation: "csr",
      optimizedMapping: undefined,
    });
    const optimizedMapping = { blockSize: 4, seed: 0 };
    expect(checkScaleSimConfig(inBlocks).config?.sparsity).toEqual({ representation: "csr", optimizedMapping });
    expect(checkScaleSimConfig(inBlocks.replace("Support: true", "Support: false")).config?.sparsity).toBeUndefined();
  });

  test.each([
    ["csr", "constructor", "SparseRep must be one of csr, csc, ellpack_block, got 'constructor'"],
    ["Dataflow : WS", "Dataflow : os", "needs a weight-stationary array"],
    ["BlockSize: 4", "BlockSize: 3", "must be even, and divide twice the array's height (16)"],
    ["BlockSize: 4", "BlockSize: 6", "must be even, and divide twice the array's height (16)"],
    ["BlockSize: 4", "BlockSize: 16", "BlockSize must be a whole number from 2 to 8, got '16'"],
    ["Seed: 0", "Seed: -1", "must be a whole number from 0 to 4294967295, got '-1'"],
    ["Bandwidth : 10", "Bandwidth : 10\nFilterOffset: 00", "takes address 0 for no weight"],
  ])("with %s as %s is refused for sparse layers", (before, after, message) => {
    const { config, errors } = checkScaleSimConfig(inBlocks.replace(before, after));
    expect(config).toBeUndefined();
    expect(errors.map((error) => error.message).join()).toContain(message);
    expect(errors[0]?.line).toBeGreaterThan(1);
  });

  test.each([
    ["Dataflow : WS", "Dataflow : rs", "Dataflow must be one of os, ws, is, got 'rs'", 11],
    ["ArrayHeight: 8", "ArrayHeight: -8", "ArrayHeight must be a whole number from 1 to 4096, got '-8'", 5],
    ["ArrayHeight: 8", "ArrayHeight 8", "'ArrayHeight 8' is no 'key: value'", 5],
    ["InterfaceBandwidth: USER", "InterfaceBandwidth: USER\nUseRamulatorTrace: True", "not supported", 14],
  ])("%s as %s is refused", (before, after, message, line) => {
    const { config, errors } = checkScaleSimConfig(complete.replace(before, after));
    expect(config).toBeUndefined();
    expect(errors.some((error) => error.message.includes(message) && error.line === line)).toBe(true);
  });

  test("is read or refused, whatever the text", () => {
    const line = fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom(...complete.split("\n")));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 16 }), (lines) => {
        const { config, errors } = checkScaleSimConfig(lines.join("\n"));
        expect(config === undefined).toBe(errors.length > 0);
      }),
    );
  });
});

test("reports write numbers as Python does", () => {
  const span = { startCycle: -3277, stopCycle: 5, count: 7 };
  const spans = { ifmap: span, filter: span, ofmap: span };
  const report = {
    totalCyclesWithPrefetch: 10,
    totalCycles: 100_000_000,
    stallCycles: 0,
    overallUtilizationPercent: 0.00001234,
    mappingEfficiencyPercent: 100,
    computeUtilizationPercent: 50.25,
    sram: spans,
    dram: spans,
    filterStorage: undefined,
    readsPerSharedInput: undefined,
  };
  const reports = scaleSimReports([report]);
  expect(reports.get("COMPUTE_REPORT.csv")?.split("\n")[1]).toBe("0, 10, 100000000, 0, 1.234e-05, 100.0, 50.25,");
  expect(reports.get("BANDWIDTH_REPORT.csv")?.split("\n")[1]).toContain("0, 7e-08, ");
  expect(reports.get("DETAILED_ACCESS_REPORT.csv")?.split("\n")[1]).toContain("0, -3277.0, 5.0, 7, ");
});
