import type { SparseRepresentation } from "./scalesim-config.ts";

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
  /** With a configuration that turns sparsity on. */
  readonly filterStorage: FilterStorage | undefined;
  /** M / N where as many rows of sparse filters share an input, which is then read for each of them. */
  readonly readsPerSharedInput: number | undefined;
};

/** Sparse filters as they are kept, in words. */
export type FilterStorage = {
  readonly representation: SparseRepresentation;
  readonly originalWords: number;
  /** Weights and metadata. */
  readonly storedWords: number;
  readonly metadataWords: number;
};

/** The files by name, byte for byte as SCALE-Sim v3 writes them: three, and one of sparse filters where there are any. */
export function scaleSimReports(layers: readonly ScaleSimLayerReport[]): ReadonlyMap<string, string> {
  const isSparse = layers.some(({ filterStorage }) => filterStorage !== undefined);
  const files: [string, string][] = [
    ["COMPUTE_REPORT.csv", report(computeHeadings, layers.map(computeCells))],
    ["BANDWIDTH_REPORT.csv", report(bandwidthHeadings(isSparse), layers.map(bandwidthCells))],
    ["DETAILED_ACCESS_REPORT.csv", report(accessHeadings, layers.map(accessCells))],
  ];
  if (isSparse) files.push(["SPARSE_REPORT.csv", sparseReport(layers)]);
  return new Map(files);
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

const metadataBandwidth = "Avg FILTER Metadata SRAM BW";

function bandwidthHeadings(isSparse: boolean): readonly string[] {
  const [ifmap, filter, ...others] = ["SRAM", "DRAM"].flatMap((memory) =>
    ["IFMAP", "FILTER", "OFMAP"].map((name) => `Avg ${name} ${memory} BW`),
  );
  return ["LayerID", ifmap ?? "", filter ?? "", ...(isSparse ? [metadataBandwidth] : []), ...others];
}

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

function bandwidthCells({ sram, dram, totalCycles, filterStorage }: ScaleSimLayerReport): string[] {
  const metadata = filterStorage === undefined ? [] : [filterStorage.metadataWords];
  return [
    ...[sram.ifmap.count, sram.filter.count, ...metadata, sram.ofmap.count].map((count) => float(count / totalCycles)),
    ...[dram.ifmap, dram.filter, dram.ofmap].map(({ startCycle, stopCycle, count }) =>
      float(count / (stopCycle - startCycle + 1)),
    ),
  ];
}

function accessCells({ sram, dram, readsPerSharedInput }: ScaleSimLayerReport): string[] {
  return [sram.ifmap, sram.filter, sram.ofmap, dram.ifmap, dram.filter, dram.ofmap].flatMap((span) => {
    // What was multiplied by a ratio is printed as a fraction, even where it is whole.
    const isFraction = span === sram.ifmap && readsPerSharedInput !== undefined;
    return [float(span.startCycle), float(span.stopCycle), isFraction ? float(span.count) : String(span.count)];
  });
}

function sparseReport(layers: readonly ScaleSimLayerReport[]): string {
  const headings = [
    ...["LayerID", "Sparsity Representation", "Original Filter Storage", "New Storage (Filter+Metadata)"],
    ...["Filter Metadata Storage", metadataBandwidth],
  ];
  const rows = layers.map(({ filterStorage, totalCycles }) =>
    filterStorage === undefined ? [] : storageCells(filterStorage, totalCycles),
  );
  // The line of headings ends with a space, unlike those of the other files.
  return report(headings, rows).replace(",\n", ", \n");
}

function storageCells(storage: FilterStorage, totalCycles: number): string[] {
  const { representation, originalWords, storedWords, metadataWords } = storage;
  const number = representation === "ellpack_block" ? float : String;
  return [
    ...[representation, String(originalWords), number(storedWords), number(metadataWords)],
    float(metadataWords / totalCycles),
  ];
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
