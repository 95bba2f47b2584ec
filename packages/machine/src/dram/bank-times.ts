import { type Column, restoreColumns, type SavedColumns, saveColumns } from "../engine/columns.ts";
import type { DramPart, DramTiming } from "./dram-part.ts";

/** Before any command: far enough in the past for every window. */
const longAgo = -(2 ** 40);
const fewActivates = 4;
const manyActivates = 32;

/**
 * The earliest tick of each kind of command, by bank, bank group and rank: every command moves those of the others by the part's timing. A
 * command may be given when the latest of its bank's, its group's and its rank's tick has come.
 */
export class BankTimes {
  /** The open row of each bank, or -1. */
  readonly openRow: Int32Array;
  /** For reads and for writes. */
  readonly bankColumns: readonly [Float64Array, Float64Array];
  readonly #timing: DramTiming;
  readonly #bankRefresh: NonNullable<DramPart["bankRefresh"]>;
  readonly #banksPerRank: number;
  readonly rankShift: number;
  readonly groupShift: number;
  readonly bankActivate: Float64Array;
  readonly bankPrecharge: Float64Array;
  readonly #bankRead: Float64Array;
  readonly #bankWrite: Float64Array;
  readonly groups: number;
  /** By command (activate, precharge, read, write) and group; a group does not hold up precharges. */
  readonly groupTicks: Float64Array;
  readonly ranks: number;
  /** By command and rank. */
  readonly rankTicks: Float64Array;
  readonly #groupActivate: Float64Array;
  readonly #groupRead: Float64Array;
  readonly #groupWrite: Float64Array;
  readonly #rankActivate: Float64Array;
  readonly #rankPrecharge: Float64Array;
  readonly #rankRead: Float64Array;
  readonly #rankWrite: Float64Array;
  readonly #rankRefresh: Float64Array;
  /** The latest activates of each rank, a ring each; with how many there were. */
  readonly #activates: Float64Array;
  readonly #activateCount: Float64Array;

  constructor(part: DramPart) {
    const { ranks, bankGroups, banksPerGroup, timing } = part;
    const groups = ranks * bankGroups;
    const banks = groups * banksPerGroup;
    this.#timing = timing;
    this.#bankRefresh = part.bankRefresh ?? { interval: 1, refresh: 1, toRefresh: 1, toActivate: 1 };
    this.#banksPerRank = bankGroups * banksPerGroup;
    this.rankShift = Math.log2(this.#banksPerRank);
    this.groupShift = Math.log2(banksPerGroup);
    this.openRow = new Int32Array(banks).fill(-1);
    this.bankActivate = new Float64Array(banks);
    this.bankPrecharge = new Float64Array(banks);
    this.#bankRead = new Float64Array(banks);
    this.#bankWrite = new Float64Array(banks);
    this.groups = groups;
    this.ranks = ranks;
    this.groupTicks = new Float64Array(4 * groups);
    [this.#groupActivate, , this.#groupRead, this.#groupWrite] = quartersOf(this.groupTicks);
    this.rankTicks = new Float64Array(4 * ranks);
    [this.#rankActivate, this.#rankPrecharge, this.#rankRead, this.#rankWrite] = quartersOf(this.rankTicks);
    this.#rankRefresh = new Float64Array(ranks);
    this.bankColumns = [this.#bankRead, this.#bankWrite];
    this.#activates = new Float64Array(ranks * manyActivates).fill(longAgo);
    this.#activateCount = new Float64Array(ranks);
  }

  rankOf(bank: number): number {
    return bank >> this.rankShift;
  }

  firstBankOf(rank: number): number {
    return rank * this.#banksPerRank;
  }

  activateTick(bank: number): number {
    const group = this.#groupOf(bank);
    const rank = this.rankOf(bank);
    return Math.max(this.bankActivate[bank] ?? 0, this.#groupActivate[group] ?? 0, this.#rankActivate[rank] ?? 0);
  }

  prechargeTick(bank: number): number {
    return Math.max(this.bankPrecharge[bank] ?? 0, this.#rankPrecharge[this.rankOf(bank)] ?? 0);
  }

  /** When all banks of a rank may be precharged at once: those that close by themselves have to be done with it, too. */
  prechargeAllTick(rank: number): number {
    const first = rank * this.#banksPerRank;
    let tick = this.#rankPrecharge[rank] ?? 0;
    for (let bank = first; bank < first + this.#banksPerRank; bank++) {
      tick = Math.max(tick, this.bankPrecharge[bank] ?? 0);
    }
    return tick;
  }

  /** When a rank without open rows may be refreshed. */
  refreshTick(rank: number): number {
    const first = rank * this.#banksPerRank;
    let tick = this.#rankRefresh[rank] ?? 0;
    for (let bank = first; bank < first + this.#banksPerRank; bank++)
      tick = Math.max(tick, this.bankActivate[bank] ?? 0);
    return tick;
  }

  /** When a bank without an open row may be refreshed by itself. */
  refreshBankTick(bank: number): number {
    return Math.max(this.activateTick(bank), this.#rankRefresh[this.rankOf(bank)] ?? 0);
  }

  activate(bank: number, row: number, tick: number): void {
    const timing = this.#timing;
    const rank = this.rankOf(bank);
    const group = this.#groupOf(bank);
    this.openRow[bank] = row;
    this.#bankRead[bank] = tick + timing.activateToRead;
    this.#bankWrite[bank] = tick + timing.activateToWrite;
    this.bankPrecharge[bank] = tick + timing.activateToPrecharge;
    this.bankActivate[bank] = tick + timing.activateToActivate;
    raise(this.#groupActivate, group, tick + timing.activateL);
    raise(this.#rankActivate, rank, tick + timing.activateS);
    const count = this.#activateCount[rank] ?? 0;
    const ring = rank * manyActivates;
    this.#activates[ring + (count % manyActivates)] = tick;
    this.#activateCount[rank] = count + 1;
    const fourth = this.#activates[ring + ((count + 1 + manyActivates - fewActivates) % manyActivates)] ?? longAgo;
    raise(this.#rankActivate, rank, fourth + timing.fourActivates);
    if (timing.thirtyTwoActivates > 0) {
      const oldest = this.#activates[ring + ((count + 1) % manyActivates)] ?? longAgo;
      raise(this.#rankActivate, rank, oldest + timing.thirtyTwoActivates);
    }
  }

  precharge(bank: number, tick: number): void {
    const timing = this.#timing;
    const rank = this.rankOf(bank);
    this.openRow[bank] = -1;
    raise(this.bankActivate, bank, tick + timing.precharge);
    raise(this.#rankPrecharge, rank, tick + timing.prechargeToPrecharge);
  }

  prechargeAll(rank: number, tick: number): void {
    const first = rank * this.#banksPerRank;
    this.openRow.fill(-1, first, first + this.#banksPerRank);
    for (let bank = first; bank < first + this.#banksPerRank; bank++) {
      raise(this.bankActivate, bank, tick + this.#timing.prechargeAll);
    }
    raise(this.#rankPrecharge, rank, tick + this.#timing.prechargeToPrecharge);
  }

  read(bank: number, tick: number): void {
    const timing = this.#timing;
    const rank = this.rankOf(bank);
    raise(this.#groupRead, this.#groupOf(bank), tick + timing.readToReadL);
    raise(this.#rankRead, rank, tick + timing.readToReadS);
    raise(this.#rankWrite, rank, tick + timing.readToWrite);
    raise(this.bankPrecharge, bank, tick + timing.readToPrecharge);
    const turn = Math.max(1, timing.readLatency + timing.burst - timing.writeLatency + timing.rankSwitch);
    for (let other = 0; other < this.ranks; other++) {
      if (other === rank) continue;
      raise(this.#rankRead, other, tick + timing.burst + timing.rankSwitch);
      raise(this.#rankWrite, other, tick + turn);
    }
  }

  write(bank: number, tick: number): void {
    const timing = this.#timing;
    const rank = this.rankOf(bank);
    const group = this.#groupOf(bank);
    const end = tick + timing.writeLatency + timing.burst;
    raise(this.#groupWrite, group, tick + timing.writeToWriteL);
    raise(this.#rankWrite, rank, tick + timing.writeToWriteS);
    raise(this.#groupRead, group, end + timing.writeToReadL);
    raise(this.#rankRead, rank, end + timing.writeToReadS);
    raise(this.bankPrecharge, bank, end + timing.writeRecovery);
    const turn = Math.max(1, timing.writeLatency + timing.burst + timing.rankSwitch - timing.readLatency);
    for (let other = 0; other < this.ranks; other++) {
      if (other === rank) continue;
      raise(this.#rankWrite, other, tick + timing.burst + timing.rankSwitch);
      raise(this.#rankRead, other, tick + turn);
    }
  }

  /** A row closes by itself as soon as the last column command lets it; returns when. */
  closeAfter(bank: number): number {
    const tick = this.bankPrecharge[bank] ?? 0;
    this.openRow[bank] = -1;
    raise(this.bankActivate, bank, tick + this.#timing.precharge);
    return tick;
  }

  refresh(rank: number, tick: number): void {
    const first = rank * this.#banksPerRank;
    for (let bank = first; bank < first + this.#banksPerRank; bank++) {
      raise(this.bankActivate, bank, tick + this.#timing.refresh);
    }
  }

  refreshBank(bank: number, tick: number): void {
    const rank = this.rankOf(bank);
    raise(this.bankActivate, bank, tick + this.#bankRefresh.refresh);
    raise(this.#rankActivate, rank, tick + this.#bankRefresh.toActivate);
    raise(this.#rankRefresh, rank, tick + this.#bankRefresh.toRefresh);
  }

  /** No command to a rank before a tick. */
  wake(rank: number, tick: number): void {
    for (const column of [
      this.#rankActivate,
      this.#rankPrecharge,
      this.#rankRead,
      this.#rankWrite,
      this.#rankRefresh,
    ]) {
      raise(column, rank, tick);
    }
  }

  /** Moves everything on by so many ticks. */
  delay(ticks: number): void {
    for (const column of this.#times)
      for (let index = 0; index < column.length; index++) column[index] = (column[index] ?? 0) + ticks;
  }

  clear(): void {
    this.openRow.fill(-1);
    for (const column of this.#times) column.fill(0);
    this.#activates.fill(longAgo);
    this.#activateCount.fill(0);
  }

  save(): SavedColumns {
    return saveColumns(this.#columns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#columns, saved);
  }

  get #times(): readonly Float64Array[] {
    return [
      ...[this.bankActivate, this.bankPrecharge, this.#bankRead, this.#bankWrite],
      ...[this.groupTicks, this.rankTicks, this.#rankRefresh, this.#activates],
    ];
  }

  get #columns(): readonly Column[] {
    return [this.openRow, ...this.#times, this.#activateCount];
  }

  #groupOf(bank: number): number {
    return bank >> this.groupShift;
  }
}

function raise(column: Float64Array, index: number, tick: number): void {
  if ((column[index] ?? 0) < tick) column[index] = tick;
}

/** Its four quarters, as columns of their own over the same numbers. */
function quartersOf(column: Float64Array): [Float64Array, Float64Array, Float64Array, Float64Array] {
  const size = column.length / 4;
  const quarter = (index: number): Float64Array => column.subarray(index * size, (index + 1) * size);
  return [quarter(0), quarter(1), quarter(2), quarter(3)];
}
