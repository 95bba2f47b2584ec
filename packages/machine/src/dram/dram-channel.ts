import { restoreColumns, type SavedColumns, saveColumns } from "../engine/columns.ts";
import { BankTimes } from "./bank-times.ts";
import { CommandChoice } from "./command-choice.ts";
import { type CommandListener, type DramCommand, dramCommand } from "./dram-command.ts";
import { count, dramCount, dramCountNumber } from "./dram-counts.ts";
import { checkDramPart, type DramPart } from "./dram-part.ts";
import { RankStates, type RefreshPolicy } from "./rank-states.ts";
import { type Direction, dramDirection, RequestQueue, type SavedRequestQueue } from "./request-queue.ts";
import { RowMarks } from "./row-marks.ts";

/** Whether a row stays open after its last request, or is closed with it. */
export type PagePolicy = "open" | "closed";

export type DramChannelOptions = {
  readonly pagePolicy: PagePolicy;
  readonly refresh: RefreshPolicy;
  /** Reads, and as many writes, that may wait at the channel. */
  readonly queueDepth: number;
  /** Ticks after which an idle rank is powered down; 0 for never. */
  readonly powerDownAfter: number;
};

export type SavedDramChannel = {
  readonly times: SavedColumns;
  readonly queue: SavedRequestQueue;
  readonly ranks: SavedColumns;
  readonly rows: SavedColumns;
  readonly own: SavedColumns;
};

/** Places in the channel's own numbers. */
const own = { now: 0, way: 1, served: 2, rowBus: 3, columnBus: 4, queuedSince: 5 } as const;

/**
 * The controller of one channel with its ranks and banks. First ready, first come: of the commands that may be given earliest, a column command
 * before one for a row, the older request before the younger; whoever has waited for 4096 ticks comes first. Writes wait until they are many
 * (three quarters of the queue) or no read waits, and are then written until few are left (a quarter). Time goes from command to command.
 */
export class DramChannel {
  readonly #part: DramPart;
  readonly #times: BankTimes;
  readonly #queue: RequestQueue;
  readonly #ranks: RankStates;
  readonly #counts = new Float64Array(dramCountNumber);
  readonly #own = new Float64Array(6);
  readonly #isClosedPage: boolean;
  readonly #most: number;
  readonly #least: number;
  readonly #rows: RowMarks;
  readonly #banksPerRank: number;
  listener: CommandListener | undefined;
  /** The burst of the latest read or write: whose it was, and when its data end. */
  servedTag: number = -1;
  servedWay: Direction = dramDirection.read;
  dataEnd: number = 0;
  /** The next command, while it is known. */
  readonly #choice: CommandChoice;
  #isKnown = false;
  // For leaps over idle time.
  #idleRounds = 0;
  #countsBefore = new Float64Array(dramCountNumber);

  /** Errors: KPU_CONFIG for a part that contradicts itself. */
  constructor(part: DramPart, options: DramChannelOptions) {
    const banks = part.ranks * part.bankGroups * part.banksPerGroup;
    this.#part = checkDramPart(part);
    this.#banksPerRank = banks / part.ranks;
    this.#times = new BankTimes(part);
    this.#queue = new RequestQueue(options.queueDepth, banks);
    this.#ranks = new RankStates(part, this.#times, this.#counts, options.refresh, options.powerDownAfter);
    this.#choice = new CommandChoice(this.#times, this.#queue, this.#ranks);
    this.#isClosedPage = options.pagePolicy === "closed";
    this.#most = Math.ceil((options.queueDepth * 3) / 4);
    this.#least = Math.floor(options.queueDepth / 4);
    this.#rows = new RowMarks(banks);
  }

  hasSpace(way: Direction): boolean {
    return this.#queue.hasSpace(way);
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#queue.count(dramDirection.read) + this.#queue.count(dramDirection.write);
  }

  /** A request for a burst arrives; there must be space, and no command before the tick may be outstanding (`settle`). */
  submit(way: Direction, bank: number, row: number, tag: number, tick: number): void {
    this.#countQueued(tick);
    if (tick > (this.#own[own.now] ?? 0)) this.#own[own.now] = tick;
    this.#ranks.requestArrived(this.#times.rankOf(bank), tick);
    this.#queue.add(way, bank, row, this.#times.openRow[bank] === row, tag, tick);
    this.#choice.reviewWay(way, bank);
    this.#isKnown = false;
    this.#idleRounds = 0;
  }

  /** Takes out the waiting requests of somebody. What comes next for the others comes at that tick or later, not when it could have come. */
  withdraw(tag: number, tick: number): void {
    const before = this.waiting;
    this.#countQueued(tick);
    this.#queue.removeTagged(tag, (bank) => {
      const rank = this.#times.rankOf(bank);
      this.#ranks.requestLeft(rank);
      this.#ranks.busy(rank, tick);
    });
    if (this.waiting === before) return;
    this.#reviewAll();
    if (tick > (this.#own[own.now] ?? 0)) this.#own[own.now] = tick;
    this.#isKnown = false;
  }

  /** Tick of the next command or refresh; Infinity where there is none to come. */
  get nextTick(): number {
    if (!this.#isKnown) this.#choose();
    return this.#choice.tick;
  }

  /** Gives the next command and returns which; `servedTag` and `dataEnd` tell of reads and writes. */
  step(): DramCommand {
    if (!this.#isKnown) this.#choose();
    this.#isKnown = false;
    const { command, rank, tick } = this.#choice;
    this.#own[own.now] = tick;
    if (command === dramCommand.due) this.#ranks.fallDue(rank, tick);
    else if (command === dramCommand.read || command === dramCommand.write) this.#giveColumn(command, tick);
    else this.#giveRow(command, tick);
    return command;
  }

  /** Gives all commands before a tick; for a channel at which nothing waits. */
  settle(tick: number): void {
    while (this.nextTick < tick) {
      const { command, rank } = this.#choice;
      // Banks that take turns have all had one when it is the first one's again.
      const isRound = !this.#ranks.isPerBank || this.#ranks.refreshedBank(0) === 0;
      if (command === dramCommand.due && rank === 0 && isRound) this.#leap(tick);
      this.step();
    }
  }

  /** What has been counted, with what goes on counted up to a tick. */
  countsAt(tick: number): Float64Array {
    const counts = this.#ranks.countsAt(tick);
    count(counts, dramCount.queued, this.waiting * Math.max(0, tick - (this.#own[own.queuedSince] ?? 0)));
    return counts;
  }

  clear(): void {
    this.#times.clear();
    this.#queue.clear();
    this.#ranks.clear();
    this.#rows.clear();
    for (const column of [this.#counts, this.#own]) column.fill(0);
    this.#isKnown = false;
    this.#idleRounds = 0;
  }

  save(): SavedDramChannel {
    return {
      times: this.#times.save(),
      queue: this.#queue.save(),
      ranks: this.#ranks.save(),
      rows: this.#rows.save(),
      own: saveColumns([this.#counts, this.#own]),
    };
  }

  restore({ times, queue, ranks, rows, own: saved }: SavedDramChannel): void {
    this.#times.restore(times);
    this.#queue.restore(queue);
    this.#ranks.restore(ranks);
    this.#rows.restore(rows);
    restoreColumns([this.#counts, this.#own], saved);
    this.#reviewAll();
    this.#isKnown = false;
    this.#idleRounds = 0;
  }

  #reviewAll(): void {
    for (let rank = 0; rank < this.#ranks.ranks; rank++) this.#choice.reviewRank(rank);
  }

  #choose(): void {
    const numbers = this.#own;
    const now = numbers[own.now] ?? 0;
    this.#chooseWay(now);
    const way = numbers[own.way] === dramDirection.write ? dramDirection.write : dramDirection.read;
    this.#choice.choose(now, way, numbers[own.rowBus] ?? 0, numbers[own.columnBus] ?? 0);
    this.#isKnown = true;
  }

  /** Whether reads or writes are served: the bus is turned round seldom, and nobody waits for ever. */
  #chooseWay(now: number): void {
    const numbers = this.#own;
    const reads = this.#queue.count(dramDirection.read);
    const writes = this.#queue.count(dramDirection.write);
    const isReading = numbers[own.way] === dramDirection.read;
    const others = isReading ? writes : reads;
    if (others === 0) return;
    const present = isReading ? dramDirection.read : dramDirection.write;
    const other = isReading ? dramDirection.write : dramDirection.read;
    const isLate = this.#choice.isOverdue(this.#queue.oldestArrival(present), now);
    const areOthersLate = this.#choice.isOverdue(this.#queue.oldestArrival(other), now);
    const mayTurn = (numbers[own.served] ?? 0) >= Math.max(1, this.#least);
    // Who has waited too long keeps the bus for a while, and gets it after a while.
    const isOthersTurn = isReading ? reads === 0 || writes >= this.#most : writes <= this.#least;
    const turns = isLate ? mayTurn && (isOthersTurn || areOthersLate) : isOthersTurn || (areOthersLate && mayTurn);
    if (!turns) return;
    numbers[own.way] = isReading ? dramDirection.write : dramDirection.read;
    numbers[own.served] = 0;
  }

  #giveRow(command: DramCommand, tick: number): void {
    const { rank, bank, slot } = this.#choice;
    const { timing, bankRefresh } = this.#part;
    this.#useBus(tick, own.rowBus);
    let row = -1;
    if (command === dramCommand.activate) {
      row = this.#queue.rowOf(slot);
      this.#times.activate(bank, row, tick);
      this.#queue.rowOpened(bank, row);
      this.#ranks.rowOpened(rank, tick);
      this.#ranks.busy(rank, tick + timing.activateToRead);
      this.#rows.opened(bank);
      count(this.#counts, dramCount.activates);
    } else if (command === dramCommand.precharge) {
      this.#times.precharge(bank, tick);
      this.#closed(bank, rank, tick);
      this.#ranks.busy(rank, tick + timing.precharge);
      this.#rows.closed(bank, slot >= 0);
    } else if (command === dramCommand.prechargeAll) {
      const openRows = this.#ranks.openRows(rank);
      this.#times.prechargeAll(rank, tick);
      for (let each = bank; each < bank + this.#banksPerRank; each++) this.#queue.rowOpened(each, -1);
      this.#rows.closedAll(bank, bank + this.#banksPerRank);
      this.#ranks.rowsClosed(rank, openRows, tick);
      this.#ranks.busy(rank, tick + timing.prechargeAll);
      count(this.#counts, dramCount.precharges, openRows);
    } else if (command === dramCommand.refresh) {
      this.#times.refresh(rank, tick);
      this.#ranks.refreshed(rank, tick, timing.refresh);
    } else {
      this.#times.refreshBank(bank, tick);
      this.#ranks.refreshed(rank, tick, bankRefresh?.refresh ?? 0);
    }
    if (command === dramCommand.prechargeAll || command === dramCommand.refresh) this.#choice.reviewRank(rank);
    else this.#choice.review(bank);
    this.listener?.(tick, command, rank, bank, row, false);
  }

  #giveColumn(command: DramCommand, tick: number): void {
    const { rank, bank, slot } = this.#choice;
    const { timing } = this.#part;
    const queue = this.#queue;
    const isRead = command === dramCommand.read;
    this.#useBus(tick, own.columnBus);
    this.#countQueued(tick);
    if (isRead) this.#times.read(bank, tick);
    else this.#times.write(bank, tick);
    this.servedWay = isRead ? dramDirection.read : dramDirection.write;
    this.servedTag = queue.tagOf(slot);
    this.dataEnd = tick + (isRead ? timing.readLatency : timing.writeLatency) + timing.burst;
    this.#ranks.busy(rank, isRead ? this.dataEnd : this.dataEnd + timing.writeRecovery);
    count(this.#counts, isRead ? dramCount.reads : dramCount.writes);
    count(this.#counts, this.#rows.used(bank));
    count(this.#counts, dramCount.busBusy, timing.burst);
    const row = queue.rowOf(slot);
    queue.remove(slot);
    this.#ranks.requestLeft(rank);
    count(this.#own, own.served);
    const isClosing =
      this.#isClosedPage && queue.hitOf(dramDirection.read, bank) < 0 && queue.hitOf(dramDirection.write, bank) < 0;
    if (isClosing) {
      const closed = this.#times.closeAfter(bank);
      this.#closed(bank, rank, closed);
      this.#ranks.busy(rank, closed + timing.precharge);
    }
    this.#choice.review(bank);
    this.listener?.(tick, command, rank, bank, row, isClosing);
  }

  #closed(bank: number, rank: number, tick: number): void {
    this.#queue.rowOpened(bank, -1);
    this.#ranks.rowsClosed(rank, 1, tick);
    count(this.#counts, dramCount.precharges);
  }

  /** One command in a tick on a bus; both are the same bus unless the part has two. */
  #useBus(tick: number, bus: typeof own.rowBus | typeof own.columnBus): void {
    if (!this.#part.hasTwoCommandBuses) {
      this.#own[own.rowBus] = tick + 1;
      this.#own[own.columnBus] = tick + 1;
    } else this.#own[bus] = tick + 1;
  }

  #countQueued(tick: number): void {
    const since = this.#own[own.queuedSince] ?? 0;
    if (tick <= since) return;
    count(this.#counts, dramCount.queued, this.waiting * (tick - since));
    this.#own[own.queuedSince] = tick;
  }

  /**
   * Refreshes of an idle channel repeat themselves: rows are closed in the first round, time without the clock is counted at the end of the next,
   * and from the third on each is like the one before. As many whole rounds as end before a tick are then done at once, and everything is as if
   * they had been gone through. A listener is to hear of each, so nothing is left out then.
   */
  #leap(tick: number): void {
    const { period } = this.#ranks;
    const rounds = Math.floor((tick - this.#choice.tick) / period) - 1;
    if (this.#idleRounds >= 3 && rounds > 0 && this.listener === undefined) {
      const ticks = rounds * period;
      for (let place = 0; place < this.#counts.length; place++) {
        const now = this.#counts[place] ?? 0;
        this.#counts[place] = now + rounds * (now - (this.#countsBefore[place] ?? 0));
      }
      this.#ranks.delay(ticks);
      this.#times.delay(ticks);
      count(this.#own, own.now, ticks);
      this.#choose();
    }
    this.#countsBefore.set(this.#counts);
    this.#idleRounds++;
  }
}
