import type { EnergyTable, MemoryEnergy } from "@kpu-sim/formats";
import {
  type Figures,
  type Machine,
  type MemoryKind,
  memoryKinds,
  type Statistics,
  type WorkKind,
  workKinds,
} from "@kpu-sim/machine";
import { linksPj } from "./link-energy.ts";

/** Dynamic energy of completed operations of one kind: of the memories that they read and write, the links that they pass, and the unit that carries them out. */
export type EnergyOperation = {
  /** Transfers by kind of engine, matrix products, or operations of vector units. */
  readonly operation: WorkKind;
  readonly completed: number;
  readonly memoriesPj: number;
  readonly linksPj: number;
  readonly unitPj: number;
  readonly dynamicPj: number;
};

/** How memories are accounted for beside the table: for their check bits, and DRAM by its commands. */
type MemoryAccount = {
  readonly factorOf: (kind: MemoryKind) => number;
  readonly dramPj: number | undefined;
};

/** The figure of a table for a memory of a capacity: that of the first size that is not below it, or of the last. */
function sizeFor(sizes: readonly MemoryEnergy[], capacityBytes: number): MemoryEnergy | undefined {
  return sizes.find(({ upToKb = Number.POSITIVE_INFINITY }) => capacityBytes <= upToKb * 1024) ?? sizes.at(-1);
}

/**
 * The dynamic energy by kind of operation; `productsPj` is that of multiply-accumulates. Where DRAM is accounted for by command, an
 * operation has the share of it that it has of the bytes, and so it is where memories of a kind are not alike. Energies add up to those of the components, less commands for transfers under way.
 */
export function operationEnergies(
  machine: Machine,
  statistics: Statistics,
  table: EnergyTable,
  productsPj: number,
  memory: MemoryAccount,
): readonly EnergyOperation[] {
  const traffic = machine.linkTraffic();
  const memories = memoriesPerWork(machine, statistics, table, memory);
  return workKinds.map((operation) => {
    const { completed, unitPj } = unitOf(operation, statistics, table, productsPj);
    const memoriesPj = memories.get(operation) ?? 0;
    const ofLinks = traffic.find(({ mover }) => mover === operation);
    const linkPj = ofLinks === undefined ? 0 : linksPj(ofLinks, table);
    return { operation, completed, memoriesPj, linksPj: linkPj, unitPj, dynamicPj: memoriesPj + linkPj + unitPj };
  });
}

function unitOf(
  operation: WorkKind,
  statistics: Statistics,
  table: EnergyTable,
  productsPj: number,
): { readonly completed: number; readonly unitPj: number } {
  if (operation === "product") return { completed: total(statistics.tile, "productsCompleted"), unitPj: productsPj };
  if (operation === "vector") {
    const elements = total(statistics.vector, "elementsProcessed");
    return {
      completed: total(statistics.vector, "operationsCompleted"),
      unitPj: table.vectorElementPj * elements,
    };
  }
  return {
    completed: total(statistics[operation], "transfersCompleted"),
    unitPj: table.moverPjPerByte[operation] * total(statistics[operation], "bytesMoved"),
  };
}

function memoriesPerWork(
  machine: Machine,
  statistics: Statistics,
  table: EnergyTable,
  { factorOf, dramPj }: MemoryAccount,
): ReadonlyMap<WorkKind, number> {
  const energies = new Map<WorkKind, number>();
  const add = (work: WorkKind, pj: number): void => {
    energies.set(work, (energies.get(work) ?? 0) + pj);
  };
  for (const kind of memoryKinds) {
    const traffic = machine.traffic(kind);
    const read = traffic.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    const written = traffic.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    if (read + written === 0) continue;
    const { readPj, writtenPj } = accessesPj(statistics[kind], table.memories[kind]);
    for (const { work, bytesRead, bytesWritten } of traffic) {
      if (kind === "external" && dramPj !== undefined)
        add(work, share(dramPj, bytesRead + bytesWritten, read + written));
      else add(work, factorOf(kind) * (share(readPj, bytesRead, read) + share(writtenPj, bytesWritten, written)));
    }
  }
  return energies;
}

/** What reads and writes of the memories of a kind take, each memory by its size. */
export function accessesPj(
  memories: readonly Figures[],
  sizes: readonly MemoryEnergy[],
): { readonly readPj: number; readonly writtenPj: number } {
  let [readPj, writtenPj] = [0, 0];
  for (const figures of memories) {
    const [read, written] = [figures["bytesRead"] ?? 0, figures["bytesWritten"] ?? 0];
    if (read + written === 0) continue;
    const size = sizeFor(sizes, figures["capacityBytes"] ?? 0);
    readPj += read * (size?.readPjPerByte ?? 0);
    writtenPj += written * (size?.writePjPerByte ?? 0);
  }
  return { readPj, writtenPj };
}

function share(energyPj: number, bytes: number, all: number): number {
  return bytes === 0 ? 0 : (energyPj * bytes) / all;
}

/** A figure of all components of a kind. */
export function total(list: readonly Figures[], name: string): number {
  return list.reduce((sum, figures) => sum + (figures[name] ?? 0), 0);
}
