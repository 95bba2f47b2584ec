import type { ResolvedConfig } from "../config/machine-config.ts";

export type NetworkConfig = ResolvedConfig["network"];

/** From node to node in one direction: a port of its own. */
export type NetworkLink = { readonly from: number; readonly to: number };

/** The ways out of a node, in the order in which links are numbered. On a ring "east" is the way to the next node, "west" the one back. */
const directions = ["east", "west", "south", "north"] as const;
type Direction = (typeof directions)[number];

const none = -1;

/**
 * The nodes of an on-chip network and the links between them. A mesh has `columns` x `rows` nodes, numbered row by row from the top left, and
 * ways that go along the row first and then along the column (XY), so that they are shortest and no two can wait for each other
 * in a circle. A ring has as many nodes, each with a link to the next and one to the one before; ways go round the shorter side, towards the next node where both
 * are equally long.
 */
export class NetworkTopology {
  readonly links: readonly NetworkLink[];
  readonly nodeCount: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #isRing: boolean;
  /** By node and direction: the number of the link, or -1. */
  readonly #linkFrom: Int32Array;

  constructor({ topology, columns, rows }: Pick<NetworkConfig, "topology" | "columns" | "rows">) {
    this.#columns = columns;
    this.#rows = rows;
    this.#isRing = topology === "ring";
    this.nodeCount = columns * rows;
    this.#linkFrom = new Int32Array(directions.length * this.nodeCount).fill(none);
    const links: NetworkLink[] = [];
    for (let from = 0; from < this.nodeCount; from++) {
      for (const [index, direction] of directions.entries()) {
        const to = this.#neighbour(from, direction);
        if (to === none) continue;
        this.#linkFrom[directions.length * from + index] = links.length;
        links.push({ from, to });
      }
    }
    this.links = links;
  }

  /** Most links on the way between two nodes. */
  get diameter(): number {
    if (this.#isRing) return Math.floor(this.nodeCount / 2);
    return this.#columns - 1 + (this.#rows - 1);
  }

  /** The numbers of the links on the way between two nodes, in order; none where they are the same. */
  way(from: number, to: number): readonly number[] {
    return this.#isRing ? this.#round(from, to) : this.#acrossMesh(from, to);
  }

  #acrossMesh(from: number, to: number): readonly number[] {
    const across = (to % this.#columns) - (from % this.#columns);
    const down = Math.floor(to / this.#columns) - Math.floor(from / this.#columns);
    const way: number[] = [];
    const corner = this.#walk(way, from, across < 0 ? "west" : "east", Math.abs(across));
    this.#walk(way, corner, down < 0 ? "north" : "south", Math.abs(down));
    return way;
  }

  #round(from: number, to: number): readonly number[] {
    const forward = (to - from + this.nodeCount) % this.nodeCount;
    const backward = (this.nodeCount - forward) % this.nodeCount;
    const way: number[] = [];
    this.#walk(way, from, forward <= backward ? "east" : "west", Math.min(forward, backward));
    return way;
  }

  /** Adds the links of so many steps in a direction; returns the node to which they lead. */
  #walk(way: number[], from: number, direction: Direction, steps: number): number {
    let node = from;
    for (let step = 0; step < steps; step++) {
      const link = this.#linkFrom[directions.length * node + directions.indexOf(direction)] ?? none;
      way.push(link);
      node = this.links[link]?.to ?? none;
    }
    return node;
  }

  /** The node to which a link in a direction leads; -1 where there is none. */
  #neighbour(node: number, direction: Direction): number {
    if (this.#isRing) return this.#ringNeighbour(node, direction);
    const column = node % this.#columns;
    const row = Math.floor(node / this.#columns);
    switch (direction) {
      case "east":
        return column + 1 < this.#columns ? node + 1 : none;
      case "west":
        return column > 0 ? node - 1 : none;
      case "south":
        return row + 1 < this.#rows ? node + this.#columns : none;
      case "north":
        return row > 0 ? node - this.#columns : none;
    }
  }

  /** Of two nodes each has one link to the other. */
  #ringNeighbour(node: number, direction: Direction): number {
    if (direction === "east" && this.nodeCount > 1) return (node + 1) % this.nodeCount;
    if (direction === "west" && this.nodeCount > 2) return (node + this.nodeCount - 1) % this.nodeCount;
    return none;
  }
}
