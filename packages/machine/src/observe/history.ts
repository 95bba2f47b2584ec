import type { Engine, SavedEngine } from "../engine/engine.ts";
import { comparePositions, type Input, type InputJournal, type Position } from "../engine/inputs.ts";
import { KpuError, requireWhole } from "../errors.ts";

/** How far a machine can be rewound, and what that costs. */
export type HistoryStatus = {
  readonly firstCycle: number;
  readonly latestCycle: number;
  /** Whether the machine stands before its latest point; an input or a run then cuts off what comes after. */
  readonly isInPast: boolean;
  readonly checkpointCount: number;
  readonly inputCount: number;
};

/** What came from outside at a position; without an input it says that the machine rested there. */
type Entry = { readonly position: Position; readonly input: Input | undefined };

/** A state, and how many entries of the journal lead to it. */
type Milestone = { readonly state: SavedEngine; readonly entries: number };

/** More are thinned out: every second goes, and the distance doubles. */
const mostMilestones = 64;

/**
 * What a machine has gone through: checkpoints from time to time, and everything that came from outside. A state in
 * between is reached from the checkpoint before it by applying the inputs again, each at its position.
 */
export class History implements InputJournal {
  readonly #engine: Engine;
  /** Rounds of the engine from one checkpoint to the next. */
  #distance: number;
  readonly #firstDistance: number;
  #roundsAtMilestone = 0;
  #journal: Entry[] = [];
  #milestones: Milestone[] = [];
  /** In the past: the latest point, and how many entries lead to where the machine is. */
  #latest: Milestone | undefined;
  #applied = 0;

  constructor(engine: Engine, distance: number) {
    this.#engine = engine;
    this.#distance = distance;
    this.#firstDistance = distance;
    this.begin();
  }

  /** Begins anew with the present state. */
  begin(): void {
    this.#journal = [];
    this.#latest = undefined;
    this.#distance = this.#firstDistance;
    this.#milestones = [];
    this.#addMilestone();
  }

  get isInPast(): boolean {
    return this.#latest !== undefined;
  }

  get status(): HistoryStatus {
    return {
      firstCycle: this.#firstCycle,
      latestCycle: this.#latestCycle,
      isInPast: this.isInPast,
      checkpointCount: this.#milestones.length,
      inputCount: this.#journal.filter(({ input }) => input !== undefined).length,
    };
  }

  note(input: Input): void {
    this.#cutOff();
    const { position } = this.#engine;
    const last = this.#journal.at(-1);
    // A host that polls a memory leaves one entry for a cycle, not one for each look.
    const isAgain = input.kind === "touch" && last?.input?.kind === "touch" && last.input.region === input.region;
    if (isAgain && comparePositions(last.position, position) === 0) return;
    this.#journal.push({ position, input });
  }

  /** Runs the engine as it is told, with stops for checkpoints. */
  run(limit: number, untilIdle: boolean, rounds: number): boolean {
    const engine = this.#engine;
    engine.requireOutsideCallback("run");
    this.#cutOff();
    const end = engine.rounds + rounds;
    try {
      for (;;) {
        const nextStop = this.#roundsAtMilestone + this.#distance;
        if (engine.run(limit, untilIdle, Math.min(end, nextStop) - engine.rounds)) return true;
        if (engine.rounds >= nextStop) this.#addMilestone();
        if (engine.rounds >= end) return false;
      }
    } finally {
      this.#noteRest();
    }
  }

  /** Brings the engine to a recorded cycle: at rest, with all that came from outside up to then. */
  rewindTo(cycle: number): void {
    requireWhole(cycle, "the cycle to rewind to", "KPU_ARGUMENT");
    if (cycle < this.#firstCycle || cycle > this.#latestCycle) {
      throw new KpuError(
        "KPU_ARGUMENT",
        `cannot rewind to cycle ${cycle}: the history reaches from cycle ${this.#firstCycle} to ${this.#latestCycle}`,
        { cycle, firstCycle: this.#firstCycle, latestCycle: this.#latestCycle },
      );
    }
    const latest = this.#latest ?? { state: this.#engine.save(), entries: this.#journal.length };
    if (cycle === latest.state.position.cycle) {
      if (this.isInPast) this.#engine.restore(latest.state);
      this.#latest = undefined;
      return;
    }
    const target = this.#lastPositionAt(cycle);
    const start = this.#milestones.findLast(({ state }) => comparePositions(state.position, target) <= 0);
    if (start === undefined) throw new RangeError(`no checkpoint before cycle ${cycle}`);
    const isAhead =
      this.isInPast &&
      comparePositions(this.#engine.position, target) <= 0 &&
      comparePositions(this.#engine.position, start.state.position) >= 0;
    if (!isAhead) {
      this.#engine.restore(start.state);
      this.#applied = start.entries;
    }
    this.#latest = latest;
    this.#replayTo(target);
  }

  get #firstCycle(): number {
    return this.#milestones[0]?.state.position.cycle ?? 0;
  }

  get #latestCycle(): number {
    return this.#latest?.state.position.cycle ?? this.#engine.cycle;
  }

  /** Where the machine rested last at a cycle; a cycle that it only passed through has no starts behind it. */
  #lastPositionAt(cycle: number): Position {
    const place = this.#entriesBefore({ cycle: cycle + 1, starts: 0 });
    const position = this.#journal[place - 1]?.position;
    return position?.cycle === cycle ? position : { cycle, starts: 0 };
  }

  /** How many entries come before a position. */
  #entriesBefore(position: Position): number {
    let low = 0;
    let high = this.#journal.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const entry = this.#journal[middle];
      if (entry !== undefined && comparePositions(entry.position, position) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #replayTo(target: Position): void {
    for (;;) {
      const entry = this.#journal[this.#applied];
      if (entry === undefined || comparePositions(entry.position, target) > 0) break;
      this.#engine.replayTo(entry.position);
      if (entry.input !== undefined) this.#engine.inputs.apply(entry.input);
      this.#applied++;
    }
    this.#engine.replayTo(target);
  }

  /** In the past: what comes after the present state has not happened any more. */
  #cutOff(): void {
    if (this.#latest === undefined) return;
    const { position } = this.#engine;
    this.#journal.length = this.#applied;
    this.#milestones = this.#milestones.filter(
      ({ state, entries }) => entries <= this.#applied && comparePositions(state.position, position) <= 0,
    );
    this.#latest = undefined;
    this.#roundsAtMilestone = this.#engine.rounds;
  }

  /** A position with no starts behind it needs no note: it is where a replay rests by itself. */
  #noteRest(): void {
    const { position } = this.#engine;
    const last = this.#journal.at(-1);
    if (position.starts === 0 || (last !== undefined && comparePositions(last.position, position) === 0)) return;
    this.#journal.push({ position, input: undefined });
  }

  #addMilestone(): void {
    this.#roundsAtMilestone = this.#engine.rounds;
    this.#milestones.push({ state: this.#engine.save(), entries: this.#journal.length });
    if (this.#milestones.length <= mostMilestones) return;
    this.#milestones = this.#milestones.filter((_, index) => index % 2 === 0);
    this.#distance *= 2;
  }
}
