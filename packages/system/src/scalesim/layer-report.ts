import type {
  AccessSpan,
  ScaleSimConfig,
  ScaleSimLayer,
  ScaleSimLayerReport,
  ScaleSimTraceName,
} from "@kpu-sim/formats";
import { type ArrayShape, arrayAccesses } from "@kpu-sim/machine";
import {
  type DemandLine,
  demandOf,
  emptyLine,
  type FillDemand,
  type Fold,
  foldCycles,
  foldsOf,
} from "./array-demand.ts";
import { fetchOrderOf } from "./fetch-order.ts";
import { filterStorageOf } from "./filter-pattern.ts";
import { arrayShapeOf, inputReads, readsPerSharedInput, requireSize } from "./layer-figures.ts";
import { noAddress, type Operands, operandsOf, type WordListener } from "./operands.ts";
import { EstimatingReadBuffer, FetchingReadBuffer, hitLatency, type ReadBuffer } from "./read-buffers.ts";
import { WriteBuffer } from "./write-buffer.ts";

/** Hears of the words of a trace that pass in a cycle; they stay as they are only until it returns. */
export type ScaleSimTraceListener = (name: ScaleSimTraceName, cycle: number, words: Int32Array) => void;

/** Words of one byte. */
const wordsPerKb = 1024;

/**
 * What SCALE-Sim v3 reports of a layer. The array's cycles, accesses and utilization are those of this simulator's compute tile
 * (`arrayCycles`, `arrayAccesses`); its memories are SCALE-Sim's own, with their ways of counting, and have nothing to do with the memories of a
 * KPU: this is for comparing and for files, not for times of this machine. The array asks its memories cycle by cycle and goes on when the
 * slowest of them has answered. Errors: KPU_SIZE for an operand of more than 2^27 words.
 */
export class ScaleSimLayerRun {
  readonly layer: ScaleSimLayer;
  /** Cycles of the array without stalls. */
  readonly arrayCycles: number;
  readonly #config: ScaleSimConfig;
  readonly #shape: ArrayShape;
  readonly #operands: Operands;
  readonly #folds: readonly Fold[];
  readonly #cyclesOfFold: number;
  readonly #fillDemand: FillDemand;
  readonly #ifmap: ReadBuffer;
  readonly #filter: ReadBuffer;
  readonly #ofmap: WriteBuffer;
  readonly #line: DemandLine;
  readonly #spans = { ifmap: new Span(), filter: new Span(), ofmap: new Span() };
  readonly #onWords: ScaleSimTraceListener | undefined;
  #cycle = 0;
  #stallCycles = 0;
  #lastServed = 0;

  /** `onWords` hears of all words that pass, cycle by cycle; see `scaleSimTraceLine`. */
  constructor(config: ScaleSimConfig, layer: ScaleSimLayer, onWords?: ScaleSimTraceListener) {
    this.#onWords = onWords;
    requireSize(layer);
    this.layer = layer;
    this.#config = config;
    const shape = arrayShapeOf(config);
    this.#shape = shape;
    const operands = operandsOf(layer, config.sparsity);
    this.#operands = operands;
    this.#folds = foldsOf(shape, operands);
    this.#cyclesOfFold = foldCycles(shape, operands);
    this.arrayCycles = this.#folds.length * this.#cyclesOfFold;
    this.#fillDemand = demandOf(shape, operands);
    this.#line = emptyLine(shape, operands);
    [this.#ifmap, this.#filter] = readBuffers(config, shape, operands, onWords);
    const isUser = config.interfaceBandwidth === "user";
    this.#ofmap = new WriteBuffer(
      config.ofmapSramKb * wordsPerKb,
      isUser ? config.ofmapBandwidth : shape.cols,
      onWords && ((cycle, words) => onWords("OFMAP_DRAM_TRACE", cycle, words)),
    );
  }

  /** Cycles of the array so far. */
  get cycle(): number {
    return this.#cycle;
  }

  /** Goes on for at most so many cycles of the array; whether the layer is done. */
  advance(cycles: number): boolean {
    const end = Math.min(this.#cycle + cycles, this.arrayCycles);
    while (this.#cycle < end) this.#step();
    return this.#cycle === this.arrayCycles;
  }

  /** Goes on to the end, and says what came out. */
  finish(): ScaleSimLayerReport {
    this.advance(this.arrayCycles);
    const [shape, layer, operands, folds] = [this.#shape, this.layer, this.#operands, this.#folds];
    const { sparsity } = this.#config;
    this.#ifmap.finish();
    this.#filter.finish();
    this.#ofmap.finish(this.#lastServed);
    const { m, n, filterRows: k, pattern } = operands;
    const { operandBReads, resultWrites } = arrayAccesses(shape, { m, n, k });
    const dram = { ifmap: this.#ifmap.reads, filter: this.#filter.reads, ofmap: this.#ofmap.writes };
    const processingElements = shape.rows * shape.cols;
    // Of an output-stationary array SCALE-Sim counts a row and a column of results too many for each fold.
    const extraWrites = shape.dataflow === "output_stationary" ? folds.length * (shape.rows + shape.cols) : 0;
    return {
      totalCyclesWithPrefetch: dram.ofmap.stopCycle - Math.min(dram.ifmap.startCycle, dram.filter.startCycle),
      totalCycles: this.#lastServed,
      stallCycles: this.#stallCycles,
      overallUtilizationPercent: (layer.m * layer.n * layer.k * 100) / (this.#lastServed * processingElements),
      mappingEfficiencyPercent: averagePercent(folds, (fold) => placesInUse(fold, operands) / processingElements),
      computeUtilizationPercent: computeUtilization(shape, operands, folds),
      sram: {
        ifmap: this.#spans.ifmap.with(inputReads(this.#config, layer, operands)),
        filter: this.#spans.filter.with(operandBReads),
        ofmap: this.#spans.ofmap.with(resultWrites + extraWrites),
      },
      dram,
      filterStorage: pattern && sparsity && filterStorageOf(layer, pattern, sparsity.representation),
      readsPerSharedInput: readsPerSharedInput(this.#config, layer),
    };
  }

  #step(): void {
    const line = this.#line;
    const fold = this.#folds[Math.floor(this.#cycle / this.#cyclesOfFold)];
    if (fold === undefined) throw new RangeError(`no fold at cycle ${this.#cycle}`);
    this.#fillDemand(fold, this.#cycle % this.#cyclesOfFold, line);
    const now = this.#cycle + this.#stallCycles;
    const ifmapLate = this.#ifmap.serve(now, line.ifmap);
    const filterLate = this.#filter.serve(now, line.filter);
    const ofmapLate = this.#ofmap.take(now, line.ofmap);
    this.#spans.ifmap.note(line.ifmap, now + hitLatency + ifmapLate);
    this.#spans.filter.note(line.filter, now + hitLatency + filterLate);
    this.#spans.ofmap.note(line.ofmap, now + ofmapLate);
    this.#onWords?.("IFMAP_SRAM_TRACE", now + hitLatency + ifmapLate, line.ifmap);
    this.#onWords?.("FILTER_SRAM_TRACE", now + hitLatency + filterLate, line.filter);
    this.#onWords?.("OFMAP_SRAM_TRACE", now + ofmapLate, line.ofmap);
    this.#lastServed = now + ofmapLate;
    this.#stallCycles += Math.max(ifmapLate, filterLate, ofmapLate);
    this.#cycle++;
  }
}

/** Of a layer from beginning to end; see `ScaleSimLayerRun`. */
export function scaleSimLayerReport(config: ScaleSimConfig, layer: ScaleSimLayer): ScaleSimLayerReport {
  return new ScaleSimLayerRun(config, layer).finish();
}

function readBuffers(
  config: ScaleSimConfig,
  shape: ArrayShape,
  operands: Operands,
  onWords: ScaleSimTraceListener | undefined,
): readonly [ReadBuffer, ReadBuffer] {
  const { ifmapWords, filterWords } = operands;
  const [ifmapCapacity, filterCapacity] = [config.ifmapSramKb * wordsPerKb, config.filterSramKb * wordsPerKb];
  if (config.interfaceBandwidth === "calc") {
    return [new EstimatingReadBuffer(ifmapCapacity, ifmapWords), new EstimatingReadBuffer(filterCapacity, filterWords)];
  }
  const { ifmapBandwidth, filterBandwidth } = config;
  const order = fetchOrderOf(shape, operands);
  const listenerOf = (name: ScaleSimTraceName): WordListener | undefined =>
    onWords && ((cycle, words) => onWords(name, cycle, words));
  return [
    new FetchingReadBuffer(ifmapCapacity, ifmapBandwidth, ifmapWords, order.ifmap, listenerOf("IFMAP_DRAM_TRACE")),
    new FetchingReadBuffer(filterCapacity, filterBandwidth, filterWords, order.filter, listenerOf("FILTER_DRAM_TRACE")),
  ];
}

/** The first and the last cycle in which something passed. */
class Span {
  #startCycle = 0;
  #stopCycle = 0;
  #isEmpty = true;

  note(addresses: Int32Array, cycle: number): void {
    if (addresses.every((address) => address === noAddress)) return;
    if (this.#isEmpty) this.#startCycle = cycle;
    this.#stopCycle = cycle;
    this.#isEmpty = false;
  }

  with(count: number): AccessSpan {
    return { startCycle: this.#startCycle, stopCycle: this.#stopCycle, count };
  }
}

/** The average over folds, added up in their order as SCALE-Sim does, so that the last digit is the same. */
function averagePercent(folds: readonly Fold[], shareOf: (fold: Fold) => number): number {
  let sum = 0;
  for (const fold of folds) sum += shareOf(fold);
  return (sum / folds.length) * 100;
}

/** Of sparse filters in blocks, places without a weight are not in use. */
function placesInUse({ down, across, rows, cols }: Fold, { blockRows, filter }: Operands): number {
  if (blockRows === undefined) return rows * cols;
  let places = 0;
  for (let row = down; row < down + rows; row++) {
    for (let column = across; column < across + cols; column++) if (filter(row, column) !== noAddress) places++;
  }
  return places;
}

/** Multiply-accumulates over those that fit into a fold; where an operand stays, SCALE-Sim counts C - 1 cycles more for a fold. */
function computeUtilization(shape: ArrayShape, operands: Operands, folds: readonly Fold[]): number {
  const { rows, cols, dataflow } = shape;
  const { m, n, filterRows } = operands;
  const isOutput = dataflow === "output_stationary";
  const cycles = foldCycles(shape, operands) + (isOutput ? 0 : cols - 1);
  const streamed = isOutput ? filterRows : dataflow === "weight_stationary" ? m : n;
  return averagePercent(folds, (fold) => (fold.rows * fold.cols * streamed) / (rows * cols * cycles));
}
