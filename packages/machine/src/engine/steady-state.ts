import type { Skipping } from "./skipping.ts";
import { StateVector } from "./state-vector.ts";
import type { Tally } from "./tallies.ts";

/**
 * A program that issues the same work again and again. Its counters (a fixed list of numbers that only grow) say how far it is;
 * `describe` adds everything else on which its further course depends.
 */
export type PeriodicProgram = {
  readonly counters: readonly number[];
  describe(state: StateVector): void;
  /**
   * How many times it will issue next, one after another, just what it has issued since its counters were these. Only the
   * addresses may differ, and in a way that changes no conflict between pieces of work.
   */
  repetitions(since: readonly number[]): number;
  /** Goes on as if it had issued so much more: adds to each counter. */
  skip(counts: readonly number[]): void;
};

type Moment = {
  readonly state: Float64Array;
  readonly checksum: number;
  readonly issued: number;
  readonly counters: readonly number[];
  readonly tally: Tally;
  readonly hazards: number;
};

/** Moments that are kept to compare with. */
const mostMoments = 512;

/**
 * Jumps over repetitions. At moments that a periodic program names, the state of the machine and of the program, with all times
 * counted from now, is compared with that at earlier ones. Where it is the same, what happened since then happens again as long as
 * the program issues the same: so many repetitions are added to the cycle and to every count at once. The result is exact,
 * because nothing in the engine depends on the cycle itself.
 *
 * Nothing is skipped that somebody could look at: values, traces, a recorded history, others' callbacks, cycles that are to be stopped at.
 */
export class SteadyState {
  readonly #machine: Skipping;
  readonly #program: PeriodicProgram;
  readonly #callback: () => void;
  readonly #state = new StateVector();
  readonly #moments: Moment[] = [];
  #timeline = 0;

  /** `callback`: the program's own, which may be skipped. */
  constructor(machine: Skipping, program: PeriodicProgram, callback: () => void) {
    this.#machine = machine;
    this.#program = program;
    this.#callback = callback;
  }

  /** To be called out of the program's callback, at moments that come at the same place of each repetition. */
  jump(): void {
    const { isPossible, timeline } = this.#machine;
    if (!isPossible || timeline !== this.#timeline) this.#moments.length = 0;
    this.#timeline = timeline;
    if (!isPossible) return;
    const now = this.#moment();
    if (now === undefined) return;
    for (let index = this.#moments.length - 1; index >= 0; index--) {
      const then = this.#moments[index];
      if (then !== undefined && isSame(then, now) && this.#repeat(then, now)) return;
    }
    if (this.#moments.length === mostMoments) this.#moments.shift();
    this.#moments.push(now);
  }

  #moment(): Moment | undefined {
    this.#machine.describe(this.#state, this.#callback);
    if (this.#state.hasUnknownCallbacks) return undefined;
    this.#program.describe(this.#state);
    const { issuedCount, hazardCount } = this.#machine;
    const { counters } = this.#program;
    const state = this.#state.take();
    return {
      state,
      checksum: checksumOf(state),
      issued: issuedCount,
      counters,
      tally: this.#machine.tally(),
      hazards: hazardCount,
    };
  }

  #repeat(then: Moment, now: Moment): boolean {
    const cycles = now.tally.cycle - then.tally.cycle;
    const times = Math.min(this.#program.repetitions(then.counters), Math.floor(this.#machine.cyclesLeft / cycles));
    if (times < 1 || !this.#machine.repeat(then.tally, now.issued - then.issued, times)) return false;
    this.#program.skip(now.counters.map((count, index) => times * (count - (then.counters[index] ?? 0))));
    return true;
  }
}

function isSame(then: Moment, now: Moment): boolean {
  if (then.checksum !== now.checksum || then.hazards !== now.hazards || then.state.length !== now.state.length)
    return false;
  for (let index = 0; index < now.state.length; index++) if (then.state[index] !== now.state[index]) return false;
  return true;
}

/** Tells most states apart without looking at them again. */
function checksumOf(state: Float64Array): number {
  let sum = state.length;
  for (const number of state) sum = (Math.imul(sum, 31) + (number | 0)) | 0;
  return sum;
}
