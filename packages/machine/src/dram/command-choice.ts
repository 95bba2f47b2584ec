import type { BankTimes } from "./bank-times.ts";
import { type DramCommand, dramCommand } from "./dram-command.ts";
import type { RankStates } from "./rank-states.ts";
import { type Direction, dramDirection, type RequestQueue } from "./request-queue.ts";

/** Ticks that a request waits at most before it comes first. */
const patienceTicks = 4096;
/** What comes first of commands of one tick. */
const order = { refresh: 0, overdue: 1, column: 2, row: 3 } as const;
/** Later than any request is by its age: commands for rows come after columns. */
const afterColumns = 2 ** 52;
const never = Number.POSITIVE_INFINITY;
const commands: readonly DramCommand[] = [0, 1, 2, 3, 4, 5, 6, 7];

/** Which command a channel gives next, and when: first ready, first come. */
export class CommandChoice {
  tick: number = never;
  command: DramCommand = dramCommand.due;
  rank: number = 0;
  bank: number = 0;
  /** The request for which it is, or -1. */
  slot: number = -1;
  #class = 0;
  #sequence = 0;
  readonly #times: BankTimes;
  readonly #queue: RequestQueue;
  readonly #ranks: RankStates;

  constructor(times: BankTimes, queue: RequestQueue, ranks: RankStates) {
    this.#times = times;
    this.#queue = queue;
    this.#ranks = ranks;
  }

  /** Whether a request that arrived then has waited too long. */
  isOverdue(arrival: number, now: number): boolean {
    return now - arrival > patienceTicks;
  }

  /** To be called whenever requests, the row or the times of a bank have changed. */
  review(bank: number): void {
    this.reviewWay(dramDirection.read, bank);
    this.reviewWay(dramDirection.write, bank);
  }

  reviewRank(rank: number): void {
    const first = this.#times.firstBankOf(rank);
    const end = this.#times.firstBankOf(rank + 1);
    for (let bank = first; bank < end; bank++) this.review(bank);
  }

  /** Among the requests of one direction, and the refreshes. The two buses are free from these ticks on. */
  choose(now: number, way: Direction, rowBus: number, columnBus: number): void {
    this.tick = never;
    const rowFrom = Math.max(now, rowBus);
    const { isAnyPending } = this.#ranks;
    if (isAnyPending) this.#chooseRefresh(rowFrom);
    // Somebody can be overdue only if the oldest is.
    const isAnyOverdue = this.isOverdue(this.#queue.oldestArrival(way), now);
    const columnFrom = Math.max(now, columnBus);
    if (isAnyPending || isAnyOverdue) this.#chooseCarefully(now, way, rowFrom, columnFrom);
    else this.#chooseRequest(way, rowFrom, columnFrom);
    if (this.#ranks.earliestDue <= this.tick) this.#chooseDue(now);
  }

  /** The same where only requests of one direction have changed. */
  reviewWay(way: Direction, bank: number): void {
    const list = way * this.#queue.banks + bank;
    const oldest = this.#queue.first[list] ?? -1;
    if (oldest < 0) return;
    const hit = this.#queue.hit[list] ?? -1;
    if ((this.#times.openRow[bank] ?? -1) < 0) {
      this.#note(way, bank, dramCommand.activate, oldest, this.#times.bankActivate[bank] ?? 0);
    } else if (hit < 0) {
      this.#note(way, bank, dramCommand.precharge, oldest, this.#times.bankPrecharge[bank] ?? 0);
    } else {
      const command = way === dramDirection.read ? dramCommand.read : dramCommand.write;
      this.#note(way, bank, command, hit, this.#times.bankColumns[way][bank] ?? 0);
    }
  }

  #note(way: Direction, bank: number, command: DramCommand, slot: number, tick: number): void {
    const { waiting, sequence } = this.#queue;
    const { groups, groupShift, ranks, rankShift } = this.#times;
    const place = waiting.placeOf(way, bank);
    const age = sequence[slot] ?? 0;
    waiting.tick[place] = tick;
    waiting.command[place] = command;
    waiting.slot[place] = slot;
    waiting.turn[place] = command >= dramCommand.read ? age : age + afterColumns;
    waiting.groupTick[place] = command * groups + (bank >> groupShift);
    waiting.rankTick[place] = command * ranks + (bank >> rankShift);
  }

  /** For refreshes that are due: rows are closed, then the refresh is given. */
  #chooseRefresh(from: number): void {
    const ranks = this.#ranks;
    for (let rank = 0; rank < ranks.ranks; rank++) {
      if (!ranks.isPending(rank)) continue;
      const bank = ranks.refreshedBank(rank);
      if (ranks.isPerBank) {
        const isOpen = (this.#times.openRow[bank] ?? -1) >= 0;
        const tick = isOpen ? this.#times.prechargeTick(bank) : this.#times.refreshBankTick(bank);
        const command = isOpen ? dramCommand.precharge : dramCommand.refreshBank;
        this.#offer(Math.max(tick, from), order.refresh, rank, command, rank, bank, -1);
      } else {
        const isOpen = ranks.openRows(rank) > 0;
        const tick = isOpen ? this.#times.prechargeAllTick(rank) : this.#times.refreshTick(rank);
        const command = isOpen ? dramCommand.prechargeAll : dramCommand.refresh;
        this.#offer(Math.max(tick, from), order.refresh, rank, command, rank, this.#times.firstBankOf(rank), -1);
      }
    }
  }

  /**
   * The loop on which the controller's speed depends. Most banks come too late by what is known of them; only for the others are their group,
   * their rank and the bus asked. What these say is kept: for the same command it can only become later.
   */
  #chooseRequest(way: Direction, rowFrom: number, columnFrom: number): void {
    const { groupTicks, rankTicks } = this.#times;
    const { waiting } = this.#queue;
    const { tick: ticks, turn: turns, groupTick, rankTick } = waiting;
    const end = waiting.end(way);
    let best = never;
    let bestTurn = never;
    let bestPlace = -1;
    for (let place = waiting.start(way); place < end; place++) {
      let tick = ticks[place] ?? 0;
      if (tick > best) continue;
      const turn = turns[place] ?? 0;
      const from = turn < afterColumns ? columnFrom : rowFrom;
      const ofGroup = groupTicks[groupTick[place] ?? 0] ?? 0;
      const ofRank = rankTicks[rankTick[place] ?? 0] ?? 0;
      if (tick < from) tick = from;
      if (tick < ofGroup) tick = ofGroup;
      if (tick < ofRank) tick = ofRank;
      ticks[place] = tick;
      if (tick > best || (tick === best && turn > bestTurn)) continue;
      best = tick;
      bestTurn = turn;
      bestPlace = place;
    }
    if (bestPlace >= 0) this.#takeWaiting(bestPlace, best);
  }

  /** The command for the requests of the bank at a place it is. */
  #takeWaiting(place: number, tick: number): void {
    const { waiting } = this.#queue;
    const bank = waiting.bank[place] ?? 0;
    this.tick = tick;
    this.command = commands[waiting.command[place] ?? 0] ?? dramCommand.due;
    this.rank = this.#times.rankOf(bank);
    this.bank = bank;
    this.slot = waiting.slot[place] ?? 0;
  }

  /**
   * The same where a refresh is due, so that banks may have to wait for it, or somebody is overdue: the oldest of a bank then comes first, and
   * younger ones for the open row no longer do.
   */
  #chooseCarefully(now: number, way: Direction, rowFrom: number, columnFrom: number): void {
    const { banks, waiting, sequence, first } = this.#queue;
    const end = waiting.end(way);
    for (let place = waiting.start(way); place < end; place++) {
      const bank = waiting.bank[place] ?? 0;
      const rank = this.#times.rankOf(bank);
      if (this.#ranks.isBlocked(rank, bank)) continue;
      const oldest = first[way * banks + bank] ?? 0;
      const isOverdue = this.isOverdue(this.#queue.arrivalOf(oldest), now);
      const known = waiting.slot[place] ?? 0;
      const isForced = isOverdue && known !== oldest;
      const slot = isForced ? oldest : known;
      const command = isForced ? dramCommand.precharge : (commands[waiting.command[place] ?? 0] ?? dramCommand.due);
      const bankTick = (isForced ? this.#times.bankPrecharge[bank] : waiting.tick[place]) ?? 0;
      const isColumn = command >= dramCommand.read;
      const tick = Math.max(bankTick, isColumn ? columnFrom : rowFrom, this.#aroundTick(command, bank, rank));
      const usual = isColumn ? order.column : order.row;
      this.#offer(tick, isOverdue ? order.overdue : usual, sequence[slot] ?? 0, command, rank, bank, slot);
    }
  }

  /** When the group and the rank of a bank allow a command. */
  #aroundTick(command: number, bank: number, rank: number): number {
    const { groupTicks, rankTicks, groups, ranks, groupShift } = this.#times;
    const group = groupTicks[command * groups + (bank >> groupShift)] ?? 0;
    return Math.max(group, rankTicks[command * ranks + rank] ?? 0);
  }

  /** A refresh that falls due before, or when, a command would be given comes first. */
  #chooseDue(now: number): void {
    const ranks = this.#ranks;
    for (let rank = 0; rank < ranks.ranks; rank++) {
      if (ranks.isPending(rank)) continue;
      const tick = Math.max(now, ranks.dueTick(rank));
      if (tick === never || tick > this.tick || (tick === this.tick && this.command === dramCommand.due)) continue;
      this.tick = tick;
      this.command = dramCommand.due;
      this.rank = rank;
      this.bank = ranks.refreshedBank(rank);
      this.slot = -1;
    }
  }

  #offer(
    tick: number,
    priority: number,
    sequence: number,
    command: DramCommand,
    rank: number,
    bank: number,
    slot: number,
  ): void {
    if (tick > this.tick) return;
    if (tick === this.tick) {
      if (priority > this.#class) return;
      if (priority === this.#class && sequence > this.#sequence) return;
    }
    this.tick = tick;
    this.#class = priority;
    this.#sequence = sequence;
    this.command = command;
    this.rank = rank;
    this.bank = bank;
    this.slot = slot;
  }
}
