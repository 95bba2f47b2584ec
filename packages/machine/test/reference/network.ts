import type { MappedRegion } from "./address-map.ts";
import type { Hardware, NetworkHardware } from "./hardware.ts";

/** Rules N1 to N3 of docs/timing-model.md, by walking from node to node with coordinates. A ring is a mesh of one row whose ends meet. */

interface Node {
  readonly x: number;
  readonly y: number;
}

/** Columns and rows as they are walked. */
function sizeOf({ topology, columns, rows }: NetworkHardware): readonly [number, number] {
  return topology === "ring" ? [columns * rows, 1] : [columns, rows];
}

function nameOf(from: Node, to: Node): string {
  return `${from.x},${from.y} to ${to.x},${to.y}`;
}

/** Rule N2: first along x, then along y; round a ring the shorter way, and upwards where both are equally long. */
function nextNode(network: NetworkHardware, at: Node, goal: Node): Node {
  const [columns] = sizeOf(network);
  if (network.topology === "ring") {
    const upwards = goal.x >= at.x ? goal.x - at.x : goal.x - at.x + columns;
    return { x: (at.x + (2 * upwards <= columns ? 1 : columns - 1)) % columns, y: 0 };
  }
  if (at.x !== goal.x) {
    return { x: at.x + (at.x < goal.x ? 1 : -1), y: at.y };
  }
  return { x: at.x, y: at.y + (at.y < goal.y ? 1 : -1) };
}

/** Names of the links on the way from one node to another. */
export function linksBetween(network: NetworkHardware, from: Node, to: Node): readonly string[] {
  const names: string[] = [];
  let at = from;
  while (at.x !== to.x || at.y !== to.y) {
    const next = nextNode(network, at, to);
    names.push(nameOf(at, next));
    at = next;
  }
  return names;
}

/** Names of all links: those that any way uses. */
export function allLinks(network: NetworkHardware): readonly string[] {
  if (network.topology === "none") {
    return [];
  }
  const [columns, rows] = sizeOf(network);
  const nodes = Array.from({ length: columns * rows }, (_, node) => ({
    x: node % columns,
    y: Math.floor(node / columns),
  }));
  return [...new Set(nodes.flatMap((from) => nodes.flatMap((to) => linksBetween(network, from, to))))];
}

/** Rule N1: evenly apart where there are places enough, else one after the other in turn. */
function placeOf(id: number, count: number, places: number): number {
  return count <= places ? Math.floor((id * places) / count) : id % places;
}

/** Spread over the nodes in their order. */
function spread(network: NetworkHardware, id: number, count: number): Node {
  const [columns, rows] = sizeOf(network);
  const node = placeOf(id, count, columns * rows);
  return { x: node % columns, y: Math.floor(node / columns) };
}

/** Rule N1: down the left edge of a mesh; a ring has none. */
function atEdge(network: NetworkHardware, id: number, count: number): Node {
  const [, rows] = sizeOf(network);
  return network.topology === "ring" ? spread(network, id, count) : { x: 0, y: placeOf(id, count, rows) };
}

export function nodeOfDma({ network, dmaCount }: Hardware, id: number): Node {
  return atEdge(network, id, dmaCount);
}

export function nodeOfRegion({ network, levels }: Hardware, { kind, id, level }: MappedRegion): Node {
  const count = levels[level]?.regions.length ?? 1;
  if (kind === "host") {
    return { x: 0, y: 0 };
  }
  return kind === "external" ? atEdge(network, id, count) : spread(network, id, count);
}
