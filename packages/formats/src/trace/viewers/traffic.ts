import {
  type MemoryKind,
  memoryKinds,
  type TraceColumns,
  type TraceLink,
  TraceLinks,
  type TraceOrigin,
  traceOperations,
} from "@kpu-sim/machine";
import { LoadCurves } from "./load-curves.ts";

/** What is shown as a curve over time. */
export type Curve = {
  readonly name: string;
  readonly unit: "B/cycle" | "tiles";
  /** Beginnings of spans of cycles in which the value changes, and the value from there on. */
  readonly points: readonly { readonly cycle: number; readonly value: number }[];
};

const levelNames: Readonly<Record<MemoryKind, string>> = {
  host: "host regions",
  external: "external banks",
  l3: "L3 tiles",
  l2: "L2 banks",
  scratchpad: "scratchpads",
};

const linkNames: Readonly<Record<TraceLink["kind"], string>> = {
  network: "network links",
  host: "links to and from the host",
  peer: "links between KPUs",
};
const linkKinds = ["network", "host", "peer"] as const;

/** Memories of a level whose ports have a curve each; beyond, the level has only its own. So it is with links of a kind. */
const mostPorts = 64;
const firstWithoutPort = traceOperations.indexOf("product");
const none = -1;

/**
 * Curves of a trace: bytes per cycle of each memory level and port and of links, and how many tiles are busy. In every span a value is the mean; a
 * transfer counts evenly from its begin to its end.
 */
export class TrafficCurves {
  readonly #curves: LoadCurves;
  readonly #names: string[];
  readonly #levelOf: Int32Array;
  readonly #portOf: Int32Array;
  readonly #links: TraceLinks;
  readonly #firstLinkKind: number;
  readonly #linkOf: Int32Array;
  readonly #isTile: Uint8Array;
  readonly #isTimed: boolean;
  readonly #tiles: number;

  constructor(origin: TraceOrigin) {
    const { memories, units, fidelity } = origin;
    const names: string[] = memoryKinds.map((kind) => levelNames[kind]);
    const counts = memoryKinds.map((kind) => memories.reduce((sum, each) => sum + Number(each.kind === kind), 0));
    this.#levelOf = Int32Array.from(memories, ({ kind }) => memoryKinds.indexOf(kind));
    this.#portOf = Int32Array.from(memories, ({ kind, name }) =>
      (counts[memoryKinds.indexOf(kind)] ?? 0) > mostPorts ? none : names.push(name) - 1,
    );
    this.#links = new TraceLinks(origin);
    const { links } = this.#links;
    this.#firstLinkKind = names.length;
    for (const kind of linkKinds) names.push(linkNames[kind]);
    const linkCounts = linkKinds.map((kind) => links.reduce((sum, each) => sum + Number(each.kind === kind), 0));
    this.#linkOf = Int32Array.from(links, ({ kind, name }) =>
      (linkCounts[linkKinds.indexOf(kind)] ?? 0) > mostPorts ? none : names.push(name) - 1,
    );
    this.#isTile = Uint8Array.from(units, ({ kind }) => Number(kind === "tile"));
    this.#isTimed = fidelity !== "functional";
    this.#tiles = names.push("tiles busy") - 1;
    this.#names = names;
    this.#curves = new LoadCurves(names.length);
  }

  /** Takes in some events. At functional fidelity nothing takes time, so there is nothing to show. */
  add({ begin, end, unit, source, destination, operation, bytes }: TraceColumns): void {
    if (!this.#isTimed) return;
    const curves = this.#curves;
    for (let row = 0; row < begin.length; row++) {
      const [from, to] = [begin[row] ?? 0, end[row] ?? 0];
      if ((operation[row] ?? 0) < firstWithoutPort) {
        const amount = bytes[row] ?? 0;
        curves.cover(from, to);
        this.#addPort(source[row] ?? 0, from, to, amount);
        this.#addPort(destination[row] ?? 0, from, to, amount);
        for (const link of this.#links.passedBy(unit[row] ?? 0, source[row] ?? 0, destination[row] ?? 0)) {
          this.#addLink(link, from, to, amount);
        }
      } else if (this.#isTile[unit[row] ?? 0] === 1) {
        curves.cover(from, to);
        curves.add(this.#tiles, from, to, to - from);
      }
    }
  }

  /** All curves that ever are above 0. */
  curves(): readonly Curve[] {
    return this.#names.flatMap((name, index) => {
      const sums = this.#curves.sumsOf(index);
      return sums === undefined
        ? []
        : [{ name, unit: index === this.#tiles ? "tiles" : "B/cycle", points: this.#points(sums) }];
    });
  }

  #addPort(memory: number, begin: number, end: number, amount: number): void {
    this.#curves.add(this.#levelOf[memory] ?? 0, begin, end, amount);
    const port = this.#portOf[memory] ?? none;
    if (port !== none) this.#curves.add(port, begin, end, amount);
  }

  #addLink(place: number, begin: number, end: number, amount: number): void {
    const kind = this.#links.links[place]?.kind ?? "network";
    this.#curves.add(this.#firstLinkKind + linkKinds.indexOf(kind), begin, end, amount);
    const curve = this.#linkOf[place] ?? none;
    if (curve !== none) this.#curves.add(curve, begin, end, amount);
  }

  #points(sums: Float64Array): { cycle: number; value: number }[] {
    const { width, spans } = this.#curves;
    const points: { cycle: number; value: number }[] = [];
    let previous = 0;
    for (let span = 0; span <= spans; span++) {
      const value = span === spans ? 0 : (sums[span] ?? 0) / width;
      if (value !== previous) points.push({ cycle: this.#curves.cycleOf(span), value });
      previous = value;
    }
    return points;
  }
}
