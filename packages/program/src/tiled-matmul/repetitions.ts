import type { Tiling } from "./problem.ts";
import type { StepKinds } from "./step-kinds.ts";
import type { Steps } from "./steps.ts";

/** When steps of a tiled product may come again as others were: after some blocks of C, and within a block after some tiles of k. */
export class Repetitions {
  readonly #steps: Steps;
  readonly #kinds: StepKinds;
  /** The first step of a block before which nothing of the block before it is in the queues. */
  readonly #firstAlike: number;
  /** Steps after which every ring of buffers has gone round, and after which the host brings operands again. */
  readonly #ringPeriod: number;
  readonly #stagingPeriod: number;

  constructor(steps: Steps, kinds: StepKinds, { buffers, stagedTiles }: Tiling) {
    this.#steps = steps;
    this.#kinds = kinds;
    // The last hop of a block's results is issued four hops after its last step, the first of which waits for `buffers` steps.
    this.#firstAlike = steps.window + buffers + 1;
    this.#ringPeriod = buffers;
    this.#stagingPeriod = stagedTiles % buffers === 0 ? stagedTiles : stagedTiles * buffers;
  }

  /**
   * Whether to look for a repetition when so many steps are issued: once in each block, and within it at ever larger distances as
   * long as it goes on as it was.
   */
  isLookDue(issued: number): boolean {
    const { depthTiles } = this.#steps.tiles;
    const depth = issued % depthTiles;
    if (depthTiles <= this.#firstAlike) return depth === 0;
    if (depth <= this.#firstAlike) return depth === this.#firstAlike;
    const period = this.#steps.isStaging(issued) ? this.#stagingPeriod : this.#ringPeriod;
    return isPowerOfTwo((depth - this.#firstAlike) / period) && this.#repeated(issued, period) >= period;
  }

  /** How many times the steps since `then` come again, one time after another, when so many are issued. */
  times(issued: number, then: number): number {
    return Math.floor(this.#repeated(issued, issued - then) / (issued - then));
  }

  #repeated(issued: number, period: number): number {
    return this.#kinds.repeated(issued, period, this.#steps.stagingAhead);
  }
}

function isPowerOfTwo(number: number): boolean {
  return Number.isInteger(number) && (number & (number - 1)) === 0;
}
