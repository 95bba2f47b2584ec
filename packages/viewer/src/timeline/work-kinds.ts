import { type TraceOrigin, traceOperations } from "kpu-sim";
import type { TraceStore } from "../state/trace-store.ts";

/** Colours that people with any kind of sight tell apart, on light and on dark (P. Tol's bright scheme, and three more). */
const palette = [
  "#4477aa",
  "#ee6677",
  "#228833",
  "#ccbb44",
  "#66ccee",
  "#aa3377",
  "#ee7733",
  "#009988",
  "#999933",
  "#bbbbbb",
];

const levels = { host: "host", external: "external", l3: "L3", l2: "L2", scratchpad: "L1" } as const;

/** A kind of work: an operation of the arrays or vector units, or transfers from one level to another. */
export type WorkKind = { readonly title: string; readonly colour: string };

/**
 * Which kinds of work a trace has, so that lanes can be coloured by them: what is computed, and on which leg of its way a tensor is. In order of
 * first appearance; work beyond the last colour shares it.
 */
export class WorkKinds {
  readonly #origin: TraceOrigin;
  readonly #trace: TraceStore;
  readonly #places = new Map<string, number>();
  /** Places by operation and memories: a trace may have millions of events. */
  readonly #known = new Map<number, number>();
  readonly #kinds: WorkKind[] = [];
  #seen = 0;

  constructor(trace: TraceStore, origin: TraceOrigin) {
    this.#trace = trace;
    this.#origin = origin;
  }

  /** The kinds of the events so far. */
  get kinds(): readonly WorkKind[] {
    for (; this.#seen < this.#trace.length; this.#seen++) this.placeOf(this.#seen);
    return this.#kinds;
  }

  /** Number of an event's kind among them. */
  placeOf(event: number): number {
    const { operation, source, destination } = this.#trace.columns;
    const { memories } = this.#origin;
    const [number, first, second] = [operation[event] ?? 0, source[event] ?? 0, destination[event] ?? 0];
    const key = (number * memories.length + first) * memories.length + second;
    const place = this.#known.get(key) ?? this.#placeNamed(this.#titleOf(number, first, second));
    this.#known.set(key, place);
    return place;
  }

  #titleOf(operation: number, source: number, destination: number): string {
    const { memories } = this.#origin;
    const name = traceOperations[operation] ?? "";
    const [from, to] = [memories[source]?.kind, memories[destination]?.kind];
    const isTransfer = from !== undefined && to !== undefined && name === "transfer";
    return isTransfer ? `${levels[from]} to ${levels[to]}` : name;
  }

  #placeNamed(title: string): number {
    const known = this.#places.get(title);
    if (known !== undefined) return known;
    const place = Math.min(this.#kinds.length, palette.length - 1);
    this.#places.set(title, place);
    const before = this.#kinds[place];
    this.#kinds[place] = {
      title: before === undefined ? title : `${before.title}, ${title}`,
      colour: palette[place] ?? "",
    };
    return place;
  }
}
