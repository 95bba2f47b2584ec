import type { LoadedRun } from "../state/run-state.ts";
import { Flow } from "./flow.ts";

/** Bytes through the ports of some memories, or over links, over time, and what these could move. */
export type PortFlow = { readonly flow: Flow; readonly bytesPerCycle: number };

/** Flows by lane, made when they are first drawn, anew when the trace has grown. */
export class Flows {
  readonly #run: LoadedRun;
  readonly #made = new Map<string, { readonly length: number; readonly flow: PortFlow }>();

  constructor(run: LoadedRun) {
    this.#run = run;
  }

  /** Of one port or of a group of them. */
  ofPorts(id: string, regions: readonly number[]): PortFlow {
    return this.#kept(id, () => {
      const wanted = new Set(regions);
      const { units, memories } = this.#run.description.origin;
      const { source, destination, unit } = this.#run.trace.columns;
      const flow = this.#ofBytes((event) => {
        const kind = units[unit[event] ?? 0]?.kind;
        if (kind === "tile" || kind === "vector") return 0; // they use no ports
        return Number(wanted.has(source[event] ?? 0)) + Number(wanted.has(destination[event] ?? 0));
      });
      return { flow, bytesPerCycle: sumOf(regions, (region) => memories[region]?.bytesPerCycle) };
    });
  }

  /** Of one link or of a group of them, by their places among all links. */
  ofLinks(id: string, places: readonly number[]): PortFlow {
    return this.#kept(id, () => {
      const wanted = new Set(places);
      const { links, trace } = this.#run;
      const { source, destination, unit } = trace.columns;
      const flow = this.#ofBytes((event) => {
        let passed = 0;
        for (const link of links.passedBy(unit[event] ?? 0, source[event] ?? 0, destination[event] ?? 0)) {
          passed += Number(wanted.has(link));
        }
        return passed;
      });
      return { flow, bytesPerCycle: sumOf(places, (place) => links.links[place]?.bytesPerCycle) };
    });
  }

  /** Units of a group that are busy, as a share of all of them. */
  ofUnits(id: string, units: readonly number[]): PortFlow {
    return this.#kept(id, () => {
      const wanted = new Set(units);
      const { unit } = this.#run.trace.columns;
      const uses = this.#events((event) => Number(wanted.has(unit[event] ?? 0)));
      const rate = new Float64Array(uses.events.length).fill(1);
      return { flow: new Flow({ ...this.#times(uses.events), rate }), bytesPerCycle: units.length };
    });
  }

  /** Bytes a cycle of events, as many times over as they have weight. */
  #ofBytes(weightOf: (event: number) => number): Flow {
    const { begin, end, bytes } = this.#run.trace.columns;
    const { events, weights } = this.#events(weightOf);
    const rate = Float64Array.from(events, (event, place) => {
      const cycles = Math.max((end[event] ?? 0) - (begin[event] ?? 0), 1);
      return ((weights[place] ?? 0) * (bytes[event] ?? 0)) / cycles;
    });
    return new Flow({ ...this.#times(events), rate });
  }

  #kept(id: string, make: () => PortFlow): PortFlow {
    const kept = this.#made.get(id);
    if (kept?.length === this.#run.trace.length) return kept.flow;
    const flow = make();
    this.#made.set(id, { length: this.#run.trace.length, flow });
    return flow;
  }

  /** Numbers of the events that have a weight, and the weights. */
  #events(weightOf: (event: number) => number): { readonly events: Uint32Array; readonly weights: Uint8Array } {
    const events = new Uint32Array(this.#run.trace.length);
    const weights = new Uint8Array(this.#run.trace.length);
    let count = 0;
    for (let event = 0; event < this.#run.trace.length; event++) {
      const weight = weightOf(event);
      if (weight === 0) continue;
      events[count] = event;
      weights[count] = weight;
      count++;
    }
    return { events: events.subarray(0, count), weights: weights.subarray(0, count) };
  }

  #times(events: Uint32Array): { readonly begin: Float64Array; readonly end: Float64Array } {
    const { begin, end } = this.#run.trace.columns;
    return {
      begin: Float64Array.from(events, (event) => begin[event] ?? 0),
      end: Float64Array.from(events, (event) => end[event] ?? 0),
    };
  }
}

function sumOf(places: readonly number[], figureOf: (place: number) => number | undefined): number {
  return places.reduce((sum, place) => sum + (figureOf(place) ?? 0), 0);
}
