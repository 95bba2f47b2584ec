import type { BeatColumns } from "./beat-columns.ts";
import { GroupParts } from "./group-parts.ts";
import { PortRounds } from "./port-rounds.ts";

const none = -1;

/** How an unchanged group goes on: so many whole periods without a completion, then one after so many cycles. */
export type GroupForecast = { wholePeriods: number; cyclesToCompletion: number };

/**
 * The service of one unchanged group (timing rules 11 to 13): in its j-th cycle it starts with member j mod n and
 * goes round. While nobody completes, the grants repeat every n cycles, so whole periods are jumped. The last one is served
 * part by part (GroupParts), and of each cycle only those turns that give something.
 */
export class GroupService {
  readonly #columns: BeatColumns;
  readonly #parts: GroupParts;
  readonly #rounds: PortRounds;
  /** Scratch, by engine number: units still to be granted. */
  readonly #left: Float64Array;
  /** The group that `parts` holds, as it was formed last; -1 for none. */
  #divided = none;
  readonly #forecast: GroupForecast = { wholePeriods: 0, cyclesToCompletion: 0 };

  constructor(moverCount: number, columns: BeatColumns) {
    this.#columns = columns;
    this.#parts = new GroupParts(moverCount, columns);
    this.#rounds = new PortRounds(moverCount, columns, this.#parts);
    this.#left = new Float64Array(moverCount);
  }

  /**
   * Solves a newly formed group of `count` members, in order of engine number, from its start on; fills `perPeriod` and
   * `remainingThen`. The result is reused.
   */
  forecast(group: number, members: Int32Array, count: number): GroupForecast {
    const { remaining, remainingThen, perPeriod } = this.#columns;
    this.#divide(group, members, count);
    this.#findPerPeriod();
    let periods = Number.POSITIVE_INFINITY;
    for (let index = 0; index < count; index++) {
      const mover = members[index] ?? 0;
      // One unit stays, so that no completion falls into a jumped period.
      periods = Math.min(periods, Math.floor(((remaining[mover] ?? 0) - 1) / (perPeriod[mover] ?? 0)));
    }
    for (let index = 0; index < count; index++) {
      const mover = members[index] ?? 0;
      remainingThen[mover] = (remaining[mover] ?? 0) - periods * (perPeriod[mover] ?? 0);
    }
    // Whoever set the number of periods completes within one more period.
    const cycles = this.#serveToCompletion(members, count);
    const forecast = this.#forecast;
    forecast.wholePeriods = periods;
    forecast.cyclesToCompletion = periods * count + cycles;
    return forecast;
  }

  /** Moves a group's `remaining` on by a number of cycles that holds no completion. Its members are those of its forecast. */
  advance(group: number, members: Int32Array, count: number, cycles: number, wholePeriods: number): void {
    const { remaining, perPeriod } = this.#columns;
    const periods = Math.min(wholePeriods, Math.floor(cycles / count));
    if (periods > 0) {
      for (let index = 0; index < count; index++) {
        const mover = members[index] ?? 0;
        remaining[mover] = (remaining[mover] ?? 0) - periods * (perPeriod[mover] ?? 0);
      }
    }
    const rest = cycles - periods * count;
    if (rest === 0) return;
    // A group is mostly moved on before another one has been solved.
    if (group !== this.#divided) this.#divide(group, members, count);
    this.#serve(remaining, rest);
  }

  /** To be called when groups are no longer those that have been solved. */
  forget(): void {
    this.#divided = none;
  }

  #divide(group: number, members: Int32Array, count: number): void {
    this.#divided = group;
    this.#parts.divide(members, count);
    this.#rounds.fillBudgets(members, count);
  }

  /** What every member gets in one whole period. */
  #findPerPeriod(): void {
    const { perPeriod } = this.#columns;
    const { free, freeCount, count, period } = this.#parts;
    for (let part = 0; part < count; part++) this.#rounds.sumPeriod(part, perPeriod);
    for (let index = 0; index < freeCount; index++) {
      const mover = free[index] ?? 0;
      perPeriod[mover] = period * this.#columns.rateAlone(mover);
    }
  }

  /** Serves `remainingThen` up to the first completion, from the start of a period on; returns the cycles that takes. */
  #serveToCompletion(members: Int32Array, count: number): number {
    const { remainingThen } = this.#columns;
    const { free, freeCount, count: partCount, period } = this.#parts;
    if (partCount === 1 && freeCount === 0) return this.#rounds.serve(0, remainingThen, period);
    // Which part has the first completion is known only when all have been looked at: on a copy.
    const left = this.#left;
    for (let index = 0; index < count; index++) {
      const mover = members[index] ?? 0;
      left[mover] = remainingThen[mover] ?? 0;
    }
    let cycles = period;
    for (let index = 0; index < freeCount; index++) {
      const mover = free[index] ?? 0;
      cycles = Math.min(cycles, Math.ceil((left[mover] ?? 0) / this.#columns.rateAlone(mover)));
    }
    for (let part = 0; part < partCount; part++) cycles = this.#rounds.serve(part, left, cycles);
    this.#serve(remainingThen, cycles);
    return cycles;
  }

  /** Serves all members for a number of cycles, from the start of a period on; a completion may only fall into the last one. */
  #serve(left: Float64Array, cycles: number): void {
    const { free, freeCount, count } = this.#parts;
    for (let part = 0; part < count; part++) this.#rounds.serve(part, left, cycles);
    for (let index = 0; index < freeCount; index++) {
      const mover = free[index] ?? 0;
      left[mover] = Math.max(0, (left[mover] ?? 0) - cycles * this.#columns.rateAlone(mover));
    }
  }
}
