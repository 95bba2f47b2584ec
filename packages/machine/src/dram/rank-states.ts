import { type Column, restoreColumns, type SavedColumns, saveColumns } from "../engine/columns.ts";
import type { BankTimes } from "./bank-times.ts";
import { count, dramCount } from "./dram-counts.ts";
import type { DramPart } from "./dram-part.ts";

/** All banks of a rank at once, bank after bank, or never: for comparisons, no real part keeps its contents so. */
export type RefreshPolicy = "all_bank" | "per_bank" | "off";

/**
 * What the ranks of a channel do besides requests: their refreshes, which fall due at fixed distances and are staggered over the ranks, and the
 * time they spend with rows open, refreshing and powered down. A rank without requests is powered down `powerDownAfter` ticks after it has
 * finished everything; who needs it then waits for the part's exit time.
 */
export class RankStates {
  readonly ranks: number;
  /** Whether banks are refreshed one by one. */
  readonly isPerBank: boolean;
  /** Ticks after which an idle channel repeats itself; Infinity without refreshes. */
  readonly period: number;
  /** Whether a refresh of any rank has fallen due and has not been given, and when the first of the others falls due. */
  isAnyPending: boolean = false;
  earliestDue: number = 0;
  readonly #times: BankTimes;
  readonly #counts: Float64Array;
  readonly #part: DramPart;
  readonly #banksPerRank: number;
  readonly #interval: number;
  readonly #powerDownAfter: number;
  readonly #due: Float64Array;
  readonly #isPending: Uint8Array;
  /** The bank of each rank that is refreshed next. */
  readonly #nextBank: Int32Array;
  readonly #requests: Int32Array;
  /** When a rank has finished what it was told. */
  readonly #busyUntil: Float64Array;
  readonly #openRows: Int32Array;
  /** The present or latest stretch with open rows. */
  readonly #openSince: Float64Array;
  readonly #openUntil: Float64Array;

  /** `powerDownAfter`: 0 for never. */
  constructor(part: DramPart, times: BankTimes, counts: Float64Array, refresh: RefreshPolicy, powerDownAfter: number) {
    const { ranks, bankGroups, banksPerGroup, timing, bankRefresh } = part;
    this.ranks = ranks;
    this.#part = part;
    this.#times = times;
    this.#counts = counts;
    this.#banksPerRank = bankGroups * banksPerGroup;
    this.isPerBank = refresh === "per_bank";
    const perBank = bankRefresh?.interval ?? Number.POSITIVE_INFINITY;
    this.#interval = { off: Number.POSITIVE_INFINITY, all_bank: timing.refreshInterval, per_bank: perBank }[refresh];
    this.period = this.isPerBank ? this.#interval * this.#banksPerRank : this.#interval;
    this.#powerDownAfter = powerDownAfter === 0 ? Number.POSITIVE_INFINITY : powerDownAfter;
    this.#due = new Float64Array(ranks);
    this.#isPending = new Uint8Array(ranks);
    this.#nextBank = new Int32Array(ranks);
    this.#requests = new Int32Array(ranks);
    this.#busyUntil = new Float64Array(ranks);
    this.#openRows = new Int32Array(ranks);
    this.#openSince = new Float64Array(ranks);
    this.#openUntil = new Float64Array(ranks);
    this.clear();
  }

  /** When a refresh of the rank falls due, or fell due. */
  dueTick(rank: number): number {
    return this.#due[rank] ?? 0;
  }

  /** Whether a refresh has fallen due and has not been given. */
  isPending(rank: number): boolean {
    return this.#isPending[rank] === 1;
  }

  /** The bank that a refresh of one bank is for. */
  refreshedBank(rank: number): number {
    return rank * this.#banksPerRank + (this.#nextBank[rank] ?? 0);
  }

  /** Whether requests of a bank have to wait for a refresh that is due. */
  isBlocked(rank: number, bank: number): boolean {
    return this.#isPending[rank] === 1 && (!this.isPerBank || this.refreshedBank(rank) === bank);
  }

  fallDue(rank: number, tick: number): void {
    this.#wake(rank, tick);
    this.#isPending[rank] = 1;
    this.#noteDues();
  }

  /** A refresh was given; `ticks` is how long it takes. */
  refreshed(rank: number, tick: number, ticks: number): void {
    this.#isPending[rank] = 0;
    this.#due[rank] = (this.#due[rank] ?? 0) + this.#interval;
    this.#nextBank[rank] = ((this.#nextBank[rank] ?? 0) + 1) % this.#banksPerRank;
    this.#noteDues();
    count(this.#counts, dramCount.refreshes);
    count(this.#counts, dramCount.refreshing, ticks);
    this.busy(rank, tick + ticks);
  }

  requestArrived(rank: number, tick: number): void {
    this.#wake(rank, tick);
    this.#requests[rank] = (this.#requests[rank] ?? 0) + 1;
  }

  requestLeft(rank: number): void {
    this.#requests[rank] = (this.#requests[rank] ?? 0) - 1;
  }

  /** The rank has something under way until a tick. */
  busy(rank: number, until: number): void {
    if ((this.#busyUntil[rank] ?? 0) < until) this.#busyUntil[rank] = until;
  }

  rowOpened(rank: number, tick: number): void {
    if (this.#openRows[rank] === 0 && tick > (this.#openUntil[rank] ?? 0)) {
      this.#closeStretch(rank);
      this.#openSince[rank] = tick;
    }
    this.#openRows[rank] = (this.#openRows[rank] ?? 0) + 1;
  }

  /** So many rows are closed from a tick on, which may be to come. */
  rowsClosed(rank: number, rows: number, tick: number): void {
    this.#openRows[rank] = (this.#openRows[rank] ?? 0) - rows;
    if ((this.#openUntil[rank] ?? 0) < tick) this.#openUntil[rank] = tick;
  }

  openRows(rank: number): number {
    return this.#openRows[rank] ?? 0;
  }

  /** The counts with what goes on at a tick counted up to it. */
  countsAt(tick: number): Float64Array {
    const counts = this.#counts.slice();
    for (let rank = 0; rank < this.ranks; rank++) {
      const until = this.openRows(rank) > 0 ? tick : Math.min(tick, this.#openUntil[rank] ?? 0);
      count(counts, dramCount.activeStandby, Math.max(0, until - (this.#openSince[rank] ?? 0)));
      this.#countPowerDown(counts, rank, tick);
    }
    // Time without the clock is no standby, whether rows are open or not.
    count(counts, dramCount.activeStandby, -(counts[dramCount.activePowerDown] ?? 0));
    return counts;
  }

  /** Moves an idle channel on by so many ticks. */
  delay(ticks: number): void {
    for (let rank = 0; rank < this.ranks; rank++) {
      this.#closeStretch(rank);
      this.#due[rank] = (this.#due[rank] ?? 0) + ticks;
      this.#busyUntil[rank] = (this.#busyUntil[rank] ?? 0) + ticks;
    }
    this.#noteDues();
  }

  clear(): void {
    for (const column of [this.#isPending, this.#nextBank, this.#requests, this.#busyUntil]) column.fill(0);
    for (const column of [this.#openRows, this.#openSince, this.#openUntil]) column.fill(0);
    for (let rank = 0; rank < this.ranks; rank++) {
      this.#due[rank] = Math.ceil((this.#interval * (rank + 1)) / this.ranks);
    }
    this.#noteDues();
  }

  save(): SavedColumns {
    return saveColumns(this.#columns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#columns, saved);
    this.#noteDues();
  }

  get #columns(): readonly Column[] {
    return [
      ...[this.#due, this.#isPending, this.#nextBank, this.#requests],
      ...[this.#busyUntil, this.#openRows, this.#openSince, this.#openUntil],
    ];
  }

  #noteDues(): void {
    this.isAnyPending = false;
    this.earliestDue = Number.POSITIVE_INFINITY;
    for (let rank = 0; rank < this.ranks; rank++) {
      if (this.isPending(rank)) this.isAnyPending = true;
      else this.earliestDue = Math.min(this.earliestDue, this.dueTick(rank));
    }
  }

  #closeStretch(rank: number): void {
    const [since, until] = [this.#openSince[rank] ?? 0, this.#openUntil[rank] ?? 0];
    count(this.#counts, dramCount.activeStandby, until - since);
    this.#openSince[rank] = until;
  }

  /** Somebody needs the rank from a tick on. */
  #wake(rank: number, tick: number): void {
    const { powerDown } = this.#part;
    if (powerDown === undefined || !this.#countPowerDown(this.#counts, rank, tick)) return;
    const begin = (this.#busyUntil[rank] ?? 0) + this.#powerDownAfter;
    const awake = Math.max(tick, begin + powerDown.minimum) + powerDown.exit;
    this.#times.wake(rank, awake);
    this.#busyUntil[rank] = awake;
  }

  /** Adds the time for which a rank has been powered down at a tick; whether it is. */
  #countPowerDown(counts: Float64Array, rank: number, tick: number): boolean {
    const ticks = tick - (this.#busyUntil[rank] ?? 0) - this.#powerDownAfter;
    if (ticks <= 0 || this.#requests[rank] !== 0 || this.#isPending[rank] !== 0) return false;
    const isActive = this.openRows(rank) > 0;
    count(counts, isActive ? dramCount.activePowerDown : dramCount.prechargePowerDown, ticks);
    return true;
  }
}
