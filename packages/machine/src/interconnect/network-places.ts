import type { AddressMap } from "../address-map/address-map.ts";
import { type MemoryKind, memoryKinds } from "../memory/memory-kind.ts";
import type { NetworkConfig } from "./network-topology.ts";

/** What sits at a node of the network: memories and DMA engines. */
export type NetworkClient = MemoryKind | "dma";
export const networkClients: readonly NetworkClient[] = [...memoryKinds, "dma"];

/** The node at which data enters and leaves the chip: host memory, and the links to other machines. */
export const hostNode = 0;

/**
 * Which node everything sits at. On a mesh the host is at the top left, and external banks and DMA engines are spread over the left edge from top to bottom;
 * L3 tiles, L2 banks and scratchpads, each class by itself, are spread over all nodes in their order. A ring has no edge: there banks
 * and engines are spread over all nodes as well. Where a class has more instances than there are nodes for it, they are dealt out in turn, so that
 * neighbours by id, which programs use together, are at different nodes.
 */
export function nodeOf(config: NetworkConfig, kind: NetworkClient, id: number, count: number): number {
  if (kind === "host") return hostNode;
  const { topology, columns, rows } = config;
  const isAtEdge = topology === "mesh" && (kind === "external" || kind === "dma");
  return isAtEdge ? columns * placeOf(id, count, rows) : placeOf(id, count, columns * rows);
}

/** The place of an instance among places in a row. */
function placeOf(id: number, count: number, places: number): number {
  return count > places ? id % places : Math.floor((id * places) / count);
}

/** The node of each region of a machine, by region number; that of the host for all others. */
export function nodesOfRegions(config: NetworkConfig, map: AddressMap, regionCount: number): Int32Array {
  const nodes = new Int32Array(regionCount).fill(hostNode);
  for (const kind of memoryKinds) {
    const { firstRegion, count } = map.rangeOf(kind);
    for (let id = 0; id < count; id++) nodes[firstRegion + id] = nodeOf(config, kind, id, count);
  }
  return nodes;
}
