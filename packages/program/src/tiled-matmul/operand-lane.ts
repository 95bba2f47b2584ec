import type { CreditRequest, Semaphore, TransferLayout } from "@kpu-sim/machine";
import type { Hop, Ring, Spot } from "./hop.ts";
import type { SemaphorePool } from "./semaphore-pool.ts";

/** The tiles of an operand come in four sizes: full or last along each side. */
export type TileSize = 0 | 1 | 2 | 3;

/** What a compute tile gives and takes for one operand at L2. */
export type OperandReader = { readonly arrived: Semaphore; readonly taken: Semaphore };

export type OperandHops = { readonly stage: Hop; readonly load: Hop; readonly move: Hop };

/**
 * The way of one row of A tiles, or one column of B tiles, from host memory to L2, from where the compute tiles of that row
 * or column stream it. Every level has a ring of buffers; credits say which hold data and which are free.
 */
export class OperandLane {
  readonly #hops: OperandHops;
  readonly #l3: Ring;
  readonly #l2: Ring;
  readonly #readers: readonly OperandReader[];
  readonly #staged: Semaphore;
  readonly #stageable: Semaphore;
  readonly #l3Full: Semaphore;
  readonly #l3Free: Semaphore;
  /** By L2 buffer: how many of the readers read what lies there; they must have taken it before it is overwritten. */
  readonly #readersOf: Int32Array;
  /** How many steps staging may run ahead of loading. */
  readonly #stagingAhead: number;
  /** Variants of staging: numbers of credits waited for, tiles brought, sizes and banks, as they have occurred. */
  readonly #stagings = new Map<string, number>();
  #loads = 0;
  #moves = 0;
  #stageSteps = 0;
  #stageCredits = 0;

  constructor(
    pool: SemaphorePool,
    hops: OperandHops,
    buffers: { readonly l3: Ring; readonly l2: Ring },
    readers: readonly OperandReader[],
    stagingAhead: number,
  ) {
    this.#stagingAhead = stagingAhead;
    this.#hops = hops;
    this.#l3 = buffers.l3;
    this.#l2 = buffers.l2;
    this.#readers = readers;
    this.#readersOf = new Int32Array(buffers.l2.size);
    this.#staged = pool.take("data");
    this.#stageable = pool.take("space");
    this.#l3Full = pool.take("data");
    this.#l3Free = pool.take("space");
  }

  /** The L2 buffer of the tile moved last. */
  get newest(): Spot {
    return this.#l2.at(this.#moves - 1);
  }

  /** A step for which nothing comes from the host. */
  skipStage(): void {
    this.#stageSteps++;
  }

  /** Host to external memory: `tiles` tiles along k together. Every step either stages or skips, in order. */
  stage(size: TileSize, tiles: number, host: Spot, external: Spot, layout: () => TransferLayout): void {
    const credits = Math.max(0, this.#stageSteps - this.#stagingAhead + 1);
    this.#stageSteps++;
    // Steps in which nothing is staged give credits too, so a lane waits for several at once after a pause.
    const count = credits - this.#stageCredits;
    this.#stageCredits = credits;
    const name = `${count} ${tiles} ${size} ${external.memory.id}`;
    const variant = this.#stagings.get(name) ?? this.#stagings.size;
    this.#stagings.set(name, variant);
    const { stage } = this.#hops;
    const hop =
      stage.find(variant) ??
      stage.prepare(variant, {
        from: host.memory,
        to: external.memory,
        layout: layout(),
        waitFor: count > 0 ? [{ semaphore: this.#stageable, count }] : [],
        signal: [this.#staged],
      });
    hop.issue(host.offset, external.offset);
  }

  /** External memory to L3; `isStaged`: the tile is the first of those that come together from the host for it. */
  load(size: TileSize, bytes: number, external: Spot, isStaged: boolean): void {
    const isReused = this.#loads >= this.#l3.size;
    const buffer = this.#loads % this.#l3.size;
    const to = this.#l3.at(this.#loads);
    const flags = (isStaged ? 2 : 0) + (isReused ? 1 : 0);
    const variant = ((external.memory.id * 4 + size) * 4 + flags) * this.#l3.size + buffer;
    const { load } = this.#hops;
    const hop =
      load.find(variant) ??
      load.prepare(variant, {
        from: external.memory,
        to: to.memory,
        bytes,
        waitFor: [...(isStaged ? [this.#staged] : []), ...(isReused ? [this.#l3Free] : [])],
        signal: [this.#l3Full, this.#stageable],
      });
    hop.issue(external.offset, to.offset);
    this.#loads++;
  }

  /** L3 to L2, for the first `readerCount` of the readers. */
  move(size: TileSize, bytes: number, readerCount: number): void {
    const buffer = this.#moves % this.#l2.size;
    const [from, to] = [this.#l3.at(this.#moves), this.#l2.at(this.#moves)];
    const before = this.#readersOf[buffer] ?? 0;
    const most = this.#readers.length + 1;
    const variant = ((size * most + before) * most + readerCount) * this.#l2.size + buffer;
    const { move } = this.#hops;
    const hop =
      move.find(variant) ??
      move.prepare(variant, { from: from.memory, to: to.memory, bytes, ...this.#handOver(before, readerCount) });
    hop.issue(from.offset, to.offset);
    this.#readersOf[buffer] = readerCount;
    this.#moves++;
  }

  /** Credits of a move: the readers of what lay there before have taken it, the new ones are told. */
  #handOver(
    before: number,
    after: number,
  ): { readonly waitFor: readonly CreditRequest[]; readonly signal: readonly CreditRequest[] } {
    return {
      waitFor: [this.#l3Full, ...this.#readers.slice(0, before).map(({ taken }) => taken)],
      signal: [this.#l3Free, ...this.#readers.slice(0, after).map(({ arrived }) => arrived)],
    };
  }
}
