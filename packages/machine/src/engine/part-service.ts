import type { BeatColumns } from "./beat-columns.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { PortParts } from "./port-parts.ts";
import { PortRounds } from "./port-rounds.ts";
import type { PortUsers } from "./port-users.ts";
import { PortWindow } from "./port-window.ts";
import { ServedPart } from "./served-part.ts";

const none = -1;

/**
 * The service of parts (timing rules 11 to 13). In the j-th cycle since its group last changed a part is served from that member
 * on whose turn in the whole group is j modulo the group's size, or is the next one after that. Cycles that start with the same
 * member are alike as long as nobody completes: so what has been served is kept as a number of cycles by member that they
 * started with, and is taken off what the members have left only when somebody wants to know that.
 */
export class PartService {
  readonly #columns: BeatColumns;
  readonly #parts: PortParts;
  /** By engine number: the transfer's turn in its group. */
  readonly #turns: Int32Array;
  /** By engine number: cycles that started with this transfer and are not taken off `remaining` yet. */
  readonly #started: Float64Array;
  /** By part: 1 if there are such cycles. */
  readonly #isBehind: Uint8Array;
  readonly #part: ServedPart;
  readonly #window: PortWindow;
  readonly #rounds: PortRounds;
  #hasLeader = false;

  constructor(moverCount: number, columns: BeatColumns, users: PortUsers, parts: PortParts, turns: Int32Array) {
    this.#columns = columns;
    this.#parts = parts;
    this.#turns = turns;
    this.#started = new Float64Array(moverCount);
    this.#isBehind = new Uint8Array(moverCount);
    this.#part = new ServedPart(moverCount);
    this.#window = new PortWindow(moverCount, columns, this.#part);
    this.#rounds = new PortRounds(moverCount, columns, users, this.#part);
  }

  /** Serves a part for so many cycles from the beginning of a rotation on, in which nobody completes. `period`: the size of its group. */
  serve(part: number, cycles: number, period: number): void {
    if (cycles === 0) return;
    this.#isBehind[part] = 1;
    const first = this.#parts.firstOf(part);
    const periods = Math.floor(cycles / period);
    const rest = cycles - periods * period;
    let before = 0;
    for (let mover = first; mover !== none; mover = this.#parts.after(mover)) {
      const turn = (this.#turns[mover] ?? 0) + 1;
      const starts = periods * (turn - before) + Math.max(0, Math.min(rest, turn) - before);
      if (starts > 0) this.#started[mover] = (this.#started[mover] ?? 0) + starts;
      else if (periods === 0) return;
      before = turn;
    }
    // After the last turn of a period the first member is the next one.
    const wrapped = periods * (period - before) + Math.max(0, rest - before);
    this.#started[first] = (this.#started[first] ?? 0) + wrapped;
  }

  /** Takes what has been served off `remaining`. */
  settle(part: number): void {
    if (this.#isBehind[part] === 1) this.take(part);
  }

  /** Settles a part and takes it in hand: what follows is about it. */
  take(part: number): void {
    const { movers, turns, left } = this.#part;
    const { remaining } = this.#columns;
    let size = 0;
    for (let mover = this.#parts.firstOf(part); mover !== none; mover = this.#parts.after(mover)) {
      movers[size] = mover;
      turns[size] = this.#turns[mover] ?? 0;
      left[size++] = remaining[mover] ?? 0;
    }
    this.#part.size = size;
    const leader = this.#parts.leaderOf(part);
    this.#hasLeader = leader !== none;
    if (this.#hasLeader) this.#window.prepare(leader);
    else this.#rounds.prepare();
    if (this.#isBehind[part] === 0) return;
    this.#isBehind[part] = 0;
    this.#catchUp();
    this.#noteLeft();
  }

  /** Cycles before which nobody of the part in hand can complete, whatever else happens. */
  leastCycles(): number {
    const { rateAlone } = this.#columns;
    const { movers, left, size } = this.#part;
    let least = Number.POSITIVE_INFINITY;
    for (let place = 0; place < size; place++) {
      least = Math.min(least, (left[place] ?? 0) / (rateAlone[movers[place] ?? 0] ?? 1));
    }
    return Math.ceil(least);
  }

  /**
   * Cycles from the beginning of a rotation up to the first completion in the part in hand, which is in hand no more then; Infinity
   * if that comes after `mostCycles`.
   */
  cyclesToCompletion(period: number, mostCycles: number): number {
    const { size } = this.#part;
    const roundGrant = this.#hasLeader && size === period ? this.#window.roundGrant : 0;
    if (roundGrant > 0) {
      const periods = this.#wholePeriods(roundGrant);
      if (periods * period >= mostCycles) return Number.POSITIVE_INFINITY;
      this.#skipPeriods(periods, roundGrant);
      return periods * period + this.#look(period);
    }
    const cycles = this.#look(Math.min(mostCycles, period));
    if (cycles !== none) return cycles;
    if (mostCycles <= period) return Number.POSITIVE_INFINITY;
    // A whole period has been looked at: the next ones are like it until somebody completes.
    const periods = this.#wholePeriods(0);
    if (periods * period >= mostCycles) return Number.POSITIVE_INFINITY;
    this.#skipPeriods(periods, 0);
    return periods * period + this.#look(period);
  }

  /** Serves a part from the beginning of a rotation on up to the first completion, which comes after so many cycles. */
  complete(part: number, cycles: number, period: number): void {
    this.serve(part, cycles - 1, period);
    this.take(part);
    const { turns, size, left, served, granted } = this.#part;
    const turn = (cycles - 1) % period;
    let start = 0;
    while (start < size && (turns[start] ?? 0) < turn) start++;
    this.#serveCycle(start === size ? 0 : start, true);
    for (let index = 0; index < this.#part.servedCount; index++) {
      const place = served[index] ?? 0;
      left[place] = (left[place] ?? 0) - (granted[index] ?? 0);
    }
    this.#noteLeft();
  }

  clear(): void {
    this.#started.fill(0);
    this.#isBehind.fill(0);
  }

  save(): SavedColumns {
    return saveColumns(this.#stateColumns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#stateColumns, saved);
  }

  get #stateColumns(): readonly Column[] {
    return [this.#started, this.#isBehind];
  }

  /** Takes off `left` what the part in hand has been given in the cycles that are noted, and forgets these. */
  #catchUp(): void {
    const { movers, left, size, served, granted } = this.#part;
    const started = this.#started;
    const roundGrant = this.#hasLeader ? this.#window.roundGrant : 0;
    let rounds = 0;
    if (roundGrant > 0) {
      rounds = Number.POSITIVE_INFINITY;
      for (let place = 0; place < size; place++) rounds = Math.min(rounds, started[movers[place] ?? 0] ?? 0);
      if (rounds > 0) for (let place = 0; place < size; place++) left[place] = (left[place] ?? 0) - rounds * roundGrant;
    }
    for (let start = 0; start < size; start++) {
      const mover = movers[start] ?? 0;
      const cycles = (started[mover] ?? 0) - rounds;
      started[mover] = 0;
      if (cycles === 0) continue;
      this.#serveCycle(start, false);
      for (let index = 0; index < this.#part.servedCount; index++) {
        const place = served[index] ?? 0;
        left[place] = (left[place] ?? 0) - cycles * (granted[index] ?? 0);
      }
    }
  }

  #noteLeft(): void {
    const { movers, left, size } = this.#part;
    const { remaining } = this.#columns;
    for (let place = 0; place < size; place++) remaining[movers[place] ?? 0] = left[place] ?? 0;
  }

  /**
   * Periods in which nobody of the part in hand completes. Each gets `grant` in a period, or, if that is 0, what has been taken off
   * `left` since the part was taken.
   */
  #wholePeriods(grant: number): number {
    const { movers, left, size } = this.#part;
    const { remaining } = this.#columns;
    let periods = Number.POSITIVE_INFINITY;
    for (let place = 0; place < size; place++) {
      const has = remaining[movers[place] ?? 0] ?? 0;
      // One unit stays, so that no completion falls into these periods. Whoever sets their number completes within one more.
      periods = Math.min(periods, Math.floor((has - 1) / (grant === 0 ? has - (left[place] ?? 0) : grant)));
    }
    return periods;
  }

  /** Sets `left` to what it is after so many periods. */
  #skipPeriods(periods: number, grant: number): void {
    const { movers, left, size } = this.#part;
    const { remaining } = this.#columns;
    for (let place = 0; place < size; place++) {
      const has = remaining[movers[place] ?? 0] ?? 0;
      left[place] = has - periods * (grant === 0 ? has - (left[place] ?? 0) : grant);
    }
  }

  #serveCycle(start: number, isLimited: boolean): void {
    if (this.#hasLeader) this.#window.serveCycle(start, isLimited);
    else this.#rounds.serveCycle(start, isLimited);
  }

  /**
   * The cycle in which the first completion of the part in hand comes, of the first `mostCycles` of a period, counted from 1; -1
   * if none does. Then `left` is what is left after these.
   */
  #look(mostCycles: number): number {
    const { turns, left, size, served, granted } = this.#part;
    let cycle = 0;
    for (let start = 0; cycle < mostCycles; start++) {
      // After the last turn of a period the first member is the next one.
      const end = start < size ? Math.min(mostCycles, (turns[start] ?? 0) + 1) : mostCycles;
      const cycles = end - cycle;
      this.#serveCycle(start < size ? start : 0, false);
      let first = Number.POSITIVE_INFINITY;
      for (let index = 0; index < this.#part.servedCount; index++) {
        const place = served[index] ?? 0;
        const grant = granted[index] ?? 0;
        const has = left[place] ?? 0;
        const after = has - cycles * grant;
        left[place] = after;
        if (after <= 0) first = Math.min(first, Math.ceil(has / grant));
      }
      if (first <= cycles) return cycle + first;
      cycle = end;
    }
    return none;
  }
}
