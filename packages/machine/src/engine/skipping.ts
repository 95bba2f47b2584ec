import type { EngineInputs } from "./engine-inputs.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { EngineShape } from "./engine-shape.ts";
import type { StateVector } from "./state-vector.ts";
import { Tallies, type Tally } from "./tallies.ts";
import type { WorkLifecycle } from "./work-lifecycle.ts";

type Surroundings = {
  readonly clock: { readonly cycle: number; readonly limit: number; readonly timeline: number };
  readonly inputs: EngineInputs;
};

/** What the engine offers for jumps over work that repeats itself. */
export class Skipping {
  readonly #shape: EngineShape;
  readonly #work: WorkLifecycle;
  readonly #parts: EngineParts;
  readonly #surroundings: Surroundings;
  readonly #advanceClock: (cycles: number) => void;
  readonly #tallies: Tallies;

  constructor(
    shape: EngineShape,
    work: WorkLifecycle,
    parts: EngineParts,
    surroundings: Surroundings,
    advanceClock: (cycles: number) => void,
  ) {
    this.#shape = shape;
    this.#work = work;
    this.#parts = parts;
    this.#surroundings = surroundings;
    this.#advanceClock = advanceClock;
    this.#tallies = new Tallies(work.units, parts.totals);
  }

  /** Whether repetitions may be jumped over: nobody looks at values, a trace or a history, and time passes. What rows are open depends on addresses, so
   * nothing is with DRAM. */
  get isPossible(): boolean {
    const isWatched = this.#work.tracing.target !== undefined || this.#surroundings.inputs.isNoted;
    if (this.#parts.faults.isPending) return false;
    return !isWatched && !this.#parts.contents.holdsValues && !this.#shape.untimed && this.#parts.dram === undefined;
  }

  /** Another number after each reset and restore: what was noted before says nothing then. */
  get timeline(): number {
    return this.#surroundings.clock.timeline;
  }

  /** Cycles until the present run is to stop; Infinity for one until idle. */
  get cyclesLeft(): number {
    const { limit, cycle } = this.#surroundings.clock;
    return limit - cycle;
  }

  /** Pieces of work issued so far. */
  get issuedCount(): number {
    return this.#work.issuedCount;
  }

  get hazardCount(): number {
    return this.#parts.hazards.records.length;
  }

  /** Everything that decides what happens next but for values and addresses, counted from the present cycle. */
  describe(state: StateVector, knownCallback: () => void): void {
    this.#work.describe(state, this.#surroundings.clock.cycle, knownCallback);
  }

  /** What has been counted so far. */
  tally(): Tally {
    return this.#tallies.take(this.#surroundings.clock.cycle);
  }

  /**
   * Lets what has happened since `then`, with so many pieces of work issued, happen so many times more at once; false, with
   * nothing done, where the counts of then are no longer known. Only where the state is the same as it was then.
   */
  repeat(then: Tally, issued: number, times: number): boolean {
    const { cycle } = this.#surroundings.clock;
    if (!this.#tallies.repeat(then, cycle, times)) return false;
    const cycles = times * (cycle - then.cycle);
    this.#work.carryOver(cycles, times * issued);
    this.#advanceClock(cycles);
    return true;
  }
}
