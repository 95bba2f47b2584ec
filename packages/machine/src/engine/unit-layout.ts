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

/** Which numbers the units of a machine have. */
export class UnitLayout {
  readonly #ranges: Readonly<Record<UnitKind, UnitRange>>;

  constructor({ dmaEngines, blockMovers, streamers, computeTiles }: ResolvedConfig) {
    const tileCount = computeTiles.count;
    const firstStreamer = dmaEngines.count + blockMovers.count;
    const firstTile = firstStreamer + streamers.count;
    this.#ranges = {
      dma: { first: 0, count: dmaEngines.count },
      blockMover: { first: dmaEngines.count, count: blockMovers.count },
      streamer: { first: firstStreamer, count: streamers.count },
      tile: { first: firstTile, count: tileCount },
      vector: { first: firstTile + tileCount, count: tileCount },
    };
  }

  /** DMA engines, block movers and streamers together. */
  get moverCount(): number {
    return this.#ranges.tile.first;
  }

  rangeOf(kind: UnitKind): UnitRange {
    return this.#ranges[kind];
  }

  /** What reports call a unit: `block mover 1`. */
  nameOf(unit: number): string {
    for (const kind of ["dma", "blockMover", "streamer", "tile", "vector"] as const) {
      const { first, count } = this.#ranges[kind];
      if (unit >= first && unit < first + count) return `${reportNames[kind]} ${unit - first}`;
    }
    throw new RangeError(`no unit ${unit}`);
  }
}
