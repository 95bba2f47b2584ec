import type { DataMover, Machine, MoverKind } from "@kpu-sim/machine";
import { Hop } from "./hop.ts";
import type { OperandHops } from "./operand-lane.ts";
import type { UnitsUsed } from "./problem.ts";
import type { TileHops } from "./tile-lane.ts";

/** Deals the machine's engines out to the parts of the pipeline, in turn. */
export class EngineDealer {
  readonly #machine: Machine;
  readonly #units: UnitsUsed;
  readonly #hostDmaEngines: number;

  /** The first so many DMA engines serve the host alone; 0 where all do everything. */
  constructor(machine: Machine, units: UnitsUsed, hostDmaEngines: number) {
    this.#machine = machine;
    this.#units = units;
    this.#hostDmaEngines = hostDmaEngines;
  }

  /** Of a row or column of operands. */
  forLane(number: number): OperandHops {
    return {
      stage: new Hop(this.#hostDma(number)),
      load: new Hop(this.#chipDma(number)),
      move: new Hop(this.#mover("blockMover", number, this.#units.blockMovers)),
    };
  }

  /** Of a compute tile: streamers of its own where there are three for each. */
  forTile(tile: number): TileHops {
    const { blockMovers, streamers } = this.#units;
    return {
      a: new Hop(this.#mover("streamer", 3 * tile, streamers), "rows"),
      b: new Hop(this.#mover("streamer", 3 * tile + 1, streamers), "columns"),
      results: [
        new Hop(this.#mover("streamer", 3 * tile + 2, streamers), "rows"),
        new Hop(this.#mover("blockMover", tile, blockMovers)),
        new Hop(this.#chipDma(tile)),
        new Hop(this.#hostDma(tile)),
      ],
    };
  }

  /** Between external memory and L3. */
  #chipDma(number: number): DataMover {
    const own = this.#units.dmaEngines - this.#hostDmaEngines;
    return this.#machine.mover("dma", this.#hostDmaEngines + (number % own));
  }

  /** Between host and external memory: where engines do both, another one than for the same tile's way on chip. */
  #hostDma(number: number): DataMover {
    if (this.#hostDmaEngines === 0) return this.#mover("dma", number + 1, this.#units.dmaEngines);
    return this.#mover("dma", number, this.#hostDmaEngines);
  }

  #mover(kind: MoverKind, number: number, count: number): DataMover {
    return this.#machine.mover(kind, number % count);
  }
}
