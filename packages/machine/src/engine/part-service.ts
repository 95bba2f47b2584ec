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
  #hasOnePort = false;

  constructor(moverCount: number, columns: BeatColumns, users: PortUsers, parts: PortParts, turns: Int32Array) {
    this.#columns = columns;
    this.#parts = parts;
    this.#turns = turns;
    this.#started = new Float64Array(moverCount);
    this.#isBehind = new Uint8Array(moverCount);
    this.#part = new ServedPart(moverCount);
    this.#window = new PortWindow(moverCount, columns, this.#part);
    this.#rounds = new PortRounds(columns, users, this.#part);
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
    if (this.#isBehind[part] !== 1) return;
    this.#isBehind[part] = 0;
    this.#take(part);
    const { movers, size, served, granted } = this.#part;
    const { remaining } = this.#columns;
    for (let start = 0; start < size; start++) {
      const mover = movers[start] ?? 0;
      const cycles = this.#started[mover] ?? 0;
      if (cycles === 0) continue;
      this.#started[mover] = 0;
      this.#serveCycle(start, false);
      for (let index = 0; index < this.#part.servedCount; index++) {
        const getter = movers[served[index] ?? 0] ?? 0;
        remaining[getter] = (remaining[getter] ?? 0) - cycles * (granted[index] ?? 0);
      }
    }
  }

  /** Cycles before which nobody of a part that is settled can complete, whatever else happens. */
  leastCycles(part: number): number {
    const { remaining, rateAlone } = this.#columns;
    let least = Number.POSITIVE_INFINITY;
    for (let mover = this.#parts.firstOf(part); mover !== none; mover = this.#parts.after(mover)) {
      least = Math.min(least, (remaining[mover] ?? 0) / (rateAlone[mover] ?? 1));
    }
    return Math.ceil(least);
  }

  /**
   * Cycles from the beginning of a rotation up to the first completion in a part that is settled; Infinity if that comes after
   * `mostCycles`.
   */
  cyclesToCompletion(part: number, period: number, mostCycles: number): number {
    this.#take(part);
    const cycles = this.#look(Math.min(mostCycles, period));
    if (cycles !== none) return cycles;
    if (mostCycles <= period) return Number.POSITIVE_INFINITY;
    // A whole period has been looked at: the next ones are like it until somebody completes.
    const { movers, left, size } = this.#part;
    const { remaining } = this.#columns;
    let periods = Number.POSITIVE_INFINITY;
    for (let place = 0; place < size; place++) {
      const has = remaining[movers[place] ?? 0] ?? 0;
      // One unit stays, so that no completion falls into these periods.
      periods = Math.min(periods, Math.floor((has - 1) / (has - (left[place] ?? 0))));
    }
    if (periods * period >= mostCycles) return Number.POSITIVE_INFINITY;
    for (let place = 0; place < size; place++) {
      const has = remaining[movers[place] ?? 0] ?? 0;
      left[place] = has - periods * (has - (left[place] ?? 0));
    }
    // Whoever set the number of periods completes within one more.
    return periods * period + this.#look(period);
  }

  /** Serves a part from the beginning of a rotation on up to the first completion, which comes after so many cycles. */
  complete(part: number, cycles: number, period: number): void {
    this.serve(part, cycles - 1, period);
    this.settle(part);
    this.#take(part);
    const { turns, movers, size, served, granted } = this.#part;
    const turn = (cycles - 1) % period;
    let start = 0;
    while (start < size && (turns[start] ?? 0) < turn) start++;
    this.#serveCycle(start === size ? 0 : start, true);
    const { remaining } = this.#columns;
    for (let index = 0; index < this.#part.servedCount; index++) {
      const mover = movers[served[index] ?? 0] ?? 0;
      remaining[mover] = (remaining[mover] ?? 0) - (granted[index] ?? 0);
    }
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

  /** Takes a part in hand. */
  #take(part: number): void {
    const { movers, turns, left } = this.#part;
    const { remaining } = this.#columns;
    let size = 0;
    for (let mover = this.#parts.firstOf(part); mover !== none; mover = this.#parts.after(mover)) {
      movers[size] = mover;
      turns[size] = this.#turns[mover] ?? 0;
      left[size++] = remaining[mover] ?? 0;
    }
    this.#part.size = size;
    const port = this.#parts.onlyPortOf(part);
    this.#hasOnePort = port !== none;
    if (this.#hasOnePort) this.#window.prepare(port);
    else this.#rounds.prepare();
  }

  #serveCycle(start: number, isLimited: boolean): void {
    if (this.#hasOnePort) this.#window.serveCycle(start, isLimited);
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
