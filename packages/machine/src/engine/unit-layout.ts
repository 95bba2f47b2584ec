import type { ResolvedConfig } from "../config/machine-config.ts";
import type { MoverKind } from "../movement/mover-kind.ts";

/** Kinds of units that do work, in the order in which units are numbered: timing rule 11, then the tiles and their vector units. */
export type UnitKind = MoverKind | "tile" | "vector";

/** Units of one kind: numbers from `first` on. */
export type UnitRange = { readonly first: number; readonly count: number };

const reportNames: Readonly<Record<UnitKind, string>> = {
  dma: "dma",
  blockMover: "block mover",
  streamer: "streamer",
  tile: "tile",
  vector: "vector",
};

/** Numbers of the first units of a machine, among all units of the system that it belongs to. */
export type FirstUnits = { readonly mover: number; readonly tile: number; readonly vector: number };

/** Numbers of units. */
type UnitCounts = { readonly mover: number; readonly tile: number };

/** How many of the units that the movers and the tiles of a machine have. */
export function unitCounts({ dmaEngines, blockMovers, streamers, computeTiles }: ResolvedConfig): UnitCounts {
  return { mover: dmaEngines.count + blockMovers.count + streamers.count, tile: computeTiles.count };
}

/** The first units of the first of some machines: all movers come before all tiles, and all tiles before all vector units. */
export function firstOf(configs: readonly ResolvedConfig[]): FirstUnits {
  const counts = configs.map(unitCounts);
  const tile = counts.reduce((sum, { mover }) => sum + mover, 0);
  return { mover: 0, tile, vector: counts.reduce((sum, each) => sum + each.tile, tile) };
}

/** Which numbers the units of a machine have: all movers of a system come before all tiles. */
export class UnitLayout {
  readonly #ranges: Readonly<Record<UnitKind, UnitRange>>;
  readonly #prefix: string;

  /** `prefix` stands before the names in reports. */
  constructor(config: ResolvedConfig, first: FirstUnits = firstOf([config]), prefix = "") {
    const { dmaEngines, blockMovers, streamers, computeTiles } = config;
    const firstBlockMover = first.mover + dmaEngines.count;
    this.#ranges = {
      dma: { first: first.mover, count: dmaEngines.count },
      blockMover: { first: firstBlockMover, count: blockMovers.count },
      streamer: { first: firstBlockMover + blockMovers.count, count: streamers.count },
      tile: { first: first.tile, count: computeTiles.count },
      vector: { first: first.vector, count: computeTiles.count },
    };
    this.#prefix = prefix;
  }

  /** The numbers of all units of the machine. */
  get units(): readonly number[] {
    return Object.values(this.#ranges).flatMap(({ first, count }) =>
      Array.from({ length: count }, (_, id) => first + id),
    );
  }

  rangeOf(kind: UnitKind): UnitRange {
    return this.#ranges[kind];
  }

  /** What reports call a unit: `block mover 1`; undefined for one of another machine. */
  nameOf(unit: number): string | undefined {
    for (const kind of ["dma", "blockMover", "streamer", "tile", "vector"] as const) {
      const { first, count } = this.#ranges[kind];
      if (unit >= first && unit < first + count) return `${this.#prefix}${reportNames[kind]} ${unit - first}`;
    }
    return undefined;
  }
}
