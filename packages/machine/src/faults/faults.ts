import type { MemoryContents } from "../memory/memory-contents.ts";
import { ArrayStrikes, type SavedStrikes, type Strike } from "./array-strikes.ts";
import type { MemoryErrors, SavedMemoryErrors } from "./memory-errors.ts";
import type { StuckLine, StuckLines } from "./stuck-lines.ts";
import { type SavedUnitFaults, UnitFaults } from "./unit-faults.ts";
import type { SavedUpsets, Upsets } from "./upsets.ts";

/** A fault with everything resolved to numbers of the engine. */
export type FaultOrder =
  | { readonly kind: "bit_flip"; readonly region: number; readonly offset: number; readonly bit: number }
  /** A check bit of the 64-bit word that holds the offset. */
  | { readonly kind: "check_flip"; readonly region: number; readonly offset: number; readonly bit: number }
  | ({ readonly kind: "pe_register"; readonly tile: number } & Strike)
  | ({ readonly kind: "stuck_port" } & StuckLine)
  | { readonly kind: "late_completion"; readonly unit: number; readonly cycles: number }
  | { readonly kind: "dropped_completion"; readonly unit: number }
  | { readonly kind: "refused_grant"; readonly region: number; readonly cycles: number };

export type SavedFaults = {
  readonly upsets: SavedUpsets;
  readonly errors: SavedMemoryErrors;
  readonly lines: readonly StuckLine[];
  readonly units: SavedUnitFaults;
  readonly strikes: SavedStrikes;
};

/** What is wrong with a machine: faults that were put into it, as far as they still act, and what its check bits have found. */
export class Faults {
  readonly upsets: Upsets;
  readonly errors: MemoryErrors;
  readonly lines: StuckLines;
  readonly units: UnitFaults = new UnitFaults();
  readonly strikes: ArrayStrikes = new ArrayStrikes();

  constructor(upsets: Upsets, errors: MemoryErrors, lines: StuckLines) {
    this.upsets = upsets;
    this.errors = errors;
    this.lines = lines;
  }

  /** Whether a fault can still act on what comes. */
  get isPending(): boolean {
    const { upsets, lines, units, strikes } = this;
    return !(upsets.isClean && lines.isClean && units.isClean && strikes.isClean);
  }

  /** Puts a fault into the machine at the present cycle; transfers in flight keep the source they started with, which the caller sees to. */
  apply(order: FaultOrder, contents: MemoryContents, cycle: number): void {
    switch (order.kind) {
      case "bit_flip":
        contents.upset(order.region, order.offset, order.bit);
        break;
      case "check_flip":
        contents.upsetCheckBit(order.region, order.offset, order.bit);
        break;
      case "pe_register":
        this.strikes.add(order.tile, order);
        break;
      case "stuck_port":
        this.lines.add(order);
        break;
      case "late_completion":
        this.units.delay(order.unit, order.cycles);
        break;
      case "dropped_completion":
        this.units.lose(order.unit);
        break;
      case "refused_grant":
        this.units.refuse(order.region, cycle + order.cycles);
        break;
    }
  }

  clear(): void {
    for (const part of [this.upsets, this.errors, this.lines, this.units, this.strikes]) part.clear();
  }

  save(): SavedFaults {
    const { upsets, errors, lines, units, strikes } = this;
    return {
      upsets: upsets.save(),
      errors: errors.save(),
      lines: lines.save(),
      units: units.save(),
      strikes: strikes.save(),
    };
  }

  restore({ upsets, errors, lines, units, strikes }: SavedFaults): void {
    this.upsets.restore(upsets);
    this.errors.restore(errors);
    this.lines.restore(lines);
    this.units.restore(units);
    this.strikes.restore(strikes);
  }
}
