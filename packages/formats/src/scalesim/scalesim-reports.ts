/** First and last cycle of accesses, and how many there were. */
export type AccessSpan = { readonly startCycle: number; readonly stopCycle: number; readonly count: number };

/** What SCALE-Sim's three reports say of a layer. Cycles are numbered as there: the last one of n has number n - 1. */
export type ScaleSimLayerReport = {
  /** From the first access to DRAM to the last. */
  readonly totalCyclesWithPrefetch: number;
  readonly totalCycles: number;
  readonly stallCycles: number;
  readonly overallUtilizationPercent: number;
  readonly mappingEfficiencyPercent: number;
  readonly computeUtilizationPercent: number;
  readonly sram: { readonly ifmap: AccessSpan; readonly filter: AccessSpan; readonly ofmap: AccessSpan };
  readonly dram: { readonly ifmap: AccessSpan; readonly filter: AccessSpan; readonly ofmap: AccessSpan };
};

/** The files by name, byte for byte as SCALE-Sim v3 writes them. */
export function scaleSimReports(layers: readonly ScaleSimLayerReport[]): ReadonlyMap<string, string> {
  return new Map([
    ["COMPUTE_REPORT.csv", report(computeHeadings, layers.map(computeCells))],
    ["BANDWIDTH_REPORT.csv", report(bandwidthHeadings, layers.map(bandwidthCells))],
    ["DETAILED_ACCESS_REPORT.csv", report(accessHeadings, layers.map(accessCells))],
  ]);
}

const computeHeadings = [
  "LayerID",
  "Total Cycles (incl. prefetch)",
  "Total Cycles",
  "Stall Cycles",
  "Overall Util %",
  "Mapping Efficiency %",
  "Compute Util %",
];

const bandwidthHeadings = [
  "LayerID",
  ...["SRAM", "DRAM"].flatMap((memory) => ["IFMAP", "FILTER", "OFMAP"].map((name) => `Avg ${name} ${memory} BW`)),
];

const accessHeadings = [
  "LayerID",
  ...["SRAM", "DRAM"].flatMap((memory) =>
    (
      [
        ["IFMAP", "Reads"],
        ["Filter", "Reads"],
        ["OFMAP", "Writes"],
      ] as const
    ).flatMap(([name, what]) => ["Start Cycle", "Stop Cycle", what].map((figure) => `${memory} ${name} ${figure}`)),
  ),
];

function computeCells(layer: ScaleSimLayerReport): string[] {
  const { totalCyclesWithPrefetch, totalCycles, stallCycles } = layer;
  return [
    ...[totalCyclesWithPrefetch, totalCycles, stallCycles].map(String),
    ...[layer.overallUtilizationPercent, layer.mappingEfficiencyPercent, layer.computeUtilizationPercent].map(float),
  ];
}

function bandwidthCells({ sram, dram, totalCycles }: ScaleSimLayerReport): string[] {
  return [
    ...[sram.ifmap, sram.filter, sram.ofmap].map(({ count }) => float(count / totalCycles)),
    ...[dram.ifmap, dram.filter, dram.ofmap].map(({ startCycle, stopCycle, count }) =>
      float(count / (stopCycle - startCycle + 1)),
    ),
  ];
}

function accessCells({ sram, dram }: ScaleSimLayerReport): string[] {
  return [sram.ifmap, sram.filter, sram.ofmap, dram.ifmap, dram.filter, dram.ofmap].flatMap(
    ({ startCycle, stopCycle, count }) => [float(startCycle), float(stopCycle), String(count)],
  );
}

function report(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells, layer) => `${[String(layer), ...cells].join(", ")},\n`);
  return `${headings.join(", ")},\n${lines.join("")}`;
}

/** A number as Python prints a float: the shortest digits that say it, with `.0` where it is whole. */
function float(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${value}.0`;
  const text = String(value);
  if (Math.abs(value) >= 1e-4 || value === 0) return text;
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  return `${digits}e-${exponent.slice(1).padStart(2, "0")}`;
}
