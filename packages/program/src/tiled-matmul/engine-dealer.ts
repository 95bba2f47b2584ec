import type { DataMover, Machine, MoverKind } from "@kpu-sim/machine";
import { Hop } from "./hop.ts";
import type { OperandHops } from "./operand-lane.ts";
import type { UnitsUsed } from "./problem.ts";
import type { TileHops } from "./tile-lane.ts";

/** Deals the machine's engines out to the parts of the pipeline, in turn. */
export class EngineDealer {
  readonly #machine: Machine;
  readonly #units: UnitsUsed;

  constructor(machine: Machine, units: UnitsUsed) {
    this.#machine = machine;
    this.#units = units;
  }

  /** Of a row or column of operands; what comes from the host goes through another DMA engine where there is one. */
  forLane(number: number): OperandHops {
    const { dmaEngines, blockMovers } = this.#units;
    return {
      stage: new Hop(this.#mover("dma", number + 1, dmaEngines)),
      load: new Hop(this.#mover("dma", number, dmaEngines)),
      move: new Hop(this.#mover("blockMover", number, blockMovers)),
    };
  }

  /** Of a compute tile: streamers of its own where there are three for each. */
  forTile(tile: number): TileHops {
    const { dmaEngines, blockMovers, streamers } = this.#units;
    return {
      a: new Hop(this.#mover("streamer", 3 * tile, streamers), "rows"),
      b: new Hop(this.#mover("streamer", 3 * tile + 1, streamers), "columns"),
      results: [
        new Hop(this.#mover("streamer", 3 * tile + 2, streamers), "rows"),
        new Hop(this.#mover("blockMover", tile, blockMovers)),
        new Hop(this.#mover("dma", tile, dmaEngines)),
        new Hop(this.#mover("dma", tile + 1, dmaEngines)),
      ],
    };
  }

  #mover(kind: MoverKind, number: number, count: number): DataMover {
    return this.#machine.mover(kind, number % count);
  }
}
