import type { MemoryKind } from "../memory/memory-kind.ts";
import type { MoverKind } from "../movement/mover-kind.ts";
import { dramStatistics } from "./dram-figures.ts";

/** Kinds of components that have statistics. */
export type ComponentKind = "machine" | MemoryKind | MoverKind | "tile" | "vector";

/** One declared figure: the source of documentation, reports, the Python dictionary and the viewer. */
export type StatisticDefinition = { readonly name: string; readonly unit: string; readonly definition: string };

const memoryStatistics: readonly StatisticDefinition[] = [
  { name: "capacityBytes", unit: "bytes", definition: "Size of the memory." },
  { name: "bytesRead", unit: "bytes", definition: "Bytes that completed work of engines and tiles has read from it." },
  {
    name: "bytesWritten",
    unit: "bytes",
    definition: "Bytes that completed work of engines and tiles has written to it.",
  },
  {
    name: "portBytes",
    unit: "bytes",
    definition: "Bytes that engines have moved through its port, read and written; a matrix product uses no port.",
  },
  {
    name: "portUtilization",
    unit: "ratio",
    definition: "Bytes moved through the port over what it could have moved so far.",
  },
  {
    name: "errorsCorrected",
    unit: "words",
    definition: "Words of 64 bits in which check bits found a flipped bit when they were read, and turned it back.",
  },
  {
    name: "errorsDetected",
    unit: "words",
    definition: "Words of 64 bits that check bits found to be wrong when they were read, and could not mend.",
  },
  {
    name: "lastAccessCycle",
    unit: "cycle",
    definition: "Cycle of the latest access, the host's included; -1 before any.",
  },
];

const moverStatistics: readonly StatisticDefinition[] = [
  { name: "transfersCompleted", unit: "transfers", definition: "Transfers that have completed." },
  { name: "bytesMoved", unit: "bytes", definition: "Bytes of completed transfers." },
  {
    name: "queueLength",
    unit: "transfers",
    definition: "Transfers issued and not complete, the running one included.",
  },
  {
    name: "busyCycles",
    unit: "cycles",
    definition: "Cycles from start to completion, over all transfers, the running one so far.",
  },
  { name: "utilization", unit: "ratio", definition: "Busy cycles over all cycles so far." },
  {
    name: "waitingForPortsCycles",
    unit: "cycles",
    definition:
      "Of the busy cycles of completed transfers, those beyond what each would have taken with its ports for itself; what DRAM takes is among them.",
  },
];

/** Cycles of a unit without work under way; with the busy cycles they add up to all cycles so far. */
const waitStatistics: readonly StatisticDefinition[] = [
  {
    name: "waitingForDataCycles",
    unit: "cycles",
    definition:
      "Cycles in which the work at the head of the queue lacked credits, the first missing one standing for data, so far.",
  },
  {
    name: "waitingForSpaceCycles",
    unit: "cycles",
    definition:
      "Cycles in which the work at the head of the queue lacked credits, the first missing one standing for space, so far.",
  },
  { name: "idleCycles", unit: "cycles", definition: "Cycles in which nothing was issued and not complete, so far." },
];

/** Every statistic of every kind of component. */
export const statisticDefinitions: Readonly<Record<ComponentKind, readonly StatisticDefinition[]>> = {
  machine: [
    { name: "cycle", unit: "cycle", definition: "The current cycle." },
    { name: "simulatedTimeNs", unit: "ns", definition: "The current cycle as time at the machine's clock." },
    { name: "hazardCount", unit: "hazards", definition: "Conflicts found between work in flight." },
  ],
  host: memoryStatistics,
  external: [...memoryStatistics, ...dramStatistics],
  l3: memoryStatistics,
  l2: memoryStatistics,
  scratchpad: memoryStatistics,
  dma: [...moverStatistics, ...waitStatistics],
  blockMover: [...moverStatistics, ...waitStatistics],
  streamer: [...moverStatistics, ...waitStatistics],
  tile: [
    { name: "productsCompleted", unit: "products", definition: "Matrix products that have completed." },
    { name: "multiplyAccumulates", unit: "operations", definition: "Multiply-accumulates of completed products." },
    { name: "isBusy", unit: "0 or 1", definition: "Whether a product has been issued and is not complete." },
    {
      name: "busyCycles",
      unit: "cycles",
      definition: "Cycles from start to completion, over all products, the running one so far.",
    },
    { name: "utilization", unit: "ratio", definition: "Busy cycles over all cycles so far." },
    {
      name: "arrayEfficiency",
      unit: "ratio",
      definition: "Pairs of operand words multiplied over what the array could have multiplied so far.",
    },
    {
      name: "operandAReads",
      unit: "words",
      definition:
        "Words of operand_bits bits of A that completed products have read into the array; again for each fold that needs them.",
    },
    {
      name: "operandBReads",
      unit: "words",
      definition:
        "Words of operand_bits bits of B that completed products have read into the array; again for each fold that needs them.",
    },
    {
      name: "partialSumReads",
      unit: "elements",
      definition: "Sums that completed products have read into the array: of an earlier fold, or of C to accumulate.",
    },
    {
      name: "resultWrites",
      unit: "elements",
      definition: "Sums that completed products have written out of the array, finished or not.",
    },
    ...waitStatistics,
  ],
  vector: [
    { name: "operationsCompleted", unit: "operations", definition: "Vector operations that have completed." },
    {
      name: "elementsProcessed",
      unit: "elements",
      definition: "Elements that completed operations have taken in; again for each pass that they need.",
    },
    {
      name: "queueLength",
      unit: "operations",
      definition: "Operations issued and not complete, the running one included.",
    },
    {
      name: "busyCycles",
      unit: "cycles",
      definition: "Cycles from start to completion, over all operations, the running one so far.",
    },
    { name: "utilization", unit: "ratio", definition: "Busy cycles over all cycles so far." },
    {
      name: "laneEfficiency",
      unit: "ratio",
      definition: "Elements processed over what the unit could have taken in so far.",
    },
    ...waitStatistics,
  ],
};
