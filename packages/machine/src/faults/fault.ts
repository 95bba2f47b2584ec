import { componentIdError } from "../address-map/address-map.ts";
import { type PeRegisterName, peRegisterNames } from "../compute/stepped-array.ts";
import { protectionOf } from "../config/memory-classes.ts";
import type { HandleParts } from "../engine/handle-parts.ts";
import { hex, hexRange, KpuError, requireWhole } from "../errors.ts";
import { type MemoryKind, memoryKinds } from "../memory/memory-kind.ts";
import { type MoverKind, moverKinds, moverNames } from "../movement/mover-kind.ts";
import type { FaultOrder, Faults } from "./faults.ts";

/** A memory by kind and id. */
type InMemory = { readonly memory: MemoryKind; readonly id: number };

/** A unit that completes work: a mover, a compute tile or the vector unit of one. */
type OfUnit = { readonly unit: MoverKind | "tile" | "vector"; readonly id: number };

/**
 * Something that goes wrong, from the present cycle on and before that cycle's starts.
 *
 * - `bit_flip`: bit 0 to 7 of the byte at `offset` of a memory turns over. Transfers in flight keep the source that they have read.
 * - `check_flip`: check bit 0 to 7 of the 64-bit word at `offset` turns over; for memories with parity (a bit for each byte) or SECDED.
 * - `pe_register`: a bit of a register in a processing element turns over when the next product that starts on the tile has gone on for
 *   `productCycle` cycles; a shorter product is not struck. Bits of `sum` are 0 to 31, of operands 0 to `operandBits` - 1.
 * - `stuck_port`: a data line of a memory's port always carries `value` from now on, for transfers in both directions. Line n is bit n % 8 of
 *   lane n / 8; bytes pass the lane of their offset, modulo the lanes, which are as many as the port moves bytes a cycle.
 * - `late_completion`: the next completion of a unit comes so many cycles later.
 * - `dropped_completion`: of the next completion of a unit nobody is told: its data are written, but no credits are given and no callback runs.
 * - `refused_grant`: a memory's port grants no transfer its beats for so many cycles, or never (Infinity); those under way go on.
 */
export type Fault =
  | ({ readonly kind: "bit_flip"; readonly offset: number; readonly bit: number } & InMemory)
  | ({ readonly kind: "check_flip"; readonly offset: number; readonly bit: number } & InMemory)
  | {
      readonly kind: "pe_register";
      readonly tile: number;
      readonly row: number;
      readonly col: number;
      readonly register: PeRegisterName;
      readonly bit: number;
      readonly productCycle: number;
    }
  | ({ readonly kind: "stuck_port"; readonly line: number; readonly value: 0 | 1 } & InMemory)
  | ({ readonly kind: "late_completion"; readonly cycles: number } & OfUnit)
  | ({ readonly kind: "dropped_completion" } & OfUnit)
  | ({ readonly kind: "refused_grant"; readonly cycles: number } & InMemory);

/** Every kind of fault. */
export const faultKinds: readonly Fault["kind"][] = [
  "bit_flip",
  "check_flip",
  "pe_register",
  "stuck_port",
  "late_completion",
  "dropped_completion",
  "refused_grant",
];

type Surroundings = HandleParts & { readonly faults: Faults };

/**
 * A fault as the engine takes it. Errors: KPU_ARGUMENT for an unknown kind, memory or unit and for bits, lines and cycles out of range,
 * KPU_COMPONENT_ID, KPU_ADDRESS_RANGE, KPU_TIMING_ONLY for a fault of values on a machine that holds none.
 */
export function faultOrder(fault: Fault, surroundings: Surroundings): FaultOrder {
  const { config } = surroundings;
  switch (fault.kind) {
    case "bit_flip":
    case "check_flip": {
      requireValues(fault.kind, config.timingOnly);
      const region = regionOf(fault, surroundings);
      const protection = protectionOf(config, fault.memory);
      if (fault.kind === "check_flip" && protection === "none") {
        throw badArgument(`${surroundings.map.nameOf(region)} has no check bits: its memory has ecc 'none'`);
      }
      requireOffset(fault.offset, region, surroundings);
      requireWhole(fault.bit, fault.kind === "bit_flip" ? "the bit of a byte" : "the check bit", "KPU_ARGUMENT", 0, 7);
      return { kind: fault.kind, region, offset: fault.offset, bit: fault.bit };
    }
    case "pe_register":
      return strikeOrder(fault, surroundings);
    case "stuck_port": {
      requireValues(fault.kind, config.timingOnly);
      const region = regionOf(fault, surroundings);
      const lanes = surroundings.faults.lines.lanesOf(region);
      requireWhole(
        fault.line,
        `the line of the port of ${surroundings.map.nameOf(region)}`,
        "KPU_ARGUMENT",
        0,
        8 * lanes - 1,
      );
      if (fault.value !== 0 && fault.value !== 1)
        throw badArgument(`a line is stuck at 0 or 1, got ${String(fault.value)}`);
      return { kind: fault.kind, region, lane: Math.floor(fault.line / 8), bit: fault.line % 8, value: fault.value };
    }
    case "late_completion":
      if (config.fidelity === "functional") {
        throw badArgument("a completion cannot be late at functional fidelity, which has no time");
      }
      requireWhole(fault.cycles, "the cycles of a late completion", "KPU_ARGUMENT", 1, mostCycles);
      return { kind: fault.kind, unit: unitOf(fault, surroundings), cycles: fault.cycles };
    case "dropped_completion":
      return { kind: fault.kind, unit: unitOf(fault, surroundings) };
    case "refused_grant":
      if (config.fidelity === "functional") {
        throw badArgument("ports grant nothing at functional fidelity, which has no time");
      }
      if (fault.cycles !== Number.POSITIVE_INFINITY) {
        requireWhole(fault.cycles, "the cycles of a refused grant", "KPU_ARGUMENT", 1, mostCycles);
      }
      return { kind: fault.kind, region: regionOf(fault, surroundings), cycles: fault.cycles };
    default:
      throw badArgument(`a fault is one of ${faultKinds.join(", ")}, got '${String(kindOf(fault))}'`);
  }
}

/** Leaves room below 2^53 for millions of delays in a row. */
const mostCycles = 2 ** 40;

function strikeOrder(
  fault: Extract<Fault, { kind: "pe_register" }>,
  { config, layout, engine }: Surroundings,
): FaultOrder {
  requireValues(fault.kind, config.timingOnly);
  const { count, systolic, operandBits } = config.computeTiles;
  const { tile, row, col, register, bit, productCycle } = fault;
  if (!Number.isInteger(tile) || tile < 0 || tile >= count) throw componentIdError("compute tile", tile, count);
  if (!systolic) throw badArgument("the compute tiles are scalar units: they have no processing elements");
  const { rows, cols } = config.computeTiles.instances?.[tile] ?? config.computeTiles;
  requireWhole(row, "the row of a processing element", "KPU_ARGUMENT", 0, rows - 1);
  requireWhole(col, "the column of a processing element", "KPU_ARGUMENT", 0, cols - 1);
  if (!peRegisterNames.includes(register)) {
    throw badArgument(`a register is one of ${peRegisterNames.join(", ")}, got '${String(register)}'`);
  }
  requireWhole(
    bit,
    `the bit of the register '${register}'`,
    "KPU_ARGUMENT",
    0,
    (register === "sum" ? 32 : operandBits) - 1,
  );
  requireWhole(productCycle, "the cycle of the product", "KPU_ARGUMENT");
  return {
    kind: fault.kind,
    tile: layout.rangeOf("tile").first - engine.units.moverCount + tile,
    row,
    col,
    register,
    bit,
    productCycle,
  };
}

function regionOf({ memory, id }: InMemory, { map }: Surroundings): number {
  if (!memoryKinds.includes(memory)) {
    throw badArgument(`a memory is one of ${memoryKinds.join(", ")}, got '${String(memory)}'`);
  }
  return map.regionOf(memory, id);
}

function requireOffset(offset: number, region: number, { map }: Surroundings): void {
  const capacityBytes = map.capacityOf(region);
  if (Number.isInteger(offset) && offset >= 0 && offset < capacityBytes) return;
  throw new KpuError(
    "KPU_ADDRESS_RANGE",
    `offset ${hex(offset)} lies outside of ${map.nameOf(region)}, whose offsets are ${hexRange(0, capacityBytes)}`,
    { offset: hex(offset), capacityBytes },
  );
}

function unitOf({ unit, id }: OfUnit, { layout }: Surroundings): number {
  const kinds = [...moverKinds, "tile", "vector"] as const;
  if (!kinds.includes(unit)) throw badArgument(`a unit is one of ${kinds.join(", ")}, got '${String(unit)}'`);
  const { first, count } = layout.rangeOf(unit);
  const name = unit === "tile" ? "compute tile" : unit === "vector" ? "vector unit" : moverNames[unit];
  if (!Number.isInteger(id) || id < 0 || id >= count) throw componentIdError(name, id, count);
  return first + id;
}

function requireValues(kind: string, isTimingOnly: boolean): void {
  if (!isTimingOnly) return;
  throw new KpuError(
    "KPU_TIMING_ONLY",
    `a ${kind} changes values, and this machine simulates times only: set timing_only to false`,
  );
}

function kindOf(fault: object): unknown {
  return "kind" in fault ? fault.kind : undefined;
}

function badArgument(message: string): KpuError {
  return new KpuError("KPU_ARGUMENT", message);
}
