import {
  type Fault,
  KpuError,
  type MemoryKind,
  numberFormats,
  peRegisterNames,
  protectionOf,
  type TraceMemory,
  type TraceUnit,
} from "@kpu-sim/machine";
import type { Block } from "../workload/located-areas.ts";
import type { GoldenRun } from "./golden-run.ts";

/** A fault, and the cycle of the run at which it happens. */
export type PlannedFault = { readonly cycle: number; readonly fault: Fault };

/** A repeatable source of whole numbers: xorshift32. */
export class FaultDice {
  #state: number;

  constructor(seed: number) {
    // A state of 0 would stay 0.
    this.#state = (Math.imul(seed, 2654435761) + 0x9e3779b9) >>> 0 || 1;
  }

  /** From 0 up to, not including, `bound`. */
  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return Math.floor(((this.#state >>> 0) / 2 ** 32) * bound);
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new RangeError("nothing to pick from");
    return picked;
  }
}

/** The kinds of faults that can hit something in a run. */
export function possibleKinds(golden: GoldenRun): readonly Fault["kind"][] {
  const { machine, events, blocks, origin } = golden;
  const { config } = machine;
  const hasTransfers = events.operation.some((operation) => operation <= lastTransfer);
  const hasProducts = config.computeTiles.systolic && events.operation.includes(product);
  const isTimed = config.fidelity !== "functional";
  const hasData = !config.timingOnly && (events.begin.length > 0 || blocks.size > 0);
  const hasCheckBits =
    flippableBlocks(golden, "check_flip").length > 0 ||
    events.destination.some(
      (region, index) =>
        (events.writtenExtent?.[index] ?? 0) > 0 &&
        canHold(golden, "check_flip", origin.memories[region]?.kind ?? "host"),
    );
  const kinds: readonly (readonly [Fault["kind"], boolean])[] = [
    ["bit_flip", hasData],
    ["check_flip", hasData && hasCheckBits],
    ["pe_register", hasProducts && !config.timingOnly],
    ["stuck_port", hasTransfers && !config.timingOnly],
    ["late_completion", events.begin.length > 0 && isTimed],
    ["dropped_completion", events.begin.length > 0],
    ["refused_grant", hasTransfers && isTimed],
  ];
  return kinds.filter(([, isPossible]) => isPossible).map(([kind]) => kind);
}

/** Places in `traceOperations`. */
const lastTransfer = 1;
const product = 2;

/** A fault of a kind somewhere where the run works: in data that it uses, in products and work that it does. */
export function randomFault(golden: GoldenRun, kind: Fault["kind"], dice: FaultDice): PlannedFault {
  switch (kind) {
    case "bit_flip":
    case "check_flip":
      return randomFlip(golden, kind, dice);
    case "pe_register":
      return randomStrike(golden, dice);
    case "stuck_port": {
      const memory = randomPort(golden, randomEvent(golden, dice, isTransfer), dice);
      const lanes = Math.max(1, Math.floor(memory.bytesPerCycle));
      const value = dice.below(2) === 0 ? 0 : 1;
      const cycle = dice.below(golden.cycles + 1);
      return { cycle, fault: { kind, memory: memory.kind, id: memory.id, line: dice.below(8 * lanes), value } };
    }
    case "late_completion":
    case "dropped_completion": {
      const event = randomEvent(golden, dice, () => true);
      const { kind: unit, id } = unitOf(golden, event);
      const cycle = golden.events.begin[event] ?? 0;
      if (kind === "dropped_completion") return { cycle, fault: { kind, unit, id } };
      return { cycle, fault: { kind, unit, id, cycles: 1 + dice.below(Math.max(1, golden.cycles)) } };
    }
    case "refused_grant": {
      const event = randomEvent(golden, dice, isTransfer);
      const { kind: memory, id } = randomPort(golden, event, dice);
      const isForEver = dice.below(4) === 0;
      const cycles = isForEver ? Number.POSITIVE_INFINITY : 1 + dice.below(Math.max(1, golden.cycles));
      return { cycle: golden.events.begin[event] ?? 0, fault: { kind, memory, id, cycles } };
    }
  }
}

/** Half of them where work has written, from then on; the others in areas, at any time. Check bits only where there are some. */
function randomFlip(golden: GoldenRun, kind: "bit_flip" | "check_flip", dice: FaultDice): PlannedFault {
  const { events, cycles, origin } = golden;
  const bit = dice.below(8);
  const blocks = flippableBlocks(golden, kind);
  const canFlip = (index: number): boolean => {
    const memory = origin.memories[events.destination[index] ?? 0];
    return (events.writtenExtent?.[index] ?? 0) > 0 && memory !== undefined && canHold(golden, kind, memory.kind);
  };
  const isWritten = events.begin.some((_, index) => canFlip(index));
  if (isWritten && (blocks.length === 0 || dice.below(2) === 0)) {
    const event = randomEvent(golden, dice, canFlip);
    const { kind: memory, id } = memoryOf(golden, events.destination[event] ?? 0);
    const offset = (events.destinationOffset?.[event] ?? 0) + dice.below(events.writtenExtent?.[event] ?? 0);
    const end = events.end[event] ?? 0;
    return { cycle: end + dice.below(cycles - end + 1), fault: { kind, memory, id, offset, bit } };
  }
  const { region, rows, blockRowBytes, rowStride, offset: first } = dice.pick(blocks);
  const offset = first + dice.below(rows) * rowStride + dice.below(blockRowBytes);
  return { cycle: dice.below(cycles + 1), fault: { kind, memory: region.kind, id: region.id, offset, bit } };
}

function flippableBlocks(golden: GoldenRun, kind: "bit_flip" | "check_flip"): readonly Block[] {
  return [...golden.blocks.values()].filter(({ region }) => canHold(golden, kind, region.kind));
}

function canHold({ machine }: GoldenRun, kind: "bit_flip" | "check_flip", memory: MemoryKind): boolean {
  return kind === "bit_flip" || protectionOf(machine.config, memory) !== "none";
}

function randomStrike(golden: GoldenRun, dice: FaultDice): PlannedFault {
  const { events, machine } = golden;
  const event = randomEvent(golden, dice, (index) => events.operation[index] === product);
  const { id: tile } = unitOf(golden, event);
  const { computeTiles } = machine.config;
  const { rows, cols } = computeTiles.instances?.[tile] ?? computeTiles;
  const register = dice.pick(peRegisterNames);
  const begin = events.begin[event] ?? 0;
  const bits = register === "sum" ? numberFormats.float32.bits : computeTiles.operandBits;
  return {
    cycle: begin,
    fault: {
      kind: "pe_register",
      tile,
      row: dice.below(rows),
      col: dice.below(cols),
      register,
      bit: dice.below(bits),
      productCycle: dice.below((events.end[event] ?? 0) - begin),
    },
  };
}

function randomEvent(
  { events }: GoldenRun,
  dice: FaultDice,
  isMeant: (index: number, golden: Operations) => boolean,
): number {
  // Most events are meant most times: trying is faster than listing them.
  const count = events.begin.length;
  for (let attempt = 0; attempt < 64; attempt++) {
    const index = dice.below(count);
    if (isMeant(index, events)) return index;
  }
  const meant = Array.from({ length: count }, (_, index) => index).filter((index) => isMeant(index, events));
  if (meant.length === 0) throw new KpuError("KPU_ARGUMENT", "the workload has no work that such a fault could hit");
  return dice.pick(meant);
}

type Operations = { readonly operation: Uint8Array };

function isTransfer(index: number, { operation }: Operations): boolean {
  return (operation[index] ?? 0) <= lastTransfer;
}

function randomPort(golden: GoldenRun, event: number, dice: FaultDice): TraceMemory {
  const { source, destination } = golden.events;
  return memoryOf(golden, (dice.below(2) === 0 ? source : destination)[event] ?? 0);
}

function memoryOf({ origin }: GoldenRun, region: number): TraceMemory {
  const memory = origin.memories[region];
  if (memory === undefined) throw new RangeError(`no region ${region}`);
  return memory;
}

function unitOf({ origin, events }: GoldenRun, event: number): TraceUnit {
  const unit = origin.units[events.unit[event] ?? 0];
  if (unit === undefined) throw new RangeError(`no unit of event ${event}`);
  return unit;
}
