import type { Dataflow } from "../config/machine-config.ts";
import { OperandStationarySchedule } from "./stepped-array-operand-stationary.ts";
import { OutputStationarySchedule } from "./stepped-array-output-stationary.ts";
import type { ArrayRegisters } from "./stepped-array-registers.ts";
import type { ArraySchedule, EdgeCounts, ProductData } from "./stepped-array-schedule.ts";

/** A product that passes through the registers of an array, cycle by cycle, and what has passed the edges so far. */
export class ArrayRun {
  readonly counts: EdgeCounts = { operandAReads: 0, operandBReads: 0, partialSumReads: 0, resultWrites: 0 };
  readonly #registers: ArrayRegisters;
  readonly #schedule: ArraySchedule;
  #cycle = 0;
  #fold = 0;
  #cycleOfFold = 0;

  constructor(registers: ArrayRegisters, data: ProductData, dataflow: Dataflow) {
    this.#registers = registers;
    this.#schedule =
      dataflow === "output_stationary"
        ? new OutputStationarySchedule(registers, data, this.counts)
        : new OperandStationarySchedule(registers, data, this.counts, dataflow === "weight_stationary" ? "b" : "a");
  }

  /** Cycles so far. */
  get cycle(): number {
    return this.#cycle;
  }

  /** The fold that the next cycle belongs to, from 0, and how many there are. */
  get fold(): number {
    return this.#fold;
  }

  get foldCount(): number {
    return this.#schedule.foldCount;
  }

  get isDone(): boolean {
    return this.#fold === this.#schedule.foldCount;
  }

  /** One cycle of what is not done. */
  step(): void {
    if (this.#cycleOfFold === 0) {
      this.#registers.clearEdges();
      this.#schedule.beginFold(this.#fold);
    }
    const isLast = this.#schedule.step(this.#cycleOfFold);
    this.#cycle++;
    this.#cycleOfFold++;
    if (!isLast) return;
    this.#schedule.endFold();
    this.#fold++;
    this.#cycleOfFold = 0;
  }
}
