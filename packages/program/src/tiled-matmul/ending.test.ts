import {
  type Activation,
  activations,
  decodeMatrix,
  encodeMatrix,
  isFloatFormat,
  Machine,
  matrixBytes,
  type NumberFormat,
  numberFormatNames,
  numberFormats,
} from "@kpu-sim/machine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TiledMatmul, type TiledMatmulRequest, tiledMatmul } from "./tiled-matmul.ts";

/** Values that each format holds in its own way. */
function values(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => (((index + seed) * 7919) % 997) / 31 - 16);
}

type Ended = TiledMatmulRequest & { readonly a: Float32Array; readonly b: Float32Array };

/** The sums by a tiled product without an ending, which other tests compare with plain loops; then one operation of a vector unit on them. */
function endedByHand(request: Ended): ArrayLike<number> {
  const { m, n, k, a, b, format = "float32", resultFormat, scale, bias, activation, slope, ...rest } = request;
  const sums = tiledMatmul(new Machine(), { m, n, k, a, b, format }).c;
  const machine = new Machine({ scratchpads: { count: 1, capacityKb: 64 } });
  const pad = machine.scratchpad(0);
  const { accumulator } = numberFormats[format];
  const [source, scales, biases, destination] = [0, 16384, 20480, 32768];
  pad.write(source, encodeMatrix(accumulator, sums, m, n));
  if (scale instanceof Float32Array) pad.writeFloat32(scales, scale);
  if (bias instanceof Float32Array) pad.writeFloat32(biases, bias);
  const { resultScale, resultZeroPoint } = rest;
  machine.vector(0).activation({
    scratchpad: 0,
    rows: m,
    cols: n,
    source,
    destination,
    format: accumulator,
    resultFormat: resultFormat ?? "float32",
    scale: typeof scale === "number" ? scale : scale === undefined ? undefined : { row: scales },
    bias: bias === undefined ? undefined : biases,
    activation,
    slope,
    resultScale,
    resultZeroPoint,
  });
  machine.runUntilIdle();
  const result = resultFormat ?? "float32";
  return decodeMatrix(result, pad.read(destination, matrixBytes(result, m, n)), m, n);
}

const size = fc.integer({ min: 1, max: 34 });
const side = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined });
const even = fc.option(fc.constantFrom(2, 4, 8), { nil: undefined });

const randomEnding = fc.record({
  m: size,
  n: size,
  k: size,
  tileM: side,
  tileN: even,
  tileK: even,
  doubleBuffer: fc.boolean(),
  format: fc.constantFrom<NumberFormat>(...numberFormatNames),
  resultFormat: fc.option(fc.constantFrom<NumberFormat>(...numberFormatNames), { nil: undefined }),
  activation: fc.option(fc.constantFrom<Activation>(...activations), { nil: undefined }),
  scaleKind: fc.constantFrom("one", "by column", "none"),
  hasBias: fc.boolean(),
  quantizes: fc.boolean(),
});

type Drawn = typeof randomEnding extends fc.Arbitrary<infer T> ? T : never;

function requestOf({ scaleKind, hasBias, quantizes, ...drawn }: Drawn, hasValues: boolean): TiledMatmulRequest {
  const { n, format, resultFormat = "float32" } = drawn;
  const isWhole = !isFloatFormat(format);
  const columns = hasValues ? values(n, 7).map((value) => Math.abs(value) / 64 + 0.01) : true;
  const scale = scaleKind === "by column" ? columns : isWhole || scaleKind === "one" ? 0.0371 : undefined;
  const quantized = quantizes && !isFloatFormat(resultFormat) ? { resultScale: 0.31, resultZeroPoint: 2 } : {};
  return { ...drawn, ...quantized, scale, bias: hasBias ? (hasValues ? values(n, 3) : true) : undefined };
}

describe("a tiled product that ends in the vector units", () => {
  test("has the bits of the sums and of the vector unit's operation, whatever the tiling, without hazards", () => {
    fc.assert(
      fc.property(randomEnding, fc.constantFrom("closed_form", "stepped"), (drawn, arrayModel) => {
        const { m, n, k } = drawn;
        const request = { ...requestOf(drawn, true), a: values(m * k, 1), b: values(k * n, 2) };
        fc.pre(request.scale !== undefined || request.bias !== undefined || request.activation !== undefined);
        const machine = new Machine({ computeTiles: { rows: 4, cols: 5, arrayModel } });
        const { c, report } = tiledMatmul(machine, request);
        expect([...c]).toEqual([...Array.from(endedByHand(request))]);
        expect(report.hazards).toBe(0);
        expect(report.utilization).toBeLessThanOrEqual(1);
      }),
      { numRuns: Number(process.env["KPU_FUZZ_RUNS"] ?? 80) },
    );
  });

  test("takes the same cycles whether its steps are issued as others complete or all at once", () => {
    fc.assert(
      fc.property(randomEnding, fc.integer({ min: 1, max: 3 }), (drawn, tiles) => {
        const request = requestOf(drawn, false);
        const cycles = [0, 10_000].map((window) => {
          const config = {
            timingOnly: true,
            computeTiles: { count: tiles, rows: 4, cols: 4 },
            hostMemory: { latencyCycles: 5 },
          };
          const machine = new Machine(config);
          machine.startTrace({ mostEvents: 1 });
          return new TiledMatmul(machine, request, window).report().cycles;
        });
        expect(cycles[0]).toBe(cycles[1]);
      }),
      { numRuns: 40 },
    );
  });

  test("moves results in their format, and parameters once from the host", () => {
    const [m, n, k] = [64, 48, 32];
    const report = (request: Partial<TiledMatmulRequest>) => {
      const machine = new Machine({ timingOnly: true });
      return tiledMatmul(machine, { m, n, k, format: "int8", tileM: 16, tileN: 16, tileK: 16, ...request }).report;
    };
    const [plain, ended] = [report({}), report({ scale: true, bias: true, resultFormat: "int8", activation: "relu" })];
    expect([plain.resultFormat, ended.resultFormat]).toEqual(["int32", "int8"]);
    const hosts = [plain, ended].map(({ levels }) => levels.find(({ level }) => level === "host"));
    expect(hosts.map((each) => each?.bytesWritten)).toEqual([4 * m * n, m * n]);
    expect((hosts[1]?.bytesRead ?? 0) - (hosts[0]?.bytesRead ?? 0)).toBe(2 * 4 * n);
    const vector = ended.unitReports.filter(({ unit }) => unit.startsWith("vector"));
    expect(vector.map(({ unit }) => unit)).toEqual(["vector 0", "vector 1"]);
    expect(vector.reduce((sum, { operations }) => sum + operations, 0)).toBe((m / 16) * (n / 16));
    for (const unit of vector) {
      const { busyCycles, waitingForDataCycles, waitingForSpaceCycles, idleCycles } = unit;
      expect(busyCycles + waitingForDataCycles + waitingForSpaceCycles + idleCycles).toBe(ended.cycles);
    }
    expect(plain.unitReports.some(({ unit }) => unit.startsWith("vector"))).toBe(false);
  });
});
