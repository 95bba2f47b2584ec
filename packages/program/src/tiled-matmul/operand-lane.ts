import type { CreditRequest, Semaphore, StateVector, TransferLayout } from "@kpu-sim/machine";
import type { Hop, Ring, Spot } from "./hop.ts";
import type { SemaphorePool } from "./semaphore-pool.ts";

/** Which of its sizes the tile of an operand has, from 0: full or last along each side, with parameters behind it or without. */
export type TileSize = number;
export const tileSizes = 8;

/** What a compute tile gives and takes for one operand at L2. */
export type OperandReader = { readonly arrived: Semaphore; readonly taken: Semaphore };

export type OperandHops = { readonly stage: Hop; readonly load: Hop; readonly move: Hop };

/** What comes from the host together in a step: tiles along k, or parameters. */
export type Staged = {
  /** Tells apart what differs in more than its offsets. */
  readonly name: string;
  readonly host: Spot;
  readonly external: Spot;
  readonly layout: () => TransferLayout;
};

/** When a lane brings tiles from the host: in which of its steps, and how many steps that may run ahead of loading. */
export type Staging = { readonly isStep: (step: number) => boolean; readonly ahead: number };

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
  readonly #staging: Staging;
  /** Variants of staging: whether it waits, tiles brought, sizes and banks, as they have occurred. */
  readonly #stagings = new Map<string, number>();
  #loads = 0;
  #moves = 0;
  #stageSteps = 0;

  constructor(
    pool: SemaphorePool,
    hops: OperandHops,
    buffers: { readonly l3: Ring; readonly l2: Ring },
    readers: readonly OperandReader[],
    staging: Staging,
  ) {
    this.#staging = staging;
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

  /** How far the lane is. */
  get counters(): readonly number[] {
    return [this.#loads, this.#moves, this.#stageSteps];
  }

  /** Goes on as if it had done so much more: added to each of the counters. */
  skip([loads = 0, moves = 0, stageSteps = 0]: readonly number[]): void {
    this.#loads += loads;
    this.#moves += moves;
    this.#stageSteps += stageSteps;
  }

  /** Where it stands in its rings and with its credits. */
  describe(state: StateVector): void {
    state.add(Math.min(this.#loads, this.#l3.size));
    state.add(this.#loads % this.#l3.size);
    state.add(this.#moves % this.#l2.size);
    state.add(Math.min(this.#stageSteps, this.#staging.ahead));
    for (const readers of this.#readersOf) state.add(readers);
  }

  /** Host to external memory: what comes in the next step, in order; mostly nothing. */
  stage(transfers: readonly Staged[]): void {
    let mustWait = this.#stageSteps >= this.#staging.ahead;
    this.#stageSteps++;
    const { stage } = this.#hops;
    for (const { name, host, external, layout } of transfers) {
      const known = `${mustWait} ${name} ${external.memory.id}`;
      const variant = this.#stagings.get(known) ?? this.#stagings.size;
      this.#stagings.set(known, variant);
      const hop =
        stage.find(variant) ??
        stage.prepare(variant, {
          from: host.memory,
          to: external.memory,
          layout: layout(),
          waitFor: mustWait ? [this.#stageable] : [],
          signal: [this.#staged],
        });
      hop.issue(host.offset, external.offset);
      // The same engine serves what follows in this step after it.
      mustWait = false;
    }
  }

  /** External memory to L3; `staged`: how many of the transfers that bring it from the host it is the first to wait for. */
  load(size: TileSize, bytes: number, external: Spot, staged: 0 | 1 | 2): void {
    const isReused = this.#loads >= this.#l3.size;
    const buffer = this.#loads % this.#l3.size;
    const to = this.#l3.at(this.#loads);
    const isAwaited = this.#staging.isStep(this.#loads + this.#staging.ahead);
    const flags = (isAwaited ? 6 : 0) + staged * 2 + (isReused ? 1 : 0);
    const variant = ((external.memory.id * tileSizes + size) * 12 + flags) * this.#l3.size + buffer;
    const { load } = this.#hops;
    const hop =
      load.find(variant) ??
      load.prepare(variant, {
        from: external.memory,
        to: to.memory,
        bytes,
        waitFor: [
          ...(staged > 0 ? [{ semaphore: this.#staged, count: staged }] : []),
          ...(isReused ? [this.#l3Free] : []),
        ],
        signal: isAwaited ? [this.#l3Full, this.#stageable] : [this.#l3Full],
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
