import { copyTraceColumns, emptyTraceColumns, type TraceColumns } from "kpu-sim";

/** Event numbers of one unit, in order of time, and the cycles that they took together. */
class UnitEvents {
  #numbers = new Uint32Array(16);
  #busyBefore = new Float64Array(17);
  #count = 0;

  add(event: number, cycles: number): void {
    if (this.#count === this.#numbers.length) {
      const larger = new Uint32Array(2 * this.#count);
      larger.set(this.#numbers);
      this.#numbers = larger;
      const sums = new Float64Array(2 * this.#count + 1);
      sums.set(this.#busyBefore);
      this.#busyBefore = sums;
    }
    this.#numbers[this.#count] = event;
    this.#busyBefore[this.#count + 1] = (this.#busyBefore[this.#count] ?? 0) + cycles;
    this.#count++;
  }

  get numbers(): Uint32Array {
    return this.#numbers.subarray(0, this.#count);
  }

  /** Cycles that the events before a place took. */
  busyBefore(place: number): number {
    return this.#busyBefore[place] ?? 0;
  }
}

/** The trace of a run as it grows: columns by event number in order of completion, and the events of each unit. */
export class TraceStore {
  #columns: TraceColumns;
  #length = 0;
  readonly #units: readonly UnitEvents[];

  /** Events have addresses where their columns have them; those of files have none. */
  constructor(unitCount: number, hasAddresses: boolean = false) {
    this.#columns = emptyTraceColumns(1024, hasAddresses);
    this.#units = Array.from({ length: unitCount }, () => new UnitEvents());
  }

  get length(): number {
    return this.#length;
  }

  get unitCount(): number {
    return this.#units.length;
  }

  /** All columns; only the first `length` places are events. They are replaced when they grow: ask anew after `append`. */
  get columns(): TraceColumns {
    return this.#columns;
  }

  /** Numbers of a unit's events in order of time: a unit does one thing at once. */
  eventsOf(unit: number): Uint32Array {
    return this.#units[unit]?.numbers ?? new Uint32Array(0);
  }

  /** Cycles that a unit's events took whose places in `eventsOf(unit)` are from `first` to `end`, which is left out. */
  busyCycles(unit: number, first: number, end: number): number {
    const events = this.#units[unit];
    return events === undefined ? 0 : events.busyBefore(end) - events.busyBefore(first);
  }

  append(columns: TraceColumns): void {
    const count = columns.begin.length;
    this.#makeRoom(this.#length + count);
    copyTraceColumns(columns, 0, count, this.#columns, this.#length);
    for (let event = 0; event < count; event++) {
      const cycles = (columns.end[event] ?? 0) - (columns.begin[event] ?? 0);
      this.#units[columns.unit[event] ?? 0]?.add(this.#length + event, cycles);
    }
    this.#length += count;
  }

  /** Place in `eventsOf(unit)` of the first event that ends after the cycle. */
  placeAfter(unit: number, cycle: number): number {
    const events = this.eventsOf(unit);
    const { end } = this.#columns;
    let low = 0;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((end[events[middle] ?? 0] ?? 0) > cycle) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The unit's event that runs at the cycle, or the one that waits then to begin; undefined if it has nothing. */
  eventAt(unit: number, cycle: number): { readonly event: number; readonly isWaiting: boolean } | undefined {
    const event = this.eventsOf(unit)[this.placeAfter(unit, cycle)];
    if (event === undefined) return undefined;
    const { begin, waitedCycles } = this.#columns;
    const start = begin[event] ?? 0;
    if (start <= cycle) return { event, isWaiting: false };
    return start - (waitedCycles[event] ?? 0) <= cycle ? { event, isWaiting: true } : undefined;
  }

  /** The next cycle after this one at which some work begins or ends; undefined behind the last. */
  edgeAfter(cycle: number): number | undefined {
    let edge: number | undefined;
    const { begin, end } = this.#columns;
    for (let unit = 0; unit < this.unitCount; unit++) {
      const event = this.eventsOf(unit)[this.placeAfter(unit, cycle)];
      if (event === undefined) continue;
      const start = begin[event] ?? 0;
      const next = start > cycle ? start : (end[event] ?? 0);
      if (edge === undefined || next < edge) edge = next;
    }
    return edge;
  }

  /** The last cycle before this one at which some work began or ended; undefined before the first. */
  edgeBefore(cycle: number): number | undefined {
    let edge: number | undefined;
    const { begin, end } = this.#columns;
    const consider = (at: number): void => {
      if (at < cycle && (edge === undefined || at > edge)) edge = at;
    };
    for (let unit = 0; unit < this.unitCount; unit++) {
      const events = this.eventsOf(unit);
      // The first event that ends at this cycle or later, and the one before it.
      const place = this.placeAfter(unit, cycle - 1);
      for (const event of [events[place - 1], events[place]]) {
        if (event === undefined) continue;
        consider(begin[event] ?? 0);
        consider(end[event] ?? 0);
      }
    }
    return edge;
  }

  /** The first cycle from this one on at which no unit runs anything. */
  idleFrom(cycle: number): number {
    const { begin, end } = this.#columns;
    let at = cycle;
    for (;;) {
      let latest = at;
      for (let unit = 0; unit < this.unitCount; unit++) {
        const event = this.eventsOf(unit)[this.placeAfter(unit, at)];
        if (event !== undefined && (begin[event] ?? 0) <= at) latest = Math.max(latest, end[event] ?? 0);
      }
      if (latest === at) return at;
      at = latest;
    }
  }

  #makeRoom(length: number): void {
    const room = this.#columns.begin.length;
    if (length <= room) return;
    const larger = emptyTraceColumns(Math.max(length, 2 * room), this.#columns.sourceOffset !== undefined);
    copyTraceColumns(this.#columns, 0, this.#length, larger, 0);
    this.#columns = larger;
  }
}
