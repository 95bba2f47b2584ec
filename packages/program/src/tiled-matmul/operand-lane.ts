import type { CreditRequest, Semaphore, TransferLayout } from "@kpu-sim/machine";
import type { Hop, Spot } from "./hop.ts";
import type { SemaphorePool } from "./semaphore-pool.ts";

/** A tile of an operand on its way: its size, and where it lies outside the chip. */
export type OperandTile = {
  readonly bytes: number;
  /** Whether its coming from the host has to be waited for: the first use of the first tile of those that come together. */
  readonly isStaged: boolean;
  /** Tells sizes apart, 0 to 3: full or last along each side. */
  readonly size: number;
  readonly external: Spot;
};

/** What a compute tile gives and takes for one operand at L2. */
export type OperandReader = { readonly arrived: Semaphore; readonly taken: Semaphore };

/**
 * The way of one row of A tiles, or one column of B tiles, from host memory to L2, from where the compute tiles of that row
 * or column stream it. Every level has a ring of buffers; credits say which hold data and which are free.
 */
export class OperandLane {
  readonly #hops: { readonly stage: Hop; readonly load: Hop; readonly move: Hop };
  readonly #l3: readonly Spot[];
  readonly #l2: readonly Spot[];
  readonly #readers: readonly OperandReader[];
  readonly #staged: Semaphore;
  readonly #stageable: Semaphore;
  readonly #l3Full: Semaphore;
  readonly #l3Free: Semaphore;
  /** By L2 buffer: how many of the readers read what lies there; they must have taken it before it is overwritten. */
  readonly #readersOf: number[];
  #loads = 0;
  #moves = 0;
  #stageSteps = 0;
  #stageCredits = 0;
  /** How many steps staging may run ahead of loading. */
  readonly #stagingAhead: number;
  /** Numbers of credits waited for and of tiles brought, as they have occurred. */
  readonly #stagings = new Map<string, number>();

  constructor(
    pool: SemaphorePool,
    hops: { readonly stage: Hop; readonly load: Hop; readonly move: Hop },
    buffers: { readonly l3: readonly Spot[]; readonly l2: readonly Spot[] },
    readers: readonly OperandReader[],
    stagingAhead: number,
  ) {
    this.#stagingAhead = stagingAhead;
    this.#hops = hops;
    this.#l3 = buffers.l3;
    this.#l2 = buffers.l2;
    this.#readers = readers;
    this.#readersOf = buffers.l2.map(() => 0);
    this.#staged = pool.take("data");
    this.#stageable = pool.take("space");
    this.#l3Full = pool.take("data");
    this.#l3Free = pool.take("space");
  }

  /** The L2 buffer of the tile moved last. */
  get newest(): Spot {
    return spotAt(this.#l2, this.#moves - 1);
  }

  /**
   * Host to external memory: `tiles` tiles along k together, of which `tile` is the first. Called once for each step, in order;
   * only a staged tile brings anything.
   */
  stage(tile: OperandTile, tiles: number, host: Spot, layout: () => TransferLayout): void {
    const credits = Math.max(0, this.#stageSteps - this.#stagingAhead + 1);
    this.#stageSteps++;
    if (!tile.isStaged) return;
    const count = credits - this.#stageCredits;
    this.#stageCredits = credits;
    // Steps in which nothing is staged give credits too, so a lane waits for several at once after a pause.
    const name = `${count} ${tiles}`;
    const variant = this.#stagings.get(name) ?? this.#stagings.size;
    this.#stagings.set(name, variant);
    this.#hops.stage.issue(variant * 4 + tile.size, host, tile.external, () => ({
      layout: layout(),
      waitFor: count > 0 ? [{ semaphore: this.#stageable, count }] : [],
      signal: [this.#staged],
    }));
  }

  /** External memory to L3. */
  load(tile: OperandTile): void {
    const isReused = this.#loads >= this.#l3.length;
    const variant = tile.size * 4 + (tile.isStaged ? 2 : 0) + (isReused ? 1 : 0);
    this.#hops.load.issue(variant, tile.external, spotAt(this.#l3, this.#loads), () => ({
      bytes: tile.bytes,
      waitFor: [...(tile.isStaged ? [this.#staged] : []), ...(isReused ? [this.#l3Free] : [])],
      signal: [this.#l3Full, this.#stageable],
    }));
    this.#loads++;
  }

  /** L3 to L2, for the first `readerCount` of the readers. */
  move(tile: OperandTile, readerCount: number): void {
    const buffer = this.#moves % this.#l2.length;
    const before = this.#readersOf[buffer] ?? 0;
    const variant = (tile.size * 512 + before) * 512 + readerCount;
    this.#hops.move.issue(variant, spotAt(this.#l3, this.#moves), spotAt(this.#l2, this.#moves), () => {
      const free: CreditRequest[] = this.#readers.slice(0, before).map(({ taken }) => taken);
      const arrived: CreditRequest[] = this.#readers.slice(0, readerCount).map((reader) => reader.arrived);
      return { bytes: tile.bytes, waitFor: [this.#l3Full, ...free], signal: [this.#l3Free, ...arrived] };
    });
    this.#readersOf[buffer] = readerCount;
    this.#moves++;
  }
}

/** The buffer of a ring that use number `index` has. */
export function spotAt(ring: readonly Spot[], index: number): Spot {
  const spot = ring[index % ring.length];
  if (spot === undefined) throw new RangeError("a ring without buffers");
  return spot;
}
