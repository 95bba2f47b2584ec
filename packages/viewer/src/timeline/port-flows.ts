import type { TraceOrigin } from "kpu-sim";
import type { TraceStore } from "../state/trace-store.ts";
import { Flow } from "./flow.ts";

/** Bytes through the ports of some memories over time, as a share of what the ports could move. */
export type PortFlow = { readonly flow: Flow; readonly bytesPerCycle: number };

/** Flows by lane, made when they are first drawn, anew when the trace has grown. */
export class Flows {
  readonly #trace: TraceStore;
  readonly #origin: TraceOrigin;
  readonly #made = new Map<string, { readonly length: number; readonly flow: PortFlow }>();

  constructor(trace: TraceStore, origin: TraceOrigin) {
    this.#trace = trace;
    this.#origin = origin;
  }

  /** Of one port or of a group of them. */
  ofPorts(id: string, regions: readonly number[]): PortFlow {
    return this.#kept(id, () => {
      const wanted = new Set(regions);
      const { begin, end, bytes, source, destination, unit } = this.#trace.columns;
      const uses = this.#events((event) => {
        const kind = this.#origin.units[unit[event] ?? 0]?.kind;
        if (kind === "tile" || kind === "vector") return 0; // they use no ports
        return Number(wanted.has(source[event] ?? 0)) + Number(wanted.has(destination[event] ?? 0));
      });
      const rate = Float64Array.from(uses.events, (event, place) => {
        const cycles = Math.max((end[event] ?? 0) - (begin[event] ?? 0), 1);
        return ((uses.weights[place] ?? 0) * (bytes[event] ?? 0)) / cycles;
      });
      const width = regions.reduce((sum, region) => sum + (this.#origin.memories[region]?.bytesPerCycle ?? 0), 0);
      return { flow: new Flow({ ...this.#times(uses.events), rate }), bytesPerCycle: width };
    });
  }

  /** Units of a group that are busy, as a share of all of them. */
  ofUnits(id: string, units: readonly number[]): PortFlow {
    return this.#kept(id, () => {
      const wanted = new Set(units);
      const { unit } = this.#trace.columns;
      const uses = this.#events((event) => Number(wanted.has(unit[event] ?? 0)));
      const rate = new Float64Array(uses.events.length).fill(1);
      return { flow: new Flow({ ...this.#times(uses.events), rate }), bytesPerCycle: units.length };
    });
  }

  #kept(id: string, make: () => PortFlow): PortFlow {
    const kept = this.#made.get(id);
    if (kept?.length === this.#trace.length) return kept.flow;
    const flow = make();
    this.#made.set(id, { length: this.#trace.length, flow });
    return flow;
  }

  /** Numbers of the events that have a weight, and the weights. */
  #events(weightOf: (event: number) => number): { readonly events: Uint32Array; readonly weights: Uint8Array } {
    const events = new Uint32Array(this.#trace.length);
    const weights = new Uint8Array(this.#trace.length);
    let count = 0;
    for (let event = 0; event < this.#trace.length; event++) {
      const weight = weightOf(event);
      if (weight === 0) continue;
      events[count] = event;
      weights[count] = weight;
      count++;
    }
    return { events: events.subarray(0, count), weights: weights.subarray(0, count) };
  }

  #times(events: Uint32Array): { readonly begin: Float64Array; readonly end: Float64Array } {
    const { begin, end } = this.#trace.columns;
    return {
      begin: Float64Array.from(events, (event) => begin[event] ?? 0),
      end: Float64Array.from(events, (event) => end[event] ?? 0),
    };
  }
}
