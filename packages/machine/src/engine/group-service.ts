import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";

const none = -1;

/** Columns of the transfers in their beat phase, by engine number. Amounts are whole units (config/widths.ts). */
export class BeatColumns {
  readonly sourcePort: Int32Array;
  readonly destinationPort: Int32Array;
  /** Ports of the links on the way, by which machines are connected with the host and with each other; -1 for none. */
  readonly firstLink: Int32Array;
  readonly secondLink: Int32Array;
  /** Units the engine itself moves per cycle. */
  readonly width: Float64Array;
  /** Units still to be granted at the start cycle of the transfer's group. */
  readonly remaining: Float64Array;
  /** The same at the group's next completion. */
  readonly remainingThen: Float64Array;
  /** Units granted in one whole period of the group. */
  readonly perPeriod: Float64Array;
  /** Units each port moves per cycle. */
  readonly portWidths: Float64Array;

  constructor(moverCount: number, portWidths: Float64Array) {
    this.sourcePort = new Int32Array(moverCount);
    this.destinationPort = new Int32Array(moverCount);
    this.firstLink = new Int32Array(moverCount).fill(none);
    this.secondLink = new Int32Array(moverCount).fill(none);
    this.width = new Float64Array(moverCount);
    this.remaining = new Float64Array(moverCount);
    this.remainingThen = new Float64Array(moverCount);
    this.perPeriod = new Float64Array(moverCount);
    this.portWidths = portWidths;
  }

  /** Units that a transfer in its beat phase moves per cycle when it has its ports for itself. */
  rateAlone(mover: number): number {
    return this.aloneRate(this.sourcePort[mover] ?? 0, this.destinationPort[mover] ?? 0, this.width[mover] ?? 0);
  }

  save(): SavedColumns {
    return saveColumns(this.#columns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#columns, saved);
  }

  get #columns(): readonly Column[] {
    return [
      this.sourcePort,
      this.destinationPort,
      this.firstLink,
      this.secondLink,
      this.width,
      this.remaining,
      this.remainingThen,
      this.perPeriod,
    ];
  }

  /**
   * Units a transfer moves per cycle when it has its ports for itself; a copy within one port halves the port. What links
   * move is in `width` already.
   */
  aloneRate(source: number, destination: number, width: number): number {
    const sourceWidth = this.portWidths[source] ?? 0;
    if (source === destination) return Math.min(width, sourceWidth / 2);
    return Math.min(width, sourceWidth, this.portWidths[destination] ?? 0);
  }
}

/** How an unchanged group goes on: so many whole periods without a completion, then one after so many cycles. */
export type GroupForecast = { wholePeriods: number; cyclesToCompletion: number };

/**
 * The service of one unchanged group (timing rules 11 to 13): in its j-th cycle it starts with member j mod n and
 * goes round. While nobody completes, the grants repeat every n cycles, so whole periods are jumped and only the
 * last one is served cycle by cycle.
 */
export class GroupService {
  readonly #columns: BeatColumns;
  /** What is left of each port in the cycle being served. */
  readonly #budget: Float64Array;
  readonly #forecast: GroupForecast = { wholePeriods: 0, cyclesToCompletion: 0 };

  constructor(columns: BeatColumns) {
    this.#columns = columns;
    this.#budget = new Float64Array(columns.portWidths.length);
  }

  /** Solves a group of `count` members from its start on; fills `perPeriod` and `remainingThen`. The result is reused. */
  forecast(members: Int32Array, count: number): GroupForecast {
    const { remaining, remainingThen, perPeriod } = this.#columns;
    const forecast = this.#forecast;
    for (let index = 0; index < count; index++) {
      const mover = members[index] ?? 0;
      perPeriod[mover] = 0;
      remainingThen[mover] = Number.POSITIVE_INFINITY;
    }
    for (let cycle = 0; cycle < count; cycle++) this.#serveCycle(members, count, cycle, perPeriod);
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
    let cycles = 0;
    while (!this.#serveCycle(members, count, cycles++, undefined)) {
      // Whoever set the number of periods completes within one more period.
    }
    forecast.wholePeriods = periods;
    forecast.cyclesToCompletion = periods * count + cycles;
    return forecast;
  }

  /** Moves a group's `remaining` on by a number of cycles that holds no completion. */
  advance(members: Int32Array, count: number, cycles: number, wholePeriods: number): void {
    const { remaining, remainingThen, perPeriod } = this.#columns;
    const periods = Math.min(wholePeriods, Math.floor(cycles / count));
    for (let index = 0; index < count; index++) {
      const mover = members[index] ?? 0;
      remainingThen[mover] = (remaining[mover] ?? 0) - periods * (perPeriod[mover] ?? 0);
    }
    for (let cycle = 0; cycle < cycles - periods * count; cycle++) this.#serveCycle(members, count, cycle, undefined);
    for (let index = 0; index < count; index++) {
      const mover = members[index] ?? 0;
      remaining[mover] = remainingThen[mover] ?? 0;
    }
  }

  /** One cycle of grants out of `remainingThen`; true if a member completes. Sums the grants where asked to. */
  #serveCycle(members: Int32Array, count: number, cycle: number, granted: Float64Array | undefined): boolean {
    this.#fillBudgets(members, count);
    const { remainingThen } = this.#columns;
    let completes = false;
    let turn = cycle % count;
    for (let index = 0; index < count; index++) {
      const mover = members[turn] ?? 0;
      if (++turn === count) turn = 0;
      const left = remainingThen[mover] ?? 0;
      const grant = this.#takeGrant(mover, left);
      remainingThen[mover] = left - grant;
      if (granted !== undefined) granted[mover] = (granted[mover] ?? 0) + grant;
      completes ||= grant === left;
    }
    return completes;
  }

  /** Every port of the members has its whole width again. */
  #fillBudgets(members: Int32Array, count: number): void {
    const { sourcePort, destinationPort, firstLink, secondLink, portWidths } = this.#columns;
    const budget = this.#budget;
    for (let index = 0; index < count; index++) {
      const mover = members[index] ?? 0;
      const source = sourcePort[mover] ?? 0;
      const destination = destinationPort[mover] ?? 0;
      budget[source] = portWidths[source] ?? 0;
      budget[destination] = portWidths[destination] ?? 0;
      const first = firstLink[mover] ?? none;
      if (first === none) continue;
      budget[first] = portWidths[first] ?? 0;
      const second = secondLink[mover] ?? none;
      if (second !== none) budget[second] = portWidths[second] ?? 0;
    }
  }

  /** What a member gets in its turn, of at most `left`; taken out of the budgets of all its ports. */
  #takeGrant(mover: number, left: number): number {
    const { sourcePort, destinationPort, firstLink, width } = this.#columns;
    const budget = this.#budget;
    const source = sourcePort[mover] ?? 0;
    const destination = destinationPort[mover] ?? 0;
    const sourceLeft = budget[source] ?? 0;
    // A copy within one port takes its budget twice.
    const portLeft = source === destination ? sourceLeft / 2 : Math.min(sourceLeft, budget[destination] ?? 0);
    let grant = Math.min(width[mover] ?? 0, left, portLeft);
    if (firstLink[mover] !== none) grant = this.#takeLinks(mover, grant);
    budget[source] = (budget[source] ?? 0) - grant;
    budget[destination] = (budget[destination] ?? 0) - grant;
    return grant;
  }

  /** As much of `wanted` as the links have left, taken out of their budgets. */
  #takeLinks(mover: number, wanted: number): number {
    const { firstLink, secondLink } = this.#columns;
    const budget = this.#budget;
    const first = firstLink[mover] ?? 0;
    const second = secondLink[mover] ?? none;
    const grant = Math.min(wanted, budget[first] ?? 0, second === none ? wanted : (budget[second] ?? 0));
    budget[first] = (budget[first] ?? 0) - grant;
    if (second !== none) budget[second] = (budget[second] ?? 0) - grant;
    return grant;
  }
}
