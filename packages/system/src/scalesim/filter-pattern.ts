import type {
  FilterStorage,
  OptimizedMapping,
  ScaleSimLayer,
  ScaleSimSparsity,
  SparseRepresentation,
} from "@kpu-sim/formats";
import { MersenneTwister } from "./mersenne-twister.ts";

/** Which weights of a layer's filters are kept, and where they stand once the others have been left out. */
export type FilterPattern = {
  /** Rows of the filters without what was left out; of blocks with fewer weights than places, some are empty. */
  readonly storedRows: number;
  /** The row of the filter that stands at a place, or undefined where none does. */
  readonly keptRow: (storedRow: number, column: number) => number | undefined;
  /** Weights that are kept. */
  readonly weights: number;
};

/** Every filter keeps the first rows of every group: as many as the topology says, or as many as are drawn for it. */
export function filterPatternOf(layer: ScaleSimLayer, { optimizedMapping }: ScaleSimSparsity): FilterPattern {
  return optimizedMapping === undefined ? groupsOf(layer) : blocksOf(layer, optimizedMapping);
}

function groupsOf({ n, k, sparsity }: ScaleSimLayer): FilterPattern {
  const { kept, of } = sparsity;
  const storedRows = keptRows(k, of, kept);
  return {
    storedRows,
    keptRow: (storedRow) => Math.floor(storedRow / kept) * of + (storedRow % kept),
    weights: storedRows * n,
  };
}

/** Two blocks of rows take the place of one, half of it each. */
function blocksOf({ n, k }: ScaleSimLayer, { blockSize, seed }: OptimizedMapping): FilterPattern {
  const half = blockSize / 2;
  const keptOf = drawEach(n, half, seed);
  let weights = 0;
  for (const kept of keptOf) weights += keptRows(k, blockSize, kept);
  return {
    storedRows: Math.ceil(k / (2 * blockSize)) * blockSize,
    keptRow: (storedRow, column) => {
      const place = storedRow % half;
      const row = Math.floor(storedRow / half) * blockSize + place;
      return place < (keptOf[column] ?? 0) && row < k ? row : undefined;
    },
    weights,
  };
}

/** Of k rows, when the first `kept` of every `of` are. */
function keptRows(k: number, of: number, kept: number): number {
  return Math.floor(k / of) * kept + Math.min(k % of, kept);
}

/**
 * Numbers from 1 to `most`, as NumPy's `RandomState(seed).randint(1, most + 1)` draws them: 32 bits of a Mersenne twister, of
 * which as many are looked at as `most - 1` has, until they are in the range.
 */
function drawEach(count: number, most: number, seed: number): Uint16Array {
  const drawn = new Uint16Array(count).fill(1);
  if (most === 1) return drawn;
  const generator = new MersenneTwister(seed);
  const mask = 2 ** Math.ceil(Math.log2(most)) - 1;
  for (let index = 0; index < count; index++) {
    let value: number;
    do value = generator.next() & mask;
    while (value >= most);
    drawn[index] = value + 1;
  }
  return drawn;
}

/** What the filters take in memory, in words: weights, and what says where they belong. */
export function filterStorageOf(
  { n, k, sparsity }: ScaleSimLayer,
  { storedRows, weights }: FilterPattern,
  representation: SparseRepresentation,
): FilterStorage {
  // Bits of an index into the M rows of the topology, whatever the size of blocks, in words of 32 bits.
  const metadataWords = {
    csr: weights + k + 1,
    csc: weights + n + 1,
    ellpack_block: (storedRows * n * Math.ceil(Math.log2(sparsity.of))) / 32,
  }[representation];
  return {
    representation,
    originalWords: k * n,
    storedWords: metadataWords + (representation === "ellpack_block" ? storedRows * n : weights),
    metadataWords,
  };
}
