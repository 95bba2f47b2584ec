import type { BeatColumns } from "./beat-columns.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { EventQueue } from "./event-queue.ts";
import type { StateVector } from "./state-vector.ts";

/** Where a transfer in its beat phase stands. */
export const standing = {
  /** Not in its beat phase. */
  absent: 0,
  /** It joined, or its part is being formed anew. */
  loose: 1,
  /** Nobody slows it down: it has an event of its own. It may be in a group. */
  free: 2,
  /** It shares a tight port, directly or through others: it is in a part of a group. */
  served: 3,
} as const;

type Standing = (typeof standing)[keyof typeof standing];

/** Where the transfers in their beat phase stand, and the free ones among them. */
export class BeatStandings {
  readonly #columns: BeatColumns;
  readonly #events: EventQueue;
  // By engine number.
  readonly #standing: Uint8Array;
  /** Cycle at which a free transfer had what `remaining` says. */
  readonly #freeSince: Float64Array;

  constructor(moverCount: number, columns: BeatColumns, events: EventQueue) {
    this.#columns = columns;
    this.#events = events;
    this.#standing = new Uint8Array(moverCount);
    this.#freeSince = new Float64Array(moverCount);
  }

  is(mover: number, which: Standing): boolean {
    return this.#standing[mover] === which;
  }

  /** For all but free transfers. */
  set(mover: number, which: Exclude<Standing, typeof standing.free>): void {
    this.#standing[mover] = which;
  }

  /** A transfer goes on as if alone, with what it has left at this cycle. */
  setFree(mover: number, cycle: number): void {
    this.#standing[mover] = standing.free;
    this.#freeSince[mover] = cycle;
    this.#events.schedule(mover, this.completionOf(mover));
  }

  /** A free transfer does not go on by itself any more; `remaining` is what it has left at this cycle. */
  loosen(mover: number, cycle: number): void {
    const { remaining, rateAlone } = this.#columns;
    remaining[mover] = (remaining[mover] ?? 0) - (rateAlone[mover] ?? 0) * (cycle - (this.#freeSince[mover] ?? 0));
    this.#events.cancel(mover);
    this.#standing[mover] = standing.loose;
  }

  /** Cycle at which a free transfer is complete. */
  completionOf(mover: number): number {
    const { remaining, rateAlone } = this.#columns;
    return (this.#freeSince[mover] ?? 0) + Math.ceil((remaining[mover] ?? 0) / (rateAlone[mover] ?? 1));
  }

  describe(mover: number, state: StateVector): void {
    state.add(this.#standing[mover] ?? standing.absent);
    if (this.#standing[mover] === standing.free) state.addTime(this.#freeSince[mover] ?? 0);
  }

  /** Puts everything off by so many cycles. */
  delay(cycles: number): void {
    const since = this.#freeSince;
    for (let mover = 0; mover < since.length; mover++) since[mover] = (since[mover] ?? 0) + cycles;
  }

  clear(): void {
    this.#standing.fill(standing.absent);
  }

  save(): SavedColumns {
    return saveColumns(this.#stateColumns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#stateColumns, saved);
  }

  get #stateColumns(): readonly Column[] {
    return [this.#standing, this.#freeSince];
  }
}
