import type { EnergyTable, MemoryEnergy } from "@kpu-sim/formats";
import {
  type Figures,
  type Machine,
  type MemoryKind,
  memoryKinds,
  type Statistics,
  type WorkKind,
  type WorkTraffic,
  workKinds,
} from "@kpu-sim/machine";

/** Dynamic energy of completed operations of one kind: of the memories that they read and write, and of the unit that carries them out. */
export type EnergyOperation = {
  /** Transfers by kind of engine, matrix products, or operations of vector units. */
  readonly operation: WorkKind;
  readonly completed: number;
  readonly memoriesPj: number;
  readonly unitPj: number;
  readonly dynamicPj: number;
};

/** How memories are accounted for beside the table: for their check bits, and DRAM by its commands. */
type MemoryAccount = {
  readonly factorOf: (kind: MemoryKind) => number;
  readonly dramPj: number | undefined;
};

/** The figure of a table for a memory of a capacity: that of the first size that is not below it, or of the last. */
export function sizeFor(sizes: readonly MemoryEnergy[], capacityBytes: number): MemoryEnergy | undefined {
  return sizes.find(({ upToKb = Number.POSITIVE_INFINITY }) => capacityBytes <= upToKb * 1024) ?? sizes.at(-1);
}

/**
 * The dynamic energy by kind of operation; `productsPj` is that of multiply-accumulates. Where DRAM is accounted for by command, an
 * operation has the share of it that it has of the bytes. Energies add up to those of the components, less commands for transfers under way.
 */
export function operationEnergies(
  machine: Machine,
  statistics: Statistics,
  table: EnergyTable,
  productsPj: number,
  memory: MemoryAccount,
): readonly EnergyOperation[] {
  const memories = memoriesPj(machine, statistics, table, memory);
  return workKinds.map((operation) => {
    const { completed, unitPj } = unitOf(operation, statistics, table, productsPj);
    const bytesPj = memories.get(operation) ?? 0;
    return { operation, completed, memoriesPj: bytesPj, unitPj, dynamicPj: bytesPj + unitPj };
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

function memoriesPj(
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
    if (kind === "external" && dramPj !== undefined) {
      const all = traffic.flat();
      const bytes = all.reduce((sum, each) => sum + bytesOf(each), 0);
      for (const each of all) if (bytes > 0) add(each.work, (dramPj * bytesOf(each)) / bytes);
      continue;
    }
    const factor = factorOf(kind);
    for (const [id, works] of traffic.entries()) {
      const size = sizeFor(table.memories[kind], statistics[kind][id]?.["capacityBytes"] ?? 0);
      for (const { work, bytesRead, bytesWritten } of works) {
        add(work, factor * (bytesRead * (size?.readPjPerByte ?? 0) + bytesWritten * (size?.writePjPerByte ?? 0)));
      }
    }
  }
  return energies;
}

function bytesOf({ bytesRead, bytesWritten }: WorkTraffic): number {
  return bytesRead + bytesWritten;
}

/** A figure of all components of a kind. */
export function total(list: readonly Figures[], name: string): number {
  return list.reduce((sum, figures) => sum + (figures[name] ?? 0), 0);
}
