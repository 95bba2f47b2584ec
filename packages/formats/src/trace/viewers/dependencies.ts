import type { TraceRows } from "../recording.ts";
import { blockEvents } from "../trace-encoder.ts";

/** Ids of arrows to further consumers of one event begin here; below are those of first consumers. */
const furtherIds = 2 ** 40;

const none: readonly number[] = [];

/**
 * Arrows from events to those that waited for their credits. An event is written before its consumers are, so they are looked up
 * ahead: a bit for each event, and a list where several wait for one.
 */
export class Dependencies {
  readonly #rows: TraceRows;
  /** By event: whether it has a consumer. */
  #hasConsumer = new Uint8Array(1024);
  readonly #further = new Map<number, number[]>();
  readonly #isFurther = new Set<number>();
  #seen = 0;

  constructor(rows: TraceRows) {
    this.#rows = rows;
  }

  /** Looks at the events up to number `count`. */
  lookAhead(count: number): void {
    if (Math.ceil(count / 8) > this.#hasConsumer.length) {
      const more = new Uint8Array(Math.max(Math.ceil(count / 8), 2 * this.#hasConsumer.length));
      more.set(this.#hasConsumer);
      this.#hasConsumer = more;
    }
    for (; this.#seen < count; this.#seen = Math.min(count, this.#seen + blockEvents)) {
      const { producer } = this.#rows.columns(this.#seen, Math.min(count, this.#seen + blockEvents));
      for (let row = 0; row < producer.length; row++) {
        const from = producer[row] ?? -1;
        if (from >= 0) this.#note(from, this.#seen + row);
      }
    }
  }

  /** Whether arrows leave an event; the first has the id `index + 1`. */
  hasConsumer(index: number): boolean {
    return ((this.#hasConsumer[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  /** Ids of the arrows to the second consumer of an event and to those after it. */
  furtherIds(index: number): readonly number[] {
    return this.#further.size === 0 ? none : (this.#further.get(index) ?? none);
  }

  /** The id of the arrow from its producer to an event. */
  idTo(index: number, producer: number): number {
    return this.#isFurther.size > 0 && this.#isFurther.has(index) ? furtherIds + index : producer + 1;
  }

  #note(from: number, index: number): void {
    const bit = 1 << (from & 7);
    const bits = this.#hasConsumer[from >> 3] ?? 0;
    if ((bits & bit) === 0) {
      this.#hasConsumer[from >> 3] = bits | bit;
      return;
    }
    this.#isFurther.add(index);
    const ids = this.#further.get(from);
    if (ids === undefined) this.#further.set(from, [furtherIds + index]);
    else ids.push(furtherIds + index);
  }
}
