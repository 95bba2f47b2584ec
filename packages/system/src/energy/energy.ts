import type { EnergyTable } from "@kpu-sim/formats";
import {
  KpuError,
  type Machine,
  type MemoryKind,
  type MoverKind,
  memoryKinds,
  protectionOf,
  type StatisticDefinition,
  type Statistics,
} from "@kpu-sim/machine";
import { type DramEnergy, dramActivityOf, dramCurrentsOf, dramEnergy } from "./dram-energy.ts";
import { type LinkComponent, linkParts } from "./link-energy.ts";
import { accessesPj, type EnergyOperation, operationEnergies, total } from "./operation-energy.ts";
import { requireEnergyTable } from "./require-table.ts";

/** Energy of one kind of components over a run. */
export type EnergyPart = {
  /**
   * A level of memory, a kind of engines, the links of the on-chip network, to the host or to other machines, the arrays, the vector units, or the machine as a whole
   * (its static power).
   */
  readonly component: MemoryKind | MoverKind | LinkComponent | "arrays" | "vectorUnits" | "machine";
  readonly dynamicPj: number;
  readonly staticPj: number;
};

/** What a machine has used since its last reset. */
export type EnergyReport = {
  readonly table: string;
  /** What energies are in: that of the table. In multiples of a multiply-accumulate, what is called pJ is in these, and power means nothing. */
  readonly unit: "pJ" | "MAC";
  readonly cycles: number;
  readonly timeNs: number;
  readonly parts: readonly EnergyPart[];
  /** Of external memory at cycle fidelity by commands and states, where the currents of the part are known; it is in `parts`, too. */
  readonly dram: DramEnergy | undefined;
  /** Dynamic energy by kind of operation; it adds up to `dynamicPj`, less DRAM commands of transfers under way. */
  readonly operations: readonly EnergyOperation[];
  readonly dynamicPj: number;
  readonly staticPj: number;
  readonly totalPj: number;
  /** Total energy over time; 0 at cycle 0. */
  readonly averageMw: number;
  readonly multiplyAccumulates: number;
  /** Total energy over two operations for each multiply-accumulate; undefined without any. */
  readonly pjPerOperation: number | undefined;
  /** Total energy times time: energy-delay product. */
  readonly energyDelayPjNs: number;
};

/** The figures of a report, as `kpu explain` tells them. */
export const energyDefinitions: readonly StatisticDefinition[] = [
  {
    name: "dynamicPj",
    unit: "pJ",
    definition:
      "Energy of events: bytes in memories and over links, multiply-accumulates and elements, each times the table's figure for it.",
  },
  { name: "staticPj", unit: "pJ", definition: "Static power of every instance times the time so far." },
  { name: "totalPj", unit: "pJ", definition: "Dynamic and static energy." },
  { name: "averageMw", unit: "mW", definition: "Total energy over the time so far." },
  {
    name: "pjPerOperation",
    unit: "pJ",
    definition: "Total energy over two operations for each multiply-accumulate of completed products.",
  },
  {
    name: "energyDelayPjNs",
    unit: "pJ ns",
    definition: "Total energy times the time so far: the energy-delay product.",
  },
];

const moverKinds = ["dma", "blockMover", "streamer"] as const;

/**
 * The energy of what a machine has done: its own counts times the table's figures, and static power times time. Bytes that the host program
 * reads and writes are not counted, nor is work that has not completed. External memory at cycle fidelity is accounted for by its commands and
 * states if the currents of its part are known, whatever the table says of it. Check bits add an eighth to the bits of a memory. Errors: KPU_CONFIG for a wrong table, KPU_ARGUMENT for products of a
 * format that the table has no figure for.
 */
export function energyOf(machine: Machine, table: EnergyTable): EnergyReport {
  requireEnergyTable(table);
  const statistics = machine.statistics();
  const timeNs = machine.simulatedTimeNs;
  const { computeTiles } = machine.config;
  const products = productCounts(machine, computeTiles.count);
  const productsPj = productPj(products, table);
  // 1 mW over 1 ns is 1 pJ.
  const staticPj = (kind: keyof EnergyTable["staticMw"], count: number): number =>
    (table.staticMw[kind] ?? 0) * count * timeNs;
  const { unit = "pJ" } = table;
  const dram = unit === "pJ" ? externalDram(machine, statistics) : undefined;
  const parts: EnergyPart[] = [
    ...memoryKinds.map((kind): EnergyPart => {
      const [count, each] = [statistics[kind].length, checkBitFactor(machine, kind)];
      if (kind !== "external" || dram === undefined) {
        const { readPj, writtenPj } = accessesPj(statistics[kind], table.memories[kind]);
        return { component: kind, dynamicPj: each * (readPj + writtenPj), staticPj: each * staticPj(kind, count) };
      }
      const ofStates = dram.backgroundPj;
      return { component: kind, dynamicPj: commandsPj(dram), staticPj: each * staticPj(kind, count) + ofStates };
    }),
    ...moverKinds.map((kind) => ({
      component: kind,
      dynamicPj: table.moverPjPerByte[kind] * total(statistics[kind], "bytesMoved"),
      staticPj: staticPj(kind, statistics[kind].length),
    })),
    ...linkParts(machine.linkTraffic(), table),
    { component: "arrays", dynamicPj: productsPj, staticPj: staticPj("tile", computeTiles.count) },
    {
      component: "vectorUnits",
      dynamicPj: table.vectorElementPj * total(statistics.vector, "elementsProcessed"),
      staticPj: 0,
    },
    { component: "machine", dynamicPj: 0, staticPj: staticPj("machine", 1) },
  ];
  const operations = operationEnergies(machine, statistics, table, productsPj, {
    factorOf: (kind) => checkBitFactor(machine, kind),
    dramPj: dram === undefined ? undefined : commandsPj(dram),
  });
  return {
    ...reportOf(table.name, machine.cycle, timeNs, parts, [...products.values()].reduce(sum, 0)),
    unit,
    dram,
    operations,
  };
}

function commandsPj({ activatePj, readPj, writePj, refreshPj }: DramEnergy): number {
  return activatePj + readPj + writePj + refreshPj;
}

/** By commands and states; undefined where external memory is no DRAM, or one of which no currents are known, as of one with figures of its own or refreshed bank by bank. */
function externalDram(machine: Machine, statistics: Statistics): DramEnergy | undefined {
  const { config } = machine;
  const { dramPart, dramFigures, dramRefresh } = config.externalMemory;
  // Published currents are of the published part, and of refreshes of all banks at once.
  const isPublished = dramFigures === "" && dramRefresh !== "per_bank";
  const currents = config.fidelity === "cycle" && isPublished ? dramCurrentsOf(dramPart) : undefined;
  if (currents === undefined || statistics.external.length === 0) return undefined;
  const each = checkBitFactor(machine, "external");
  const { activatePj, readPj, writePj, refreshPj, backgroundPj } = dramEnergy(
    currents,
    dramActivityOf(statistics.external),
  );
  return {
    activatePj: each * activatePj,
    readPj: each * readPj,
    writePj: each * writePj,
    refreshPj: each * refreshPj,
    backgroundPj: each * backgroundPj,
  };
}

/** Parity and SECDED have a check bit for each eight bits. */
function checkBitFactor({ config }: Machine, kind: MemoryKind): number {
  return protectionOf(config, kind) === "none" ? 1 : 9 / 8;
}

function reportOf(
  table: string,
  cycles: number,
  timeNs: number,
  parts: readonly EnergyPart[],
  multiplyAccumulates: number,
): Omit<EnergyReport, "unit" | "dram" | "operations"> {
  const dynamicPj = parts.map((part) => part.dynamicPj).reduce(sum, 0);
  const staticPj = parts.map((part) => part.staticPj).reduce(sum, 0);
  const totalPj = dynamicPj + staticPj;
  return {
    table,
    cycles,
    timeNs,
    parts,
    dynamicPj,
    staticPj,
    totalPj,
    averageMw: timeNs === 0 ? 0 : totalPj / timeNs,
    multiplyAccumulates,
    pjPerOperation: multiplyAccumulates === 0 ? undefined : totalPj / (2 * multiplyAccumulates),
    energyDelayPjNs: totalPj * timeNs,
  };
}

/** Multiply-accumulates of all tiles by format. */
function productCounts(machine: Machine, tileCount: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let id = 0; id < tileCount; id++) {
    for (const [format, count] of Object.entries(machine.tile(id).multiplyAccumulates())) {
      counts.set(format, (counts.get(format) ?? 0) + count);
    }
  }
  return counts;
}

function productPj(counts: ReadonlyMap<string, number>, table: EnergyTable): number {
  const figures = new Map<string, number>(Object.entries(table.multiplyAccumulatePj));
  let energy = 0;
  for (const [format, count] of counts) {
    const each = figures.get(format);
    if (each === undefined) {
      throw new KpuError(
        "KPU_ARGUMENT",
        `energy table '${table.name}' has no figure for multiply-accumulates of ${format}; it has ${[...figures.keys()].join(", ")}: ` +
          "give a table that has one",
        { format },
      );
    }
    energy += each * count;
  }
  return energy;
}

function sum(before: number, each: number): number {
  return before + each;
}
